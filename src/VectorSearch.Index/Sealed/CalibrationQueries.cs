using VectorSearch.Numerics;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// Queries of one kind with their true neighbours: what a build measures recall with. Answered from the rows as they were
/// given, before any rounding, so that what rounding loses counts as lost.
/// </summary>
internal sealed unsafe class CalibrationQueries
{
    /// <summary>Hits that a calibration query is asked for.</summary>
    internal const int K = 10;

    /// <summary>Rows as far as the k-th neighbour that count as right beside it.</summary>
    private const int Ties = 32;

    private const int QueriesAGroup = 32;

    /// <summary>Bytes of rows that all queries of a group are compared with before the next come: they stay in the second cache.</summary>
    private const int BlockBytes = 128 << 10;

    private readonly float[][] _vectors;
    private readonly float[] _bounds;
    private readonly int[][] _right;
    private readonly int[]? _own;

    private CalibrationQueries(float[][] vectors, int[]? own)
    {
        (_vectors, _own) = (vectors, own);
        _bounds = new float[vectors.Length];
        _right = new int[vectors.Length][];
    }

    /// <summary>How many queries.</summary>
    public int Count => _vectors.Length;

    /// <summary>Hits to ask for: one more where the query is a row, which does not count as its own neighbour.</summary>
    public int Wanted => _own is null ? K : K + 1;

    /// <summary>Rows, searched for with their own vectors.</summary>
    /// <param name="rows">The rows, as <see cref="VectorForm.OfRow"/> wants them.</param>
    /// <param name="slots">The slot of each; null if row i has slot i.</param>
    /// <param name="count">How many queries.</param>
    /// <param name="form">How rows and queries are compared.</param>
    /// <param name="options">Seed and threads.</param>
    /// <param name="cancel">Ends it.</param>
    public static CalibrationQueries Rows(
        RowMatrix<float> rows, int[]? slots, int count, VectorForm form, SealedOptions options, CancellationToken cancel)
    {
        var random = new Xoshiro256(options.Seed, 0xC1);
        var own = new int[count];
        for (var q = 0; q < count; q++) own[q] = random.NextInt(rows.Rows);
        return new CalibrationQueries(Array.ConvertAll(own, row => rows[row].ToArray()), Array.ConvertAll(own, row => Slot(slots, row)))
            .Answer(rows, slots, form, options.Threads, cancel);
    }

    /// <summary>
    /// Points between rows: every other one in the middle of two, the rest of three. Nothing is quite near to them and much is
    /// about as far, so that of all kinds of queries tried these lose most to lists left out.
    /// </summary>
    /// <inheritdoc cref="Rows"/>
    public static CalibrationQueries Between(
        RowMatrix<float> rows, int[]? slots, int count, VectorForm form, SealedOptions options, CancellationToken cancel)
    {
        // Not the very middle, which under cosine may have no direction.
        const float Tilt = 0.96f;
        var random = new Xoshiro256(options.Seed, 0xC2);
        var vectors = new float[count][];
        for (var q = 0; q < count; q++)
        {
            vectors[q] = rows[random.NextInt(rows.Rows)].ToArray();
            for (var others = 1 + (q % 2); others > 0; others--)
            {
                var other = rows[random.NextInt(rows.Rows)];
                for (var j = 0; j < other.Length; j++) vectors[q][j] = (Tilt * vectors[q][j]) + other[j];
            }

            for (var j = 0; j < vectors[q].Length; j++) vectors[q][j] /= 2 + (q % 2);
        }

        return new CalibrationQueries(vectors, null).Answer(rows, slots, form, options.Threads, cancel);
    }

    /// <summary>A query's vector.</summary>
    public ReadOnlySpan<float> Vector(int query) => _vectors[query];

    /// <summary>The slots of the nearest rows of a query.</summary>
    public ReadOnlySpan<int> Neighbors(int query) => _right[query].AsSpan(0, Math.Min(K, _right[query].Length));

    /// <summary>The share of the wanted neighbours that are among some hits.</summary>
    /// <param name="query">Its number.</param>
    /// <param name="hits">What a search found.</param>
    /// <param name="exact">Whether the distances are those of the rows as they were given: then whatever is near enough is right.</param>
    public double Recall(int query, ReadOnlySpan<Neighbor> hits, bool exact)
    {
        var right = 0;
        foreach (var hit in hits)
            if (hit.Slot != _own?[query] && ((exact && hit.Distance <= _bounds[query]) || _right[query].AsSpan().Contains(hit.Slot))) right++;
        var wanted = Neighbors(query).Length;
        return (double)Math.Min(right, wanted) / wanted;
    }

    /// <summary>Compares every query with every row.</summary>
    private CalibrationQueries Answer(RowMatrix<float> rows, int[]? slots, VectorForm form, int threads, CancellationToken cancel)
    {
        DeterministicParallel.For(Count, QueriesAGroup, threads, (start, end) =>
        {
            var room = Wanted + Ties;
            var keys = GC.AllocateArray<ulong>((end - start) * room, pinned: true);
            var forms = GC.AllocateArray<float>((end - start) * form.Length, pinned: true);
            var nearest = new NearestHeap[end - start];
            fixed (ulong* firstKey = keys)
            {
                for (var q = start; q < end; q++)
                {
                    nearest[q - start] = new NearestHeap(firstKey + ((q - start) * room), room);
                    form.OfQuery(_vectors[q], forms.AsSpan((q - start) * form.Length, form.Length));
                }

                var block = Math.Max(1, BlockBytes / (rows.Dimension * sizeof(float)));
                for (var first = 0; first < rows.Rows; first += block)
                {
                    cancel.ThrowIfCancellationRequested();
                    var last = Math.Min(rows.Rows, first + block);
                    fixed (float* query = forms)
                    {
                        for (var q = 0; q < nearest.Length; q++) Compare(rows, first, last, query + (q * form.Length), form, ref nearest[q]);
                    }
                }

                for (var q = start; q < end; q++) Keep(q, nearest[q - start].Sort(), slots, form);
            }
        }, cancel);
        return this;
    }

    private static void Compare(RowMatrix<float> rows, int first, int end, float* query, VectorForm form, ref NearestHeap nearest)
    {
        if (form.Metric == Metric.InnerProduct)
        {
            var reader = new FloatDotReader(query, rows.Data, rows.Dimension, form.Shift(new ReadOnlySpan<float>(query, form.Dimension)));
            for (var row = first; row < end; row++) nearest.Offer(OrderedKey.Of(reader.Distance(row), row));
        }
        else
        {
            var reader = new FloatRowReader(query, rows.Data, rows.Dimension);
            for (var row = first; row < end; row++) nearest.Offer(OrderedKey.Of(reader.Distance(row), row));
        }
    }

    /// <summary>Notes the nearest rows of a query, and those as far as the last that is wanted.</summary>
    private void Keep(int query, ReadOnlySpan<ulong> keys, int[]? slots, VectorForm form)
    {
        const float Tolerance = 1e-6f;
        var others = new List<ulong>(keys.Length);
        foreach (var key in keys)
            if (Slot(slots, OrderedKey.Row(key)) != _own?[query]) others.Add(key);
        if (others.Count > K) others.RemoveAll(key => OrderedKey.Distance(key) > OrderedKey.Distance(others[K - 1]));
        _right[query] = [.. others.Select(key => Slot(slots, OrderedKey.Row(key)))];
        var kth = OrderedKey.Distance(others[Math.Min(K, others.Count) - 1]);
        var bound = form.ToDistance(kth, form.Shift(_vectors[query]));
        _bounds[query] = bound + (MathF.Abs(bound) * Tolerance);
    }

    private static int Slot(int[]? slots, int row) => slots is null ? row : slots[row];
}
