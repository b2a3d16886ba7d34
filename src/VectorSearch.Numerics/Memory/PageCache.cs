using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VectorSearch.Numerics;

/// <summary>What the operating system keeps of files in memory. For measuring how things are when nothing is kept.</summary>
public static partial class PageCache
{
    private const int DontNeed = 4;

    /// <summary>Asks to forget a file that nobody has mapped. Only Linux does.</summary>
    /// <returns>False if this system has no such call, or refused.</returns>
    public static bool TryDrop(FileStream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return OperatingSystem.IsLinux() && Advise(file.SafeFileHandle, 0, 0, DontNeed) == 0;
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, nint offset, nint length, int advice);
}
