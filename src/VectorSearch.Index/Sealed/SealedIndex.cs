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

    private readonly IDisposable? _owner;
    private readonly SearchMemoryPool _pool;
    private readonly int[] _ids;
    private int[]? _places;

    internal SealedIndex(SealedParts parts, IDisposable? owner = null)
    {
        Parts = parts;
        _owner = owner;
        _ids = parts.Ids;
        var found = Math.Max(ListScan.Room(parts.Lists.LongestList), parts.Tree.FoundRoom);
        var probes = parts.Lists.Count + 1;
        _pool = new SearchMemoryPool(new SearchRoom(
            parts.Form.Length,
            Math.Max(parts.Form.Length, parts.Lists.Groups * NibbleTables.GroupBits / parts.Lists.Bits),
            parts.Lists.Groups * NibbleScan.GroupBytes, parts.Tree.ScoreRoom, parts.Lists.Count + 1, found, probes));
    }

    /// <summary>How many rows.</summary>
    public int Count => Parts.Rows.Rows;

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
        + (Parts.Rotation.Bytes + ((long)Parts.Lists.Count * 4 * sizeof(int)));

    internal SealedParts Parts { get; }

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
        var k = Math.Min(Math.Min(request.K, hits.Length), Count);
        if (k == 0) return default;
        var plan = FilterPlan.For(request, level, this);
        return Search(query, k, plan, request.Filter, hits, out _);
    }

    /// <summary>Reads a row, as it is kept.</summary>
    /// <param name="slot">The number of the row as given to the build.</param>
    /// <param name="vector">Receives Dimension floats; normalised under cosine.</param>
    public void ReadVector(int slot, Span<float> vector)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, Count);
        if (vector.Length != Dimension)
            throw new ArgumentException($"The room has {vector.Length} coordinates; expected {Dimension}.", nameof(vector));
        Parts.Rows.Read(Places()[slot], vector);
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

    /// <inheritdoc/>
    public void Dispose()
    {
        _pool.Dispose();
        Parts.Dispose();
        _owner?.Dispose();
    }

    /// <summary>Where each row lies, made at first need.</summary>
    internal int[] Places()
    {
        if (Volatile.Read(ref _places) is { } known) return known;
        var places = new int[_ids.Length];
        for (var i = 0; i < places.Length; i++) places[_ids[i]] = i;
        Volatile.Write(ref _places, places);
        return places;
    }

    internal SearchOutcome Search(
        ReadOnlySpan<float> query, int k, FilterPlan plan, SlotSet? filter, Span<Neighbor> hits, out SearchCost cost)
    {
        cost = default;
        var memory = _pool.Rent();
        try
        {
            Parts.Form.OfQuery(query, new Span<float>(memory.Form, Parts.Form.Length));
            return Parts.Rows.Format switch
            {
                RowFormat.FullFloat => Metric == Metric.InnerProduct
                    ? Search(memory, k, plan, filter, hits, new FloatDotReader(memory.Form, (float*)Parts.Rows.Data, Dimension, Shift(memory)), ref cost)
                    : Search(memory, k, plan, filter, hits, new FloatRowReader(memory.Form, (float*)Parts.Rows.Data, Dimension), ref cost),
                RowFormat.HalfFloat => Metric == Metric.InnerProduct
                    ? Search(memory, k, plan, filter, hits, new HalfDotReader(memory.Form, (Half*)Parts.Rows.Data, Dimension, Shift(memory)), ref cost)
                    : Search(memory, k, plan, filter, hits, new HalfRowReader(memory.Form, (Half*)Parts.Rows.Data, Dimension), ref cost),
                _ => SearchBytes(memory, k, plan, filter, hits, ref cost),
            };
        }
        finally
        {
            _pool.Return(memory);
        }
    }

    private SearchOutcome SearchBytes(
        SearchMemory memory, int k, FilterPlan plan, SlotSet? filter, Span<Neighbor> hits, ref SearchCost cost)
    {
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
            return Search(memory, k, plan, filter, hits, new ByteDotReader(memory.Weights, Parts.Rows.Data, Dimension, shift), ref cost);
        }

        fixed (float* least = origin) HadamardTransform.Shift(memory.Form, least, memory.Weights, Dimension);
        if (Parts.Rows.Format == RowFormat.ExactByte && ByteRows.TryWhole(memory.Weights, (short*)memory.Scale, Dimension))
            return Search(memory, k, plan, filter, hits, new WholeRowReader((short*)memory.Scale, Parts.Rows.Data, Dimension), ref cost);

        scale.CopyTo(new Span<float>(memory.Scale, Dimension));
        return Search(memory, k, plan, filter, hits, new ByteRowReader(memory.Weights, memory.Scale, Parts.Rows.Data, Dimension), ref cost);
    }

    private SearchOutcome Search<TRows>(
        SearchMemory memory, int k, FilterPlan plan, SlotSet? filter, Span<Neighbor> hits, TRows rows, ref SearchCost cost)
        where TRows : struct, IRowReader
    {
        var nearest = new NearestHeap(memory.NearestKeys(k), k);
        if (plan.Scan) ScanAll(filter, rows, ref nearest, ref cost);
        else if (filter is null) Probe(memory, plan.Probes, plan.Slack, rows, default(EveryRow), ref nearest, ref cost);
        else Probe(memory, plan.Probes, plan.Slack, rows, new SlotFilter(filter, _ids), ref nearest, ref cost);

        if (filter is not null && !plan.Scan && !nearest.IsFull && nearest.Count < filter.Count)
        {
            // Too few of the visited rows matched: only a scan of the matches keeps the promise of k hits.
            nearest = new NearestHeap(memory.NearestKeys(k), k);
            plan = plan with { Scan = true };
            ScanAll(filter, rows, ref nearest, ref cost);
        }

        var shift = Parts.Form.Shift(new ReadOnlySpan<float>(memory.Form, Dimension));
        var keys = nearest.Sort();
        for (var i = 0; i < keys.Length; i++)
            hits[i] = new Neighbor(_ids[OrderedKey.Row(keys[i])], Parts.Form.ToDistance(OrderedKey.Distance(keys[i]), shift));
        return new SearchOutcome(keys.Length, cost.Estimated + cost.Measured, plan.Scan ? 0 : plan.Probes, plan.Scan);
    }

    private void Probe<TRows, TFilter>(
        SearchMemory memory, int probes, float slack, TRows rows, TFilter filter, ref NearestHeap nearest, ref SearchCost cost)
        where TRows : struct, IRowReader
        where TFilter : struct, IRowFilter
    {
        Parts.Rotation.Apply(memory.Form, memory.Projected);
        var m = Parts.Rotation.Output;
        new Span<float>(memory.Projected + m, Math.Max(0, Parts.Rotation.Input - m)).Clear();
        var projectedNorm = VectorMath.Dot(memory.Projected, memory.Projected, m);
        var (step, bias) = NibbleTables.Build(memory.Projected, Parts.Lists.Groups, Parts.Lists.Bits, memory.Tables);
        var tables = new QueryTables(memory.Tables, step, bias);
        var lists = new NearestHeap(memory.Probes, Math.Min(probes, Parts.Lists.Count));
        Parts.Tree.Find(memory, tables, projectedNorm, ref lists);
        var keys = lists.Sort();
        var tail = TailNorm(memory.Form, projectedNorm);
        for (var i = 0; i < keys.Length; i++)
            keys[i] = OrderedKey.Of(OrderedKey.Distance(keys[i]) + tail, Parts.Tree.ListOf(keys[i]));
        ListScan.Run(Parts.Lists, keys, slack, tables, rows, filter, memory.Found, ref nearest, ref cost);
    }

    /// <summary>Squared length of what the projection leaves out of the query; it is part of every distance.</summary>
    private float TailNorm(float* form, float projectedNorm)
    {
        if (Parts.Rotation.Output == Parts.Rotation.Input) return 0;
        fixed (float* mean = Parts.Rotation.Mean)
            return MathF.Max(0, VectorMath.SquaredDistance(form, mean, Parts.Rotation.Input) - projectedNorm);
    }

    private void ScanAll<TRows>(SlotSet? filter, TRows rows, ref NearestHeap nearest, ref SearchCost cost)
        where TRows : struct, IRowReader
    {
        if (filter is null)
        {
            for (var row = 0; row < Count; row++) nearest.Offer(OrderedKey.Of(rows.Distance(row), row));
            cost.Measured += Count;
            return;
        }

        var places = Places();
        var words = filter.Words;
        for (var word = 0; word < words.Length; word++)
        {
            for (var rest = words[word]; rest != 0; rest &= rest - 1)
            {
                var slot = (word * 64) + System.Numerics.BitOperations.TrailingZeroCount(rest);
                if (slot >= places.Length) return;
                nearest.Offer(OrderedKey.Of(rows.Distance(places[slot]), places[slot]));
                cost.Measured++;
            }
        }
    }

    private float Shift(SearchMemory memory) => Parts.Form.Shift(new ReadOnlySpan<float>(memory.Form, Dimension));

    private EffortLevel Level(in SealedRequest request)
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
            if (level.Recall >= recall) return level;
        return Parts.Efforts[^1];
    }
}
