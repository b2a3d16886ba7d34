namespace VectorSearch.Storage;

/// <summary>
/// One process per directory. The lock is the operating system's on an open file, so it goes with the process however
/// that ends; the file itself stays and means nothing.
/// </summary>
public sealed class DirectoryLock : IDisposable
{
    /// <summary>Name of the file that is locked.</summary>
    public const string FileName = "LOCK";

    private readonly FileStream _held;

    private DirectoryLock(FileStream held) => _held = held;

    /// <summary>Takes the lock or fails at once.</summary>
    /// <exception cref="StorageException"><see cref="StorageFailure.Held"/> if another process (or this one) has it.</exception>
    public static DirectoryLock Take(string directory)
    {
        string path = Path.Combine(directory, FileName);
        try
        {
            return new DirectoryLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e)
        {
            throw new StorageException(
                StorageFailure.Held, directory, -1, "a directory that no other process holds", $"it held ({e.Message})", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw StorageException.Refused(path, "taking the lock", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _held.Dispose();
}
