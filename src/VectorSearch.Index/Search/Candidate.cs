using System.Runtime.CompilerServices;

namespace VectorSearch.Index;

/// <summary>
/// A slot with its distance in one 64-bit integer that sorts by distance, then by slot: one comparison in the heaps, and
/// ties always fall the same way.
/// </summary>
internal static class Candidate
{
    /// <summary>Greater than every candidate.</summary>
    internal const long Worst = long.MaxValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static long Pack(float distance, int slot)
    {
        // The bits of a float sort like an integer, backwards where the sign is set: flip those.
        int bits = BitConverter.SingleToInt32Bits(distance);
        bits ^= (bits >> 31) & int.MaxValue;
        return ((long)bits << 32) | (uint)slot;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Slot(long candidate) => (int)candidate;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Distance(long candidate)
    {
        int bits = (int)(candidate >> 32);
        return BitConverter.Int32BitsToSingle(bits ^ ((bits >> 31) & int.MaxValue));
    }
}
