using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VectorSearch.Storage;

/// <summary>
/// The only place that writes, flushes, renames and deletes files, so that what must be on disk before what is decided
/// in one file and every operation can be made to fail by a test. A name is on disk only after its directory has been
/// flushed too.
/// </summary>
public sealed partial class FileDurability
{
    private readonly StorageFault _fault;

    /// <summary>Works on a disk that fails as the hook says.</summary>
    public FileDurability(StorageFault? fault = null) => _fault = fault ?? StorageFault.None;

    /// <summary>Opens a file for reading and positioned writing; makes it if it is missing and <paramref name="create"/> is set.</summary>
    /// <exception cref="StorageException">The disk refused.</exception>
    public SafeFileHandle OpenForWriting(string path, bool create, bool writeThrough = false) => Guard(path, "opening it for writing", () =>
    {
        _fault.Before(StorageOperation.Open, path, 0);
        return File.OpenHandle(
            path,
            create ? FileMode.OpenOrCreate : FileMode.Open,
            FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Delete,
            writeThrough ? FileOptions.WriteThrough : FileOptions.None);
    });

    /// <summary>Writes all the bytes at an offset.</summary>
    /// <exception cref="StorageException">The disk refused; some of the bytes may have been written.</exception>
    public void Write(SafeFileHandle file, string path, ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            long allowed = _fault.Before(StorageOperation.Write, path, bytes.Length);
            if (allowed < bytes.Length)
            {
                RandomAccess.Write(file, bytes[..(int)allowed], offset);
                throw new IOException($"The write stopped after {allowed} of {bytes.Length} bytes (injected fault).");
            }

            RandomAccess.Write(file, bytes, offset);
        }
        catch (Exception e) when (IsDiskError(e))
        {
            throw StorageException.Refused(path, $"a write of {bytes.Length} bytes at offset {offset}", e);
        }
    }

    /// <summary>Reads bytes at an offset; fewer than asked for only at the end of the file.</summary>
    /// <exception cref="StorageException">The disk refused.</exception>
    public int Read(SafeFileHandle file, string path, Span<byte> bytes, long offset)
    {
        try
        {
            _fault.Before(StorageOperation.Read, path, bytes.Length);
            int total = 0;
            while (total < bytes.Length)
            {
                int read = RandomAccess.Read(file, bytes[total..], offset + total);
                if (read == 0) break;
                total += read;
            }

            return total;
        }
        catch (Exception e) when (IsDiskError(e))
        {
            throw StorageException.Refused(path, $"a read of {bytes.Length} bytes at offset {offset}", e);
        }
    }

    /// <summary>Forces a file's bytes to the disk.</summary>
    /// <exception cref="StorageException">The disk refused: what was written since the last flush may be lost.</exception>
    public void Flush(SafeFileHandle file, string path) => Guard(path, "forcing it to the disk", () =>
    {
        _fault.Before(StorageOperation.Flush, path, 0);
        RandomAccess.FlushToDisk(file);
        return 0;
    });

    /// <summary>Forces the names in a directory to the disk. On Windows the file system does so itself.</summary>
    /// <exception cref="StorageException">The disk refused.</exception>
    public void FlushDirectory(string directory) => Guard(directory, "forcing the directory to the disk", () =>
    {
        _fault.Before(StorageOperation.Flush, directory, 0);
        if (!OperatingSystem.IsWindows()) SyncDirectory(directory);
        return 0;
    });

    /// <summary>Gives a file or directory another name in place of what has that name, and forces both names to the disk.</summary>
    /// <exception cref="StorageException">The disk refused.</exception>
    public void Rename(string from, string to)
    {
        Guard(from, $"renaming it to '{Path.GetFileName(to)}'", () =>
        {
            _fault.Before(StorageOperation.Rename, from, 0);
            if (Directory.Exists(from)) Directory.Move(from, to);
            else File.Move(from, to, overwrite: true);
            return 0;
        });
        FlushDirectory(Path.GetDirectoryName(to)!);
        if (Path.GetDirectoryName(from) != Path.GetDirectoryName(to)) FlushDirectory(Path.GetDirectoryName(from)!);
    }

    /// <summary>Makes a directory, if it is missing, and forces its name to the disk.</summary>
    /// <exception cref="StorageException">The disk refused.</exception>
    public void CreateDirectory(string directory)
    {
        if (Directory.Exists(directory)) return;
        Guard(directory, "making the directory", () =>
        {
            _fault.Before(StorageOperation.Open, directory, 0);
            return Directory.CreateDirectory(directory);
        });
        if (Path.GetDirectoryName(Path.GetFullPath(directory)) is { } parent) FlushDirectory(parent);
    }

    /// <summary>Deletes a file or a whole directory, if it is there.</summary>
    /// <exception cref="StorageException">The disk refused.</exception>
    public void Delete(string path) => Guard(path, "deleting it", () =>
    {
        _fault.Before(StorageOperation.Delete, path, 0);
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        else File.Delete(path);
        return 0;
    });

    private static T Guard<T>(string path, string operation, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception e) when (IsDiskError(e))
        {
            throw StorageException.Refused(path, operation, e);
        }
    }

    private static bool IsDiskError(Exception e) => e is (IOException or UnauthorizedAccessException) and not StorageException;

    private static void SyncDirectory(string directory)
    {
        // .NET opens no directories, so this is the one call into libc: open(O_RDONLY), fsync, close.
        int descriptor = OpenDirectory(directory, 0);
        if (descriptor < 0) throw new IOException($"open failed with error {Marshal.GetLastPInvokeErrorMessage()}");
        try
        {
            if (SyncDescriptor(descriptor) != 0) throw new IOException($"fsync failed with error {Marshal.GetLastPInvokeErrorMessage()}");
        }
        finally
        {
            _ = CloseDescriptor(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenDirectory(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);
}
