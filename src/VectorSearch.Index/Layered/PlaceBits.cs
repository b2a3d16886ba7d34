using System.Runtime.CompilerServices;


namespace VectorSearch.Index;

/// <summary>A bitmap over places that any number of threads read and change at once.</summary>
internal readonly unsafe struct PlaceBits(ulong* words)
{
    /// <summary>Bytes for so many places.</summary>
    public static long BytesFor(long places) => (places + 63) / 64 * sizeof(ulong);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(int place) => (Volatile.Read(ref words[place >> 6]) & (1UL << (place & 63))) != 0;

    /// <summary>Puts a place in; false if it was there.</summary>
    public bool TryAdd(int place)
    {
        var bit = 1UL << (place & 63);
        return (Interlocked.Or(ref words[place >> 6], bit) & bit) == 0;
    }

    /// <summary>Takes a place out; false if it was not there.</summary>
    public bool TryRemove(int place)
    {
        var bit = 1UL << (place & 63);
        return (Interlocked.And(ref words[place >> 6], ~bit) & bit) != 0;
    }
}
