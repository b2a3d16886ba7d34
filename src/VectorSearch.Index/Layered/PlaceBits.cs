using System.Numerics;
using System.Runtime.CompilerServices;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>A bitmap over places that any number of threads read and change at once; <see cref="Cover"/> comes from one at a time.</summary>
internal sealed unsafe class PlaceBits : IDisposable
{
    private const int WordBits = 64;
    private readonly NativeBuffer _buffer;
    private readonly ulong* _words;

    /// <summary>No places yet, and addresses for so many.</summary>
    public PlaceBits(long capacity)
    {
        _buffer = new NativeBuffer(BytesFor(capacity), hugePages: false);
        _words = (ulong*)_buffer.Start;
    }

    /// <summary>Bytes for so many places.</summary>
    public static long BytesFor(long places) => (places + WordBits - 1) / WordBits * sizeof(ulong);

    /// <summary>Makes room for the places below a bound.</summary>
    public void Cover(long places) => _buffer.Commit(BytesFor(places));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(int place) => (Volatile.Read(ref _words[place >> 6]) & (1UL << (place & 63))) != 0;

    /// <summary>Puts a place in; false if it was there.</summary>
    public bool TryAdd(int place)
    {
        var bit = 1UL << (place & 63);
        return (Interlocked.Or(ref _words[place >> 6], bit) & bit) == 0;
    }

    /// <summary>Takes a place out; false if it was not there.</summary>
    public bool TryRemove(int place)
    {
        var bit = 1UL << (place & 63);
        return (Interlocked.And(ref _words[place >> 6], ~bit) & bit) != 0;
    }

    /// <summary>Puts the first places in.</summary>
    public void AddFirst(int places)
    {
        new Span<ulong>(_words, places / WordBits).Fill(ulong.MaxValue);
        for (var place = places / WordBits * WordBits; place < places; place++) TryAdd(place);
    }

    /// <summary>The words that hold the first places, as they are now.</summary>
    public ulong[] Copy(int places) => new ReadOnlySpan<ulong>(_words, (int)(BytesFor(places) / sizeof(ulong))).ToArray();

    /// <summary>How many of the first places are in a copy.</summary>
    public static int Count(ReadOnlySpan<ulong> words, int places)
    {
        var count = 0;
        for (var word = 0; word < places / WordBits; word++) count += BitOperations.PopCount(words[word]);
        for (var place = places / WordBits * WordBits; place < places; place++) count += Contains(words, place) ? 1 : 0;
        return count;
    }

    /// <summary>Whether a place is in a copy.</summary>
    public static bool Contains(ReadOnlySpan<ulong> words, int place) => (words[place / WordBits] & (1UL << (place % WordBits))) != 0;

    public void Dispose() => _buffer.Dispose();
}
