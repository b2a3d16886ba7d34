using VectorSearch.Numerics;
using VectorSearch.Numerics.Codes;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// The form of an index that takes no writes and answers fastest. Rows are parted into lists around centroids; a query
/// visits the nearest lists, estimates their rows from short codes 32 at a time, and measures only those whose estimate
/// could still be among the k nearest. Searches may run at the same time and allocate nothing.
/// </summary>
public sealed unsafe class SealedIndex : IDisposable
{
    /// <summary>The recall aimed at by a search that asks for none.</summary>
    public const double DefaultRecall = 0.95;

    /// <summary>Lists that a new row's is chosen from: finding lists is approximate, and a row in the wrong one is hard to find.</summary>
    private const int ListsToChooseFrom = 16;

    private readonly IDisposable? _owner;
    private readonly SearchMemoryPool _pool;
    private readonly List<SealedParts> _outgrown = [];
    private readonly int[] _ids;
    private SlotPlaces? _places;
    private string? _digest;

    internal SealedIndex(SealedParts parts, IDisposable? owner = null, string? digest = null)
    {
        _digest = digest;
        Parts = parts;
        Costs = SearchCosts.For(parts.Lists.Groups, parts.Rows.RowBytes);
        _owner = owner;
        _ids = parts.Ids;
        SlotBound = SealedSlots.Bound(_ids);
        var found = Math.Max(ListScan.Room(parts.Lists.LongestList), parts.Tree.FoundRoom);
        var probes = parts.Lists.Count + 1;
        _pool = new SearchMemoryPool(new SearchRoom(
            parts.Form.Length,
            Math.Max(parts.Form.Length, parts.Lists.Groups * NibbleTables.GroupBits / parts.Lists.Bits),
            parts.Lists.Groups * NibbleScan.GroupBytes, parts.Lists.Count + 1, found, probes));
    }

    /// <summary>How many rows.</summary>
    public int Count => Parts.Rows.Rows;

    /// <summary>All slots are below: the number of rows unless the build was given slots.</summary>
    public int SlotBound { get; }

    /// <summary>Coordinates a row.</summary>
    public int Dimension => Parts.Form.Dimension;

    /// <summary>How vectors are compared.</summary>
    public Metric Metric => Parts.Form.Metric;

    /// <summary>How rows are kept.</summary>
    public RowFormat Rows => Parts.Rows.Format;

    /// <summary>Lists the rows are in.</summary>
    public int Lists => Parts.Lists.Count;

    /// <summary>The levels of effort, cheapest first, each with more recall than the one before.</summary>
    public IReadOnlyList<EffortLevel> Efforts => Parts.Efforts;

    /// <summary>What the audit after the build found.</summary>
    public SealedAudit Audit => Parts.Audit;

    /// <summary>Bytes that must be resident for full speed, rows included.</summary>
    public long MemoryBytes =>
        Parts.Rows.Bytes + Parts.Lists.Bytes + Parts.Tree.Bytes + ((long)_ids.Length * sizeof(int))
        + (Parts.Rotation.Bytes + ((long)Parts.Lists.Count * 4 * sizeof(int))) + (Volatile.Read(ref _places)?.Bytes ?? 0);

    /// <summary>
    /// SHA-256 over the header and the checksum table of the file that <see cref="Save"/> writes, lower-case hexadecimal: two
    /// indexes that differ have different ones. Reads all of an index that was built and not saved yet.
    /// </summary>
    public string Digest => _digest ??= SealedWriter.Digest(Parts);

    /// <summary>True once every block of a mapped file has been checked; always true of an index in memory.</summary>
    public bool IsVerified => Parts.Guard is null or { IsComplete: true };

    internal SealedParts Parts { get; private set; }

    /// <summary>What the parts of a search cost here.</summary>
    internal SearchCosts Costs { get; }

    /// <summary>Finds the nearest rows.</summary>
    /// <param name="query">Dimension floats.</param>
    /// <param name="request">How many, how well, which.</param>
    /// <param name="hits">Receives up to K hits, nearest first; a slot is the number of the row as given to the build.</param>
    /// <returns>How many were found and what it cost.</returns>
    /// <exception cref="ArgumentException">A bad query or request; the message names the field, what came and what was expected.</exception>
    public SearchOutcome Search(ReadOnlySpan<float> query, in SealedRequest request, Span<Neighbor> hits)
    {
        VectorGuard.Check(query, Dimension, Metric, nameof(query));
        var level = Level(request);
        request.CancellationToken.ThrowIfCancellationRequested();
        var wanted = Math.Min(request.K, hits.Length);
        var k = Math.Min(wanted, Count);
        if (k == 0) return default(SearchOutcome).For(wanted);
        var plan = FilterPlan.For(request, level, this);
        return Search(query, k, plan, request.Filter, null, hits, out _, request.CancellationToken).For(wanted);
    }

    /// <summary>
    /// Answers many queries, each as <see cref="Search(ReadOnlySpan{float}, in SealedRequest, Span{Neighbor})"/> would. Queries
    /// near to each other share what they read (<see cref="BatchOrder"/>).
    /// </summary>
    /// <param name="queries">Shape [n, Dimension].</param>
    /// <param name="request">How many, how well, which; the same for all.</param>
    /// <param name="hits">Shape [n, K]; receives each query's hits, nearest first.</param>
    /// <param name="outcomes">Shape [n]; receives how many were found and what it cost.</param>
    /// <exception cref="ArgumentException">A bad query or request, or room of another shape; the message names the field, what came and what was expected.</exception>
    public void SearchMany(ReadOnlySpan<float> queries, in SealedRequest request, Span<Neighbor> hits, Span<SearchOutcome> outcomes)
    {
        if (queries.Length % Dimension != 0)
            throw new ArgumentException($"There are {queries.Length} coordinates; expected a multiple of {Dimension}.", nameof(queries));
        var count = queries.Length / Dimension;
        if (request.K < 1 || hits.Length != (long)count * request.K)
            throw new ArgumentException($"There is room for {hits.Length} hits; expected {count} queries times K, which is {request.K} and must be at least 1.", nameof(hits));
        if (outcomes.Length != count) throw new ArgumentException($"There is room for {outcomes.Length} outcomes; expected {count}.", nameof(outcomes));
        for (var q = 0; q < count; q++)
        {
            if (VectorGuard.FindFault(queries.Slice(q * Dimension, Dimension), Dimension, Metric) is { } fault)
                throw new ArgumentException($"Query {q}: {fault}", nameof(queries));
        }

        int[] order;
        var memory = _pool.Rent();
        try
        {
            order = BatchOrder.Of(Parts, memory, queries);
        }
        finally
        {
            _pool.Return(memory);
        }

        foreach (var q in order)
            outcomes[q] = Search(queries.Slice(q * Dimension, Dimension), request, hits.Slice(q * request.K, request.K));
    }

    /// <summary>Reads a row, as it is kept.</summary>
    /// <param name="slot">The number of the row as given to the build.</param>
    /// <param name="vector">Receives Dimension floats; normalised under cosine.</param>
    /// <exception cref="ArgumentOutOfRangeException">No row has this slot.</exception>
    public void ReadVector(int slot, Span<float> vector)
    {
        if (vector.Length != Dimension)
            throw new ArgumentException($"The room has {vector.Length} coordinates; expected {Dimension}.", nameof(vector));
        var place = Places()[slot];
        if (place == SlotPlaces.None) throw new ArgumentOutOfRangeException(nameof(slot), slot, $"Expected one of the {Count} slots that have a row.");
        ReadPlace(place, vector);
    }

    /// <summary>Writes the index; the same index gives the same bytes.</summary>
    /// <param name="stream">Where to; from its present position.</param>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        SealedWriter.Write(Parts, stream);
    }

    /// <summary>Reads what <see cref="Save"/> wrote into memory. Every block is checked before it is used.</summary>
    /// <param name="stream">A stream that can seek and holds nothing else.</param>
    /// <exception cref="IndexFormatException">The bytes are damaged; the message names the offset.</exception>
    public static SealedIndex Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return SealedReader.Read(stream);
    }

    /// <summary>
    /// Opens what <see cref="Save"/> wrote without reading it all: codes and rows stay in the file and are read as searches
    /// touch them. Each block is checked before its first use; <see cref="Verify"/> checks the rest, and
    /// <see cref="MoveToMemory"/> then brings them into memory. Both may run while searches do.
    /// </summary>
    /// <param name="file">A file that holds nothing else. It may be closed afterwards, and must not be changed.</param>
    /// <exception cref="IndexFormatException">The bytes that are read at once are damaged; the message names the offset.</exception>
    public static SealedIndex Map(FileStream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return MappedSealedFile.Open(file);
    }

    /// <summary>Checks all blocks of a mapped file that have not been checked yet.</summary>
    /// <exception cref="IndexFormatException">A block is damaged; the message names the offset.</exception>
    public void Verify(CancellationToken cancel = default) => Parts.Guard?.RequireAll(cancel);

    /// <summary>
    /// Copies a mapped index into memory on huge pages, as far as a budget goes: first the codes, then the rows. Searches
    /// that run meanwhile end on the file.
    /// </summary>
    /// <param name="budgetBytes">Most bytes to copy.</param>
    /// <param name="cancel">Ends it between the checks of two blocks.</param>
    /// <returns>The bytes copied.</returns>
    /// <exception cref="IndexFormatException">A block is damaged; the message names the offset.</exception>
    public long MoveToMemory(long budgetBytes = long.MaxValue, CancellationToken cancel = default)
    {
        Verify(cancel);
        if (Parts.Guard is null) return 0;
        var moved = SealedMover.Move(Parts, budgetBytes, out var bytes);
        _outgrown.Add(Parts);
        Parts = moved;
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pool.Dispose();
        _places?.Dispose();
        Parts.Dispose();
        foreach (var parts in _outgrown) parts.Dispose();
        _owner?.Dispose();
    }

    /// <summary>Where the row of each slot lies, made at first need.</summary>
    internal SlotPlaces Places()
    {
        if (Volatile.Read(ref _places) is { } known) return known;
        var places = new SlotPlaces(SlotBound);
        places.Cover(SlotBound);
        for (var i = 0; i < _ids.Length; i++) places.Set(_ids[i], i);
        if (Interlocked.CompareExchange(ref _places, places, null) is not { } first) return places;
        places.Dispose();
        return first;
    }

    /// <summary>Lets go of <see cref="Places"/>, which few searches need. Nothing else may run.</summary>
    internal void ForgetPlaces()
    {
        _places?.Dispose();
        _places = null;
    }

    /// <summary>Reads the row at a place, as it is kept.</summary>
    internal void ReadPlace(int place, Span<float> vector)
    {
        Parts.Guard?.RequireRow(place);
        Parts.Rows.Read(place, vector);
    }

    /// <summary>The list that a row belongs to; leaves the rotated row in <see cref="SearchMemory.Projected"/>.</summary>
    /// <param name="memory">Rented, with the row's form in <see cref="SearchMemory.Form"/>.</param>
    /// <param name="tailNormSquared">Squared length of what the rotation leaves out of the row.</param>
    internal int NearestList(SearchMemory memory, out float tailNormSquared)
    {
        var tables = Prepare(memory, out var rotated);
        tailNormSquared = TailNorm(memory.Form, rotated.NormSquared);
        return OrderedKey.Row(FindLists(memory, tables, rotated, Math.Min(ListsToChooseFrom, Parts.Lists.Count))[0]);
    }

    internal SearchMemory RentMemory() => _pool.Rent();

    internal void ReturnMemory(SearchMemory memory) => _pool.Return(memory);

    /// <summary>Searches by a plan, and through the changes since the rows were sealed if there are any.</summary>
    internal SearchOutcome Search(
        ReadOnlySpan<float> query, int k, FilterPlan plan, SlotSet? filter, RowChanges? changes, Span<Neighbor> hits, out SearchCost cost,
        CancellationToken cancel = default)
    {
        cost = default;
        var memory = _pool.Rent();
        try
        {
            Parts.Form.OfQuery(query, new Span<float>(memory.Form, Parts.Form.Length));
            var task = new SearchTask(memory, k, plan, filter, changes, cancel);
            return Parts.Rows.Format switch
            {
                RowFormat.FullFloat => Metric == Metric.InnerProduct
                    ? Search(task, hits, new FloatDotReader(memory.Form, (float*)Parts.Rows.Data, Dimension, Shift(memory)), ref cost)
                    : Search(task, hits, new FloatRowReader(memory.Form, (float*)Parts.Rows.Data, Dimension), ref cost),
                RowFormat.HalfFloat => Metric == Metric.InnerProduct
                    ? Search(task, hits, new HalfDotReader(memory.Form, (Half*)Parts.Rows.Data, Dimension, Shift(memory)), ref cost)
                    : Search(task, hits, new HalfRowReader(memory.Form, (Half*)Parts.Rows.Data, Dimension), ref cost),
                _ => SearchBytes(task, hits, ref cost),
            };
        }
        finally
        {
            _pool.Return(memory);
        }
    }

    private SearchOutcome SearchBytes(in SearchTask task, Span<Neighbor> hits, ref SearchCost cost)
    {
        var memory = task.Memory;
        var (origin, scale) = (Parts.Rows.Origin, Parts.Rows.Scale);
        if (Metric == Metric.InnerProduct)
        {
            var constant = 0.0;
            for (var j = 0; j < Dimension; j++)
            {
                constant += (double)memory.Form[j] * origin[j];
                memory.Weights[j] = memory.Form[j] * scale[j];
            }

            var shift = Shift(memory) - (float)(2 * constant);
            return Search(task, hits, new ByteDotReader(memory.Weights, Parts.Rows.Data, Dimension, shift), ref cost);
        }

        fixed (float* least = origin) HadamardTransform.Shift(memory.Form, least, memory.Weights, Dimension);
        if (Parts.Rows.Format == RowFormat.ExactByte && ByteRows.TryWhole(memory.Weights, (short*)memory.Scale, Dimension))
            return Search(task, hits, new WholeRowReader((short*)memory.Scale, Parts.Rows.Data, Dimension), ref cost);

        scale.CopyTo(new Span<float>(memory.Scale, Dimension));
        return Search(task, hits, new ByteRowReader(memory.Weights, memory.Scale, Parts.Rows.Data, Dimension), ref cost);
    }

    private SearchOutcome Search<TRows>(in SearchTask task, Span<Neighbor> hits, TRows rows, ref SearchCost cost)
        where TRows : struct, IRowReader => Parts.Guard is { IsComplete: false } guard
            ? SearchFiltered(task, hits, new GuardedRows<TRows>(rows, guard), ref cost)
            : SearchFiltered(task, hits, rows, ref cost);

    private SearchOutcome SearchFiltered<TRows>(in SearchTask task, Span<Neighbor> hits, TRows rows, ref SearchCost cost)
        where TRows : struct, IRowReader
    {
        if (task.Changes is not { } changes)
        {
            return task.Filter is { } slots
                ? Search(task, hits, rows, new SlotFilter(slots, _ids), default(NoChains), ref cost)
                : Search(task, hits, rows, default(EveryRow), default(NoChains), ref cost);
        }

        var layered = new LayeredRows<TRows>(
            rows, Count, changes.Added, task.Memory.Form, Dimension, Metric == Metric.InnerProduct, Shift(task.Memory));
        var chains = new AddedChains(changes.Added.Chains);
        return task.Filter is { } filter
            ? Search(task, hits, layered, new LiveSlot(changes, filter), chains, ref cost)
            : Search(task, hits, layered, new LiveRow(changes.Live), chains, ref cost);
    }

    private SearchOutcome Search<TRows, TFilter, TChains>(
        in SearchTask task, Span<Neighbor> hits, TRows rows, TFilter filter, TChains chains, ref SearchCost cost)
        where TRows : struct, IRowReader
        where TFilter : struct, IRowFilter
        where TChains : struct, IListChains
    {
        // Below the k of the calibration the k-th distance tells less: one wrong estimate among few would lose the nearest.
        var k = Math.Max(task.K, CalibrationQueries.K);
        var nearest = new NearestHeap(task.Memory.NearestKeys(k), k);
        var scan = task.Plan.Scan || !Visit(task, rows, filter, chains, ref nearest, ref cost);
        if (scan)
        {
            nearest = new NearestHeap(task.Memory.NearestKeys(k), k);
            ExactRowScan.Run(this, task, rows, filter, ref nearest, ref cost);
        }

        nearest.PrefetchRows(_ids);
        var shift = Parts.Form.Shift(new ReadOnlySpan<float>(task.Memory.Form, Dimension));
        var keys = nearest.Sort();
        if (keys.Length > task.K) keys = keys[..task.K];
        for (var i = 0; i < keys.Length; i++)
        {
            var place = OrderedKey.Row(keys[i]);
            hits[i] = new Neighbor(place < _ids.Length ? _ids[place] : task.Changes!.SlotOf(place), Parts.Form.ToDistance(OrderedKey.Distance(keys[i]), shift));
        }

        return new SearchOutcome(keys.Length, cost.Estimated + cost.Measured, scan ? 0 : cost.Lists, scan);
    }

    /// <summary>
    /// Visits the plan's lists, and then more while the next one is as likely to hold a neighbour as lists were for the
    /// harder of the calibration queries: what a filter, a great k or a query unlike the rows needs beyond the plan.
    /// </summary>
    /// <returns>False if the plan's budget ended it.</returns>
    private bool Visit<TRows, TFilter, TChains>(
        in SearchTask task, TRows rows, TFilter filter, TChains chains, ref NearestHeap nearest, ref SearchCost cost)
        where TRows : struct, IRowReader
        where TFilter : struct, IRowFilter
        where TChains : struct, IListChains
    {
        var (memory, plan, lists) = (task.Memory, task.Plan, Parts.Lists);
        var tables = Prepare(memory, out var rotated);

        // Some lists more than are visited: the first tells how much was left out, the others are mostly all that going on
        // visits, and finding more later costs as much again.
        var wanted = (int)Math.Min(lists.Count, plan.Probes + 5L + (plan.Probes / 4));
        var keys = FindLists(memory, tables, rotated, wanted);
        var until = Math.Min(plan.Probes, keys.Length);
        var whole = wanted == lists.Count;
        if (task.Filter is not null && IsAvoided(plan, keys, filter)) return false;
        task.Changes?.Added.ScanUnlisted(rows, filter, ref nearest, ref cost);
        for (var first = true; ; first = false)
        {
            var visited = keys[..until];
            keys = keys[until..];
            Parts.Guard?.RequireLists(lists, visited);
            ListScan.Run(lists, chains, visited, plan.Slack, tables, rows, filter, memory.Found, ref nearest, ref cost);
            cost.Lists += visited.Length;
            if (whole && keys.IsEmpty) return true;
            if (first) memory.ForgetVisited(lists.Count);
            memory.MarkVisited(visited);
            while (keys.IsEmpty && !whole)
            {
                wanted = (int)Math.Min(lists.Count, wanted + Math.Max(8L, 2L * wanted));
                whole = wanted == lists.Count;
                keys = memory.WithoutVisited(FindLists(memory, tables, rotated, wanted));
            }

            var separation = nearest.IsFull && !keys.IsEmpty ? lists.Separation(keys[0], nearest.Bound) : float.NegativeInfinity;
            if (first) cost.FirstSeparation = separation;
            if (separation >= plan.Reach || keys.IsEmpty) return true;
            if (Costs.Of(cost) > plan.Budget) return false;
            task.Cancel.ThrowIfCancellationRequested();
            until = Within(lists, keys, plan.Reach, nearest.Bound, Math.Max(4, cost.Lists / 4));
        }
    }

    /// <summary>
    /// How many of the nearest lists are within a reach, at least one and at most a number, since the bound comes nearer while
    /// they are visited.
    /// </summary>
    private static int Within(CodedLists lists, ReadOnlySpan<ulong> keys, float reach, float bound, int most)
    {
        most = Math.Min(keys.Length, most);
        if (float.IsPositiveInfinity(bound)) return most;
        var count = 1;
        while (count < most && lists.Separation(keys[count], bound) < reach) count++;
        return count;
    }

    /// <summary>Looks at who matches in the nearest lists; see <see cref="FilterPlan.IsAvoidedBy"/>.</summary>
    private bool IsAvoided<TFilter>(in FilterPlan plan, ReadOnlySpan<ulong> keys, TFilter filter)
        where TFilter : struct, IRowFilter
    {
        const int NearestLists = 8;
        int rows = 0, matches = 0;
        foreach (var key in keys[..Math.Min(keys.Length, NearestLists)])
        {
            var (start, end) = (Parts.Lists.RowStarts[OrderedKey.Row(key)], Parts.Lists.RowStarts[OrderedKey.Row(key) + 1]);
            for (var row = start; row < end; row++) matches += filter.Allows(row) ? 1 : 0;
            rows += end - start;
        }

        return plan.IsAvoidedBy(rows, matches);
    }

    /// <summary>Rotates what is in <see cref="SearchMemory.Form"/> and makes its tables.</summary>
    private QueryTables Prepare(SearchMemory memory, out RotatedQuery rotated)
    {
        rotated = Parts.Rotate(memory);
        var (step, bias) = NibbleTables.Build(memory.Projected, Parts.Lists.Groups, Parts.Lists.Bits, memory.Tables);
        return new QueryTables(memory.Tables, Parts.Lists.Groups, step, bias, Parts.Tree.CentroidVariance);
    }

    /// <summary>The nearest lists, nearest first, keyed by ‖q−c‖².</summary>
    private Span<ulong> FindLists(SearchMemory memory, in QueryTables tables, in RotatedQuery rotated, int count)
    {
        var lists = new NearestHeap(memory.Probes, count);
        Parts.Tree.Find(memory, tables, rotated, ref lists);
        var keys = lists.Sort();
        var tail = TailNorm(memory.Form, rotated.NormSquared);
        for (var i = 0; i < keys.Length; i++)
        {
            var list = Parts.Tree.ListOf(keys[i]);
            Parts.Lists.PrefetchBounds(list);
            keys[i] = OrderedKey.Of(OrderedKey.Distance(keys[i]) + tail, list);
        }

        return keys;
    }

    /// <summary>Squared length of what the projection leaves out of the query; it is part of every distance.</summary>
    private float TailNorm(float* form, float projectedNorm)
    {
        if (Parts.Rotation.Output == Parts.Rotation.Input) return 0;
        fixed (float* mean = Parts.Rotation.Mean)
            return MathF.Max(0, VectorMath.SquaredDistance(form, mean, Parts.Rotation.Input) - projectedNorm);
    }

    private float Shift(SearchMemory memory) => Parts.Form.Shift(new ReadOnlySpan<float>(memory.Form, Dimension));

    /// <summary>Judges a request and finds the level of effort it asks for.</summary>
    internal EffortLevel Level(in SealedRequest request)
    {
        if (request.K < 1) throw new ArgumentException($"{nameof(request.K)} is {request.K}; expected at least 1.", nameof(request));
        if (request.Effort < 0 || request.Effort > Efforts.Count)
            throw new ArgumentException($"{nameof(request.Effort)} is {request.Effort}; expected 0 to {Efforts.Count}.", nameof(request));
        if (!(request.TargetRecall >= 0 && request.TargetRecall <= 1))
            throw new ArgumentException($"{nameof(request.TargetRecall)} is {request.TargetRecall}; expected 0 to 1.", nameof(request));
        if (request.Effort > 0) return Parts.Efforts[request.Effort - 1];
        return EffortFor(request.TargetRecall > 0 ? request.TargetRecall : DefaultRecall);
    }

    private EffortLevel EffortFor(double recall)
    {
        foreach (var level in Parts.Efforts)
            if (level.Assured >= recall) return level;
        return Parts.Efforts[^1];
    }
}
