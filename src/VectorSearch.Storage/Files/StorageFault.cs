namespace VectorSearch.Storage;

/// <summary>What is about to be done to a file.</summary>
public enum StorageOperation
{
    /// <summary>Create or open a file for writing.</summary>
    Open,

    /// <summary>Write bytes.</summary>
    Write,

    /// <summary>Force a file or directory to the disk.</summary>
    Flush,

    /// <summary>Rename a file or directory.</summary>
    Rename,

    /// <summary>Delete a file or directory.</summary>
    Delete,

    /// <summary>Read bytes.</summary>
    Read,
}

/// <summary>
/// The hook through which tests make the disk fail. Every file operation of this project asks it first; the product runs
/// with <see cref="None"/>.
/// </summary>
public abstract class StorageFault
{
    /// <summary>The disk that does what it is told.</summary>
    public static StorageFault None { get; } = new NoFault();

    /// <summary>
    /// Called before each operation; may be called from several threads. To fail it, throw an <see cref="IOException"/>
    /// as the operating system would.
    /// </summary>
    /// <param name="operation">What is about to be done.</param>
    /// <param name="path">To which file or directory.</param>
    /// <param name="length">Bytes to read or write; 0 for other operations.</param>
    /// <returns>
    /// How many of the bytes to write before the operation fails with an I/O error; <paramref name="length"/> or more
    /// to let it succeed.
    /// </returns>
    public abstract long Before(StorageOperation operation, string path, long length);

    private sealed class NoFault : StorageFault
    {
        public override long Before(StorageOperation operation, string path, long length) => length;
    }
}
