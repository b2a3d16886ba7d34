namespace VectorSearch.Storage;

/// <summary>Tells which of the two kinds of storage fault it is: they call for opposite answers.</summary>
public enum StorageFailure
{
    /// <summary>The bytes on disk are not what was written. Do not serve them; restore or repair.</summary>
    Damaged,

    /// <summary>The disk refused to read or write: full, failing, unmounted. Reads from memory go on; try again later.</summary>
    Refused,

    /// <summary>The file is of a newer version of the format, or of another program.</summary>
    Foreign,

    /// <summary>Another process holds the directory.</summary>
    Held,
}

/// <summary>A fault of bytes on disk: which file, where in it, what was expected and what was found.</summary>
public sealed class StorageException : IOException
{
    /// <summary>Reports a fault.</summary>
    /// <param name="failure">What kind of fault it is.</param>
    /// <param name="file">The file or directory.</param>
    /// <param name="offset">Byte offset in the file; −1 where the whole file is meant.</param>
    /// <param name="expected">What should have been there.</param>
    /// <param name="actual">What was found.</param>
    /// <param name="cause">The error of the operating system, if that is what was found.</param>
    public StorageException(StorageFailure failure, string file, long offset, string expected, string actual, Exception? cause = null)
        : base(offset < 0 ? $"{file}: expected {expected}, found {actual}." : $"{file}, offset {offset}: expected {expected}, found {actual}.", cause)
    {
        Failure = failure;
        File = file;
        Offset = offset;
        Expected = expected;
        Actual = actual;
    }

    /// <summary>What kind of fault it is.</summary>
    public StorageFailure Failure { get; }

    /// <summary>The file or directory.</summary>
    public string File { get; }

    /// <summary>Byte offset in the file; −1 where the whole file is meant.</summary>
    public long Offset { get; }

    /// <summary>What should have been there.</summary>
    public string Expected { get; }

    /// <summary>What was found.</summary>
    public string Actual { get; }

    internal static StorageException Damaged(string file, long offset, string expected, string actual) =>
        new(StorageFailure.Damaged, file, offset, expected, actual);

    internal static StorageException Refused(string file, string operation, Exception cause) =>
        new(StorageFailure.Refused, file, -1, $"{operation} to succeed", cause.Message, cause);
}
