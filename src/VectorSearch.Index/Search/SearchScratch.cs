using System.Runtime.InteropServices;

namespace VectorSearch.Index;

/// <summary>
/// All that one operation needs besides its arguments: heaps, visited set, buffers, and the epoch that keeps slots it may
/// hold from being reused. Rented from <see cref="ScratchPool"/>, used by one thread at a time, never freed before the index.
/// </summary>
internal sealed unsafe class SearchScratch : IDisposable
{
    /// <summary>The value of <see cref="EnteredEpoch"/> while nobody uses the scratch.</summary>
    internal const long Idle = long.MaxValue;

    /// <summary>Ids that <see cref="Links"/> and <see cref="MoreLinks"/> hold.</summary>
    internal const int LinkCapacity = 256;

    private readonly int _maxSlots;
    private VisitedSet? _visited;
    private byte* _block;

    internal SearchScratch(int paddedDimension, int maxSlots)
    {
        _maxSlots = maxSlots;
        nuint bytes = ((nuint)paddedDimension * sizeof(float)) + (2 * LinkCapacity * sizeof(int)) + (nuint)ByteCodes.BytesFor(paddedDimension);
        _block = (byte*)NativeMemory.AlignedAlloc(bytes, Numerics.Prefetch.CacheLineBytes);
        Links = (int*)_block;
        MoreLinks = Links + LinkCapacity;
        Query = (float*)(MoreLinks + LinkCapacity);
        QueryCode = (sbyte*)(Query + paddedDimension);
    }

    ~SearchScratch() => Release();

    /// <summary>Claimed by compare-exchange while rented.</summary>
    internal int Busy;

    /// <summary>The global epoch when the operation began, or <see cref="Idle"/>.</summary>
    internal long EnteredEpoch = Idle;

    /// <summary>Nodes to expand, nearest on top.</summary>
    internal CandidateHeap Candidates { get; } = new();

    /// <summary>The best found, complemented: the worst of them on top.</summary>
    internal CandidateHeap Results { get; } = new();

    /// <summary>The best of the unlinked tail, complemented.</summary>
    internal CandidateHeap TailResults { get; } = new();

    /// <summary>Sorted candidates, nearest first, as the algorithms hand them on.</summary>
    internal CandidateList Sorted { get; } = new();

    /// <summary>A second list, for lists made while <see cref="Sorted"/> is read.</summary>
    internal CandidateList Pruning { get; } = new();

    /// <summary>Neighbours chosen for a new node, one list for each level.</summary>
    internal ChosenLinks Chosen { get; } = new();

    /// <summary>A copy of a link list.</summary>
    internal int* Links { get; }

    /// <summary>A copy of another link list.</summary>
    internal int* MoreLinks { get; }

    /// <summary>The prepared query.</summary>
    internal float* Query { get; }

    /// <summary>The code of the prepared query.</summary>
    internal sbyte* QueryCode { get; }

    /// <summary>Distances computed by this operation.</summary>
    internal long Distances;

    /// <summary>Nodes expanded by this operation.</summary>
    internal long Hops;

    internal VisitedSet Visited => _visited ??= new VisitedSet(_maxSlots);

    public void Dispose()
    {
        _visited?.Dispose();
        _visited = null;
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        NativeMemory.AlignedFree(_block);
        _block = null;
    }
}
