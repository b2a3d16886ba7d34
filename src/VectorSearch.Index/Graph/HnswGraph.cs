using System.Runtime.CompilerServices;

namespace VectorSearch.Index;

/// <summary>
/// The parts that the algorithms share: rows, node states, link lists of every level, and the entry point.
/// <para>
/// The paper's names: M is <see cref="M"/>, Mmax0 <see cref="Bottom"/>.Capacity, Mmax <see cref="Upper"/>.Table.Capacity
/// (= M), efConstruction <see cref="EfConstruction"/>, mL in <see cref="LevelSampler"/>, ep <see cref="Entry"/>,
/// L <see cref="EntryPoint.Level"/>, lc "level", W <see cref="SearchScratch.Results"/>, C
/// <see cref="SearchScratch.Candidates"/>, v <see cref="SearchScratch.Visited"/>. Algorithm 1 is
/// <see cref="GraphInserter"/>, 2 and 5 <see cref="GraphSearcher"/>, 4 <see cref="NeighborSelector"/>; 3 (the simple
/// selection) is not used.
/// </para>
/// <para>
/// Locks, outermost first: the index's structure lock (shared by writers; alone by save, validation and repair), the
/// raise lock (an insertion that may become the entry point), the sweep lock, the entry lock, a node lock. Searches take
/// none of them.
/// </para>
/// </summary>
internal sealed unsafe class HnswGraph : IDisposable
{
    private long _entry = EntryPoint.None.Packed;
    private int _slotCount;
    private int _awaitingSweep;

    internal HnswGraph(HnswOptions options)
    {
        M = options.M;
        EfConstruction = options.EfConstruction;
        TwinSlack = Twins.Slack(options.Metric);
        Rows = new VectorRows(options.Dimension, options.Metric, options.MaxSlots);
        Nodes = new NodeTable(options.MaxSlots);
        Bottom = new LinkTable(LinkTable.BottomCapacity(M), options.MaxSlots);
        Upper = new UpperLinks(M, options.MaxSlots);
        Scratches = new ScratchPool(Rows.PaddedDimension, options.MaxSlots);
    }

    internal int M { get; }

    internal int EfConstruction { get; }

    /// <summary>How much the distances of equal rows may differ; see <see cref="Twins"/>.</summary>
    internal float TwinSlack { get; }

    internal VectorRows Rows { get; }

    internal NodeTable Nodes { get; }

    /// <summary>The codes of the rows; null until there are enough rows to find their centre. Set once, while writers are kept out.</summary>
    internal ByteCodes? Codes { get; set; }

    /// <summary>The lists of level 0; the block of a slot is the slot.</summary>
    internal LinkTable Bottom { get; }

    internal UpperLinks Upper { get; }

    internal ScratchPool Scratches { get; }

    internal NodeLocks Locks { get; } = new();

    /// <summary>Guards <see cref="Directory"/> and changes of <see cref="Entry"/>.</summary>
    internal Lock EntryLock { get; } = new();

    /// <summary>Held through an insertion that may raise the top level, so that two such insertions see each other.</summary>
    internal Lock RaiseLock { get; } = new();

    internal LevelDirectory Directory { get; } = new();

    /// <summary>Where every walk begins: a linked node of the highest level.</summary>
    internal EntryPoint Entry
    {
        get => new(Volatile.Read(ref _entry));
        set => Volatile.Write(ref _entry, value.Packed);
    }

    /// <summary>Slots ever used; all below have a state.</summary>
    internal int SlotCount => Volatile.Read(ref _slotCount);

    /// <summary>Removed nodes that lists may still name. While 0, a walk need not ask who is live.</summary>
    internal int AwaitingSweep => Volatile.Read(ref _awaitingSweep);

    internal void AddAwaitingSweep(int change) => Interlocked.Add(ref _awaitingSweep, change);

    /// <summary>Makes room for slots below <paramref name="slots"/> everywhere and then counts them. The caller serialises.</summary>
    internal void Grow(int slots)
    {
        Rows.EnsureSlots(slots);
        Nodes.EnsureSlots(slots);
        Codes?.EnsureSlots(slots);
        Bottom.EnsureBlocks(slots);
        Volatile.Write(ref _slotCount, slots);
    }

    /// <summary>Copies the list of a node on a level up to its own; returns the count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int ReadLinks(int slot, int level, int* into)
    {
        if (level == 0) return Bottom.Read(slot, into);
        // A list above names only nodes that reach its level; a slot just reused may be lower, and then has none there.
        return level <= Volatile.Read(ref Nodes.Levels[slot]) ? Upper.Table.Read(UpperLinks.BlockOf(Nodes.UpperBlocks[slot], level), into) : 0;
    }

    /// <summary>The table and the block of a node's list on a level.</summary>
    internal LinkTable TableOf(int slot, int level, out int block)
    {
        block = level == 0 ? slot : UpperLinks.BlockOf(Nodes.UpperBlocks[slot], level);
        return level == 0 ? Bottom : Upper.Table;
    }

    public void Dispose()
    {
        Rows.Dispose();
        Codes?.Dispose();
        Nodes.Dispose();
        Bottom.Dispose();
        Upper.Dispose();
        Scratches.Dispose();
    }
}
