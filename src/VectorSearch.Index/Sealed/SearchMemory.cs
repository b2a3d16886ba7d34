using System.Runtime.InteropServices;
using VectorSearch.Numerics.Codes;

namespace VectorSearch.Index.Sealed;

/// <summary>The working memory of one search at a time; searches take one from a pool and give it back.</summary>
internal sealed unsafe class SearchMemory : IDisposable
{
    private const int Alignment = 64;
    private byte* _memory;

    public SearchMemory(SearchRoom room)
    {
        // Every part starts on a cache line; the rotated query is padded with zeros that are never written.
        var form = Round(room.Form * sizeof(float));
        var projected = Round(room.Projected * sizeof(float));
        var weights = Round(room.Form * sizeof(float));
        var scale = weights;
        var tables = Round(room.TableBytes);
        var whole = Round(SignedByteRows.PaddedLength(room.Projected) * sizeof(short));
        var upper = Round(room.UpperKeys * sizeof(ulong));
        var found = Round(room.Found * sizeof(ulong));
        var probes = Round(room.Probes * sizeof(ulong));
        var visited = Round(((room.Probes / 64) + 1) * sizeof(ulong));
        var total = form + projected + weights + scale + tables + whole + upper + found + probes + visited;
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)total, Alignment);
        NativeMemory.Clear(_memory, (nuint)total);
        var at = _memory;
        Form = (float*)at;
        Projected = (float*)(at += form);
        Weights = (float*)(at += projected);
        Scale = (float*)(at += weights);
        Tables = at += scale;
        Whole = (short*)(at += tables);
        UpperKeys = (ulong*)(at += whole);
        Found = (ulong*)(at += upper);
        Probes = (ulong*)(at += found);
        VisitedLists = (ulong*)(at + probes);
    }

    ~SearchMemory() => Release();

    /// <summary>The query in the form of <see cref="VectorForm"/>.</summary>
    public float* Form { get; }

    /// <summary>The rotated query, zero beyond the rotation's output.</summary>
    public float* Projected { get; }

    /// <summary>The query as byte rows want it.</summary>
    public float* Weights { get; }

    /// <summary>The scale of byte rows, aligned.</summary>
    public float* Scale { get; }

    public byte* Tables { get; }

    /// <summary>The rotated query as centroids want it.</summary>
    public short* Whole { get; }

    public ulong* UpperKeys { get; }

    public ulong* Found { get; }

    public ulong* Probes { get; }

    /// <summary>A bit a list.</summary>
    public ulong* VisitedLists { get; }

    /// <summary>Keys of the nearest; grows with the greatest k asked for.</summary>
    public ulong[] Nearest { get; private set; } = GC.AllocateArray<ulong>(64, pinned: true);

    public ulong* NearestKeys(int k)
    {
        if (Nearest.Length < k) Nearest = GC.AllocateArray<ulong>(k * 2, pinned: true);
        return (ulong*)Marshal.UnsafeAddrOfPinnedArrayElement(Nearest, 0);
    }

    /// <summary>No list has been visited yet.</summary>
    public void ForgetVisited(int lists) => new Span<ulong>(VisitedLists, (lists / 64) + 1).Clear();

    /// <summary>Notes lists, so that a later, wider search for lists does not visit them again.</summary>
    public void MarkVisited(ReadOnlySpan<ulong> keys)
    {
        foreach (var key in keys) VisitedLists[OrderedKey.Row(key) >> 6] |= 1UL << (OrderedKey.Row(key) & 63);
    }

    /// <summary>The keys of lists that have not been visited, moved to the front.</summary>
    public Span<ulong> WithoutVisited(Span<ulong> keys)
    {
        var kept = 0;
        foreach (var key in keys)
            if ((VisitedLists[OrderedKey.Row(key) >> 6] & (1UL << (OrderedKey.Row(key) & 63))) == 0) keys[kept++] = key;
        return keys[..kept];
    }

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private static int Round(int bytes) => (bytes + Alignment) / Alignment * Alignment;

    private void Release()
    {
        if (_memory is null) return;
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}

/// <summary>How much of everything a search of an index may need.</summary>
internal readonly record struct SearchRoom(
    int Form, int Projected, int TableBytes, int UpperKeys, int Found, int Probes);

/// <summary>Idle <see cref="SearchMemory"/>; as many are kept as searches ran at once.</summary>
internal sealed class SearchMemoryPool(SearchRoom room) : IDisposable
{
    private readonly SearchMemory?[] _idle = new SearchMemory?[2 * Environment.ProcessorCount];

    public SearchMemory Rent()
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            if (_idle[i] is not null && Interlocked.Exchange(ref _idle[i], null) is { } memory) return memory;
        }

        return new SearchMemory(room);
    }

    public void Return(SearchMemory memory)
    {
        for (var i = 0; i < _idle.Length; i++)
            if (_idle[i] is null && Interlocked.CompareExchange(ref _idle[i], memory, null) is null) return;
        memory.Dispose();
    }

    public void Dispose()
    {
        for (var i = 0; i < _idle.Length; i++) Interlocked.Exchange(ref _idle[i], null)?.Dispose();
    }
}
