using System.ComponentModel;
using System.Runtime.InteropServices;

namespace VectorSearch.Numerics;

/// <summary>
/// Reserving address space and committing parts of it: mmap, mprotect and madvise on Unix, VirtualAlloc on Windows.
/// Only <see cref="NativeBuffer"/> calls this.
/// </summary>
internal static unsafe partial class AddressSpace
{
    /// <summary>Size of a huge page on x64 and, with 4 KiB base pages, on arm64.</summary>
    internal const long HugePageBytes = 2L << 20;

    private const int ProtectNone = 0;
    private const int ProtectReadWrite = 1 | 2;
    private const int MapPrivate = 2;
    private const int MapAnonymousLinux = 0x20;
    private const int MapNoReserveLinux = 0x4000;
    private const int MapAnonymousMac = 0x1000;
    private const int MapNoReserveMac = 0x40;
    private const int AdviseDontNeed = 4;
    private const int AdviseHugePage = 14;

    private const uint MemoryCommit = 0x1000;
    private const uint MemoryReserve = 0x2000;
    private const uint MemoryDecommit = 0x4000;
    private const uint MemoryRelease = 0x8000;
    private const uint PageNoAccess = 1;
    private const uint PageReadWrite = 4;

    /// <summary>Takes addresses that cannot be read or written yet and cost no memory.</summary>
    internal static byte* Reserve(long bytes)
    {
        if (OperatingSystem.IsWindows())
        {
            void* windows = VirtualAlloc(null, (nuint)bytes, MemoryReserve, PageNoAccess);
            return windows is not null ? (byte*)windows : throw Refused("reserve", bytes);
        }

        int flags = MapPrivate | (OperatingSystem.IsMacOS() ? MapAnonymousMac | MapNoReserveMac : MapAnonymousLinux | MapNoReserveLinux);
        void* address = MemoryMap(null, (nuint)bytes, ProtectNone, flags, -1, 0);
        return address != (void*)-1 ? (byte*)address : throw Refused("reserve", bytes);
    }

    /// <summary>Makes pages readable and writable; they are zero and take memory when first touched.</summary>
    internal static void Commit(byte* address, long bytes)
    {
        bool done = OperatingSystem.IsWindows()
            ? VirtualAlloc(address, (nuint)bytes, MemoryCommit, PageReadWrite) is not null
            : MemoryProtect(address, (nuint)bytes, ProtectReadWrite) == 0;
        if (!done) throw Refused("commit", bytes);
    }

    /// <summary>Gives pages back; their addresses stay taken.</summary>
    internal static void Decommit(byte* address, long bytes)
    {
        bool done = OperatingSystem.IsWindows()
            ? VirtualFree(address, (nuint)bytes, MemoryDecommit)
            : MemoryAdvise(address, (nuint)bytes, AdviseDontNeed) == 0 && MemoryProtect(address, (nuint)bytes, ProtectNone) == 0;
        if (!done) throw Refused("give back", bytes);
    }

    /// <summary>Asks for huge pages. A hint: a kernel that has none says so, and nothing is lost but speed.</summary>
    internal static void AdviseHuge(byte* address, long bytes)
    {
        if (OperatingSystem.IsLinux()) _ = MemoryAdvise(address, (nuint)bytes, AdviseHugePage);
    }

    /// <summary>Gives everything back.</summary>
    internal static void Release(byte* address, long bytes)
    {
        if (OperatingSystem.IsWindows()) VirtualFree(address, 0, MemoryRelease);
        else _ = MemoryUnmap(address, (nuint)bytes);
    }

    private static InsufficientMemoryException Refused(string what, long bytes) => new(
        $"The operating system refused to {what} {bytes:N0} bytes ({new Win32Exception(Marshal.GetLastPInvokeError()).Message}). " +
        "Lower the capacity asked for, or raise the limit of the process (ulimit -v).");

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* MemoryMap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int MemoryProtect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(void* address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int MemoryUnmap(void* address, nuint length);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial void* VirtualAlloc(void* address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualFree(void* address, nuint size, uint type);
}
