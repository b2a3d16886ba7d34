using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace VectorSearch.Numerics;

/// <summary>Hints that memory will be read soon. Never faults, and does nothing where the CPU has no such instruction.</summary>
public static unsafe class Prefetch
{
    /// <summary>Bytes of a cache line.</summary>
    public const int CacheLineBytes = 64;

    /// <summary>Asks for the line that holds the address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(void* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }

    /// <summary>Asks for every line from the address on.</summary>
    /// <param name="address">First byte, aligned to a line.</param>
    /// <param name="bytes">How many bytes will be read.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Range(void* address, nint bytes)
    {
        if (!Sse.IsSupported) return;
        for (nint at = 0; at < bytes; at += CacheLineBytes) Sse.Prefetch0((byte*)address + at);
    }
}
