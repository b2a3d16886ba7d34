using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// A mutable approximate nearest neighbour index in memory: HNSW (see <see cref="HnswOptions"/> for the paper) with
/// concurrent search, insertion and removal. Vectors live in numbered slots.
/// <para>
/// Threads: <see cref="Store"/>, <see cref="Link"/>, <see cref="Add"/>, <see cref="Remove"/>, <see cref="Search"/> and
/// <see cref="ReadVector"/> may be called by any number of threads at once. Searches wait for nobody.
/// <see cref="Validate"/> and <see cref="Repair"/> keep writers waiting, not searches.
/// <see cref="Dispose"/> must come after everything else has ended.
/// </para>
/// <para>No input or output except the streams of <see cref="Save"/> and <see cref="Load"/>; no thread of its own.</para>
/// </summary>
public sealed unsafe class HnswIndex : IDisposable
{
    private readonly ReaderWriterLockSlim _structure = new();
    private readonly HnswGraph _graph;
    private readonly UnlinkedTail _tail = new();
    private readonly SlotAllocator _slots;
    private readonly GraphSweeper _sweeper;
    private readonly SlotLifecycle _lifecycle;
    private readonly CodeWatch _codeWatch = new();
    private volatile GraphEngine _engine;
    private readonly bool _codesWanted;
    private volatile CodeUse _codeUse;
    private bool _disposed;

    /// <summary>An empty index.</summary>
    /// <exception cref="ArgumentException">The options are wrong; the message lists all faults.</exception>
    /// <exception cref="InsufficientMemoryException">The addresses for the slots could not be reserved.</exception>
    public HnswIndex(HnswOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Faults() is { Count: > 0 } faults) throw new ArgumentException(string.Join(" ", faults), nameof(options));
        Options = options;
        _graph = new HnswGraph(options);
        _slots = new SlotAllocator(_graph, new LevelSampler(options.Seed, options.M));
        _sweeper = new GraphSweeper(_graph, _slots);
        _lifecycle = new SlotLifecycle(_graph, _tail, _slots, _sweeper);
        _engine = CreateEngine(overCodes: false);
        _codesWanted = options.ByteCodes && options.Dimension >= ByteCodes.MinDimension;
    }

    /// <summary>What the index was made with.</summary>
    public HnswOptions Options { get; }

    /// <summary>Vectors that may be answered.</summary>
    public int Count => _lifecycle.LiveCount;

    /// <summary>Slots ever used: all slots are below.</summary>
    public int SlotCount => _graph.SlotCount;

    internal HnswGraph Graph => _graph;

    internal SlotAllocator Allocator => _slots;

    /// <summary>
    /// Builds an index over many rows: row i goes to slot i. The same options and rows give the same index, byte for
    /// byte, whatever the number of threads, and every row is reachable.
    /// </summary>
    /// <param name="options">What defines the index.</param>
    /// <param name="count">Number of rows n.</param>
    /// <param name="readRow">Gives the rows.</param>
    /// <param name="threads">Most threads; 0 for all cores.</param>
    /// <param name="progress">Told after every batch of rows.</param>
    /// <param name="cancellationToken">Ends the build with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">The options or a row are wrong; the message names the row.</exception>
    public static HnswIndex Build(
        HnswOptions options,
        int count,
        RowReader readRow,
        int threads = 0,
        IProgress<BuildProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(readRow);
        HnswIndex index = new(options);
        try
        {
            ArgumentOutOfRangeException.ThrowIfNegative(count);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, options.MaxSlots);
            index.BuildAll(count, readRow, threads, progress, cancellationToken);
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Stores a vector and returns its slot. From then on every search finds it, by scanning the unlinked tail, until
    /// <see cref="Link"/> puts it into the graph.
    /// </summary>
    /// <param name="vector">Shape [Dimension].</param>
    /// <exception cref="ArgumentException">See <see cref="VectorGuard"/>; the index is unchanged.</exception>
    /// <exception cref="InvalidOperationException">Every slot is taken.</exception>
    public int Store(ReadOnlySpan<float> vector)
    {
        VectorGuard.Check(vector, Options.Dimension, Options.Metric, nameof(vector));
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_codesWanted && _codeUse == CodeUse.NotYet && Count >= CodeTrainer.MinRows) Alone(_ => StartCodes(threads: 1));
        _structure.EnterReadLock();
        try
        {
            int slot = _slots.Take();
            _graph.Rows.Write(slot, vector);
            if (_graph.Codes is { } codes) codes.Encode(_graph.Rows.Row(slot), codes.Code(slot));
            _lifecycle.Store(slot);
            return slot;
        }
        finally
        {
            _structure.ExitReadLock();
        }
    }

    /// <summary>
    /// Puts a stored vector into the graph. Any thread may link any slot, in any order; a slot that was linked or removed
    /// meanwhile is left alone.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such slot.</exception>
    public void Link(int slot)
    {
        RequireSlot(slot);
        bool codesFail = false;
        _structure.EnterReadLock();
        SearchScratch scratch = _graph.Scratches.Rent();
        try
        {
            scratch.Chosen.SetCount(0, 0);
            if (_lifecycle.Link(_engine, scratch, slot)) codesFail = CodesFail(scratch, slot);
            _engine.SweepStep(scratch);
        }
        finally
        {
            ScratchPool.Return(scratch);
            _structure.ExitReadLock();
        }

        if (codesFail) Alone(_ => StopCodes());
    }

    /// <summary><see cref="Store"/> and <see cref="Link"/>.</summary>
    public int Add(ReadOnlySpan<float> vector)
    {
        int slot = Store(vector);
        Link(slot);
        return slot;
    }

    /// <summary>
    /// Takes a vector out: no search that begins after the return answers it. The graph around it is repaired, and its
    /// slot will be given to another vector.
    /// </summary>
    /// <returns>False if the slot holds no vector.</returns>
    public bool Remove(int slot)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if ((uint)slot >= (uint)_graph.SlotCount) return false;
        _structure.EnterReadLock();
        SearchScratch scratch = _graph.Scratches.Rent();
        try
        {
            return _lifecycle.Remove(_engine, scratch, slot);
        }
        finally
        {
            ScratchPool.Return(scratch);
            _structure.ExitReadLock();
        }
    }

    /// <summary>Finds the nearest vectors, among the linked and the unlinked ones.</summary>
    /// <param name="query">Shape [Dimension].</param>
    /// <param name="request">How many, how hard to look, who may be answered.</param>
    /// <param name="hits">Gets the hits, nearest first, distinct and finite; at most min(K, its length).</param>
    /// <returns>The number of hits, min(K, length, matches), and the cost.</returns>
    /// <exception cref="ArgumentException">See <see cref="VectorGuard"/>, or K or Ef is out of range.</exception>
    /// <exception cref="OperationCanceledException">The request's token was cancelled.</exception>
    public SearchOutcome Search(ReadOnlySpan<float> query, in SearchRequest request, Span<Neighbor> hits)
    {
        VectorGuard.Check(query, Options.Dimension, Options.Metric, nameof(query));
        ArgumentOutOfRangeException.ThrowIfLessThan(request.K, 1, nameof(request) + "." + nameof(request.K));
        ArgumentOutOfRangeException.ThrowIfNegative(request.Ef, nameof(request) + "." + nameof(request.Ef));
        ObjectDisposedException.ThrowIf(_disposed, this);
        request.CancellationToken.ThrowIfCancellationRequested();

        int live = Count, asked = Math.Min(request.K, hits.Length);
        int wanted = Math.Min(asked, live);
        if (wanted <= 0) return default(SearchOutcome).For(asked);
        SearchScratch scratch = _graph.Scratches.Rent();
        try
        {
            _graph.Rows.Prepare(query, scratch.Query);
            int ef = Math.Clamp(request.Ef == 0 ? Options.EfSearch : request.Ef, wanted, Math.Max(wanted, HnswOptions.MaxEf));
            return _engine.Search(scratch, request, ef, live, hits[..wanted]).For(asked);
        }
        finally
        {
            ScratchPool.Return(scratch);
            GC.KeepAlive(this);
        }
    }

    /// <summary>Whether a slot holds a vector that may be answered.</summary>
    public bool Contains(int slot) => (uint)slot < (uint)_graph.SlotCount && NodeTable.IsLive(_graph.Nodes.State(slot));

    /// <summary>Copies a vector as it is kept: of unit length under cosine. False if the slot holds none.</summary>
    /// <exception cref="ArgumentException">The room is shorter than the dimension.</exception>
    public bool ReadVector(int slot, Span<float> vector)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (vector.Length < Options.Dimension)
            throw new ArgumentException($"There is room for {vector.Length} coordinates; expected at least {Options.Dimension}.", nameof(vector));
        if (!Contains(slot)) return false;
        new ReadOnlySpan<float>(_graph.Rows.Row(slot), Options.Dimension).CopyTo(vector);
        GC.KeepAlive(this);
        return true;
    }

    /// <summary>Keeps live slots from being given to other vectors until the lease is disposed; see <see cref="SlotLease"/>.</summary>
    public SlotLease LeaseSlots() => new(_graph.Scratches.Rent());

    /// <summary>Checks every invariant of the graph. Reads all of it.</summary>
    public GraphReport Validate() => Alone(_ => GraphValidator.Validate(_graph, Options.Metric));

    /// <summary>
    /// Finishes what removals left for later, and links every node that the entry point does not reach.
    /// </summary>
    /// <returns>How many nodes were not reachable.</returns>
    public int Repair() => Alone(scratch =>
    {
        _engine.FinishSweep(scratch);
        return _engine.RepairReachability(scratch);
    });

    /// <summary>
    /// Looks for linked nodes that level 0 does not lead to from the entry point, as churn may leave some, and links them
    /// again. Writers and searches go on: unlike <see cref="Repair"/> this keeps nobody waiting, and may find a node only
    /// when it is called again.
    /// </summary>
    /// <returns>How many nodes were not reached.</returns>
    public int Reconnect()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        GraphReachability reach;
        List<int> unreached;
        using (LeaseSlots())
        {
            byte[] before = new ReadOnlySpan<byte>(_graph.Nodes.States, _graph.SlotCount).ToArray();
            reach = new GraphReachability(_graph, throughRemoved: true);
            unreached = reach.Unreached(before);
        }

        foreach (int slot in unreached)
        {
            if (!reach.IsReached(slot)) Shared(scratch => _engine.LinkIsland(scratch, reach, slot));
        }

        return unreached.Count;
    }

    /// <summary>
    /// Writes the index; see docs/hnsw.md for the bytes. Slots keep their numbers. Writers wait for a millisecond per
    /// million slots and then go on: what is written is who was in the index at that moment. What they link and remove
    /// while the lists are written may leave a node of the file unreachable, which <see cref="Repair"/> mends once it is
    /// loaded.
    /// </summary>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        (GraphMoment moment, SlotLease lease) = Alone(_ => (new GraphMoment(_graph, _slots.Stored, _codeUse), LeaseSlots()));
        using (lease)
        {
            GraphWriter.Write(stream, Options, _graph, moment, (slot, level) => Shared(scratch => _engine.RepairList(scratch, slot, level)));
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote. Every count is checked before memory is taken for it, and every link.</summary>
    /// <param name="stream">Read from its position to the end of the index.</param>
    /// <param name="maxSlots">Slots that the index may grow to; 0 takes what it was saved with.</param>
    /// <exception cref="IndexFormatException">The bytes are not a sound index.</exception>
    public static HnswIndex Load(Stream stream, int maxSlots = 0)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return GraphReader.Read(stream, maxSlots);
    }

    /// <summary>Counts of this moment.</summary>
    public IndexStatistics GetStatistics()
    {
        EntryPoint entry = _graph.Entry;
        long slots = _graph.SlotCount;
        return new IndexStatistics
        {
            Live = Count,
            Unlinked = _tail.Count,
            AwaitingSweep = _graph.AwaitingSweep,
            Reusable = _slots.RetiredCount,
            Slots = (int)slots,
            TopLevel = entry.IsNone ? -1 : entry.Level,
            EntrySlot = entry.IsNone ? -1 : entry.Slot,
            VectorBytes = slots * _graph.Rows.RowBytes,
            CodeBytes = slots * (_graph.Codes?.CodeBytes ?? 0),
            WalksOverCodes = _codeUse == CodeUse.InUse,
            GraphBytes = (slots * (_graph.Bottom.BlockBytes + NodeTable.BytesPerSlot)) + _graph.Upper.Bytes,
        };
    }

    /// <summary>Gives all memory back. Nothing else may run or come after.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _graph.Dispose();
        _structure.Dispose();
    }

    /// <summary>Makes the codes of a loaded index: around the centre they had, or for the first time if there are rows enough.</summary>
    internal void RestoreCodes(CodeUse codes, ReadOnlySpan<float> center)
    {
        _codeUse = codes;
        if (codes == CodeUse.InUse)
        {
            _graph.Codes = CodeTrainer.Encode(_graph, center, Options.Metric, threads: 0);
            _engine = CreateEngine(overCodes: true);
        }
        else if (Count >= CodeTrainer.MinRows)
        {
            StartCodes(threads: 0);
        }
    }

    /// <summary>Counts a slot of a loaded index.</summary>
    internal void Restore(int slot) => _lifecycle.Restore(slot);

    private void BuildAll(int count, RowReader readRow, int threads, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        for (int slot = 0; slot < count; slot++) _slots.Take();
        DeterministicParallel.For(count, DeterministicParallel.DefaultChunk, threads, () => new float[Options.Dimension], (start, end, row) =>
        {
            for (int slot = start; slot < end; slot++)
            {
                readRow(slot, row);
                if (VectorGuard.FindFault(row, Options.Dimension, Options.Metric) is { } fault) throw new ArgumentException($"Row {slot}: {fault}", nameof(readRow));
                _graph.Rows.Write(slot, row);
                _graph.Nodes.SetState(slot, NodeTable.Linked);
            }
        }, cancellationToken);
        for (int slot = 0; slot < count; slot++) _lifecycle.Restore(slot);
        if (count == 0) return;
        if (count >= CodeTrainer.MinRows) StartCodes(threads);
        _engine.Build(Options.Seed, threads, progress, cancellationToken);
        if (_codeUse == CodeUse.InUse && CodeTrainer.AreTooCoarse(_graph))
        {
            // Rare, so it may cost a second build: told by the first one's links.
            StopCodes();
            _engine.Build(Options.Seed, threads, progress, cancellationToken);
        }

        Repair();
    }

    /// <summary>Makes the codes and lets what begins from now on use them. The caller keeps writers out.</summary>
    private int StartCodes(int threads)
    {
        if (!_codesWanted || _codeUse != CodeUse.NotYet) return 0;
        _graph.Codes = CodeTrainer.Train(_graph, Options.Metric, threads);
        _engine = CreateEngine(overCodes: true);
        _codeUse = CodeUse.InUse;
        return 0;
    }

    /// <summary>Lets what begins from now on use the rows alone, for good. The codes stay for what is running.</summary>
    private int StopCodes()
    {
        _codeUse = CodeUse.GivenUp;
        _engine = CreateEngine(overCodes: false);
        return 0;
    }

    private GraphEngine CreateEngine(bool overCodes) => GraphEngine.Create(Options.Metric, _graph, _tail, _sweeper, overCodes);

    /// <summary>Whether the codes have turned out too coarse for what is being linked.</summary>
    private bool CodesFail(SearchScratch scratch, int slot)
    {
        if (_codeUse != CodeUse.InUse) return false;
        ReadOnlySpan<int> chosen = scratch.Chosen.On(0);
        return chosen.Length > 0 && _codeWatch.Note(CodeTrainer.IsTooCoarse(_graph, slot, chosen[0]));
    }

    private T Alone<T>(Func<SearchScratch, T> action)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _structure.EnterWriteLock();
        SearchScratch scratch = _graph.Scratches.Rent();
        try
        {
            return action(scratch);
        }
        finally
        {
            ScratchPool.Return(scratch);
            _structure.ExitWriteLock();
        }
    }

    private void Shared(Action<SearchScratch> action)
    {
        _structure.EnterReadLock();
        SearchScratch scratch = _graph.Scratches.Rent();
        try
        {
            action(scratch);
        }
        finally
        {
            ScratchPool.Return(scratch);
            _structure.ExitReadLock();
        }
    }

    private void RequireSlot(int slot)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, _graph.SlotCount);
    }
}
