using VectorSearch.Numerics;

namespace VectorSearch.Index.Sealed;

/// <summary>Queries of one kind with the distance of their true k-th neighbour: what a build measures recall with.</summary>
internal sealed class CalibrationQueries
{
    /// <summary>Hits that a calibration query is asked for.</summary>
    internal const int K = 10;

    private const int QueriesAChunk = 4;

    private readonly float[][] _vectors;
    private readonly float[] _bounds;

    private CalibrationQueries(float[][] vectors, int[]? own)
    {
        _vectors = vectors;
        _bounds = new float[vectors.Length];
        Own = own;
        Neighbors = new int[vectors.Length][];
    }

    /// <summary>How many queries.</summary>
    public int Count => _vectors.Length;

    /// <summary>The slot of the row that each query is, which does not count as its neighbour; null if they are none.</summary>
    public int[]? Own { get; }

    /// <summary>The slots of the nearest rows of each query.</summary>
    public int[][] Neighbors { get; }

    /// <summary>Rows, searched for with their own vectors.</summary>
    public static CalibrationQueries Rows(SealedIndex index, int count, int threads, CancellationToken cancel)
    {
        var random = new Xoshiro256(index.Parts.Seed, 0xC1);
        var own = new int[count];
        for (var q = 0; q < count; q++) own[q] = index.Parts.Ids[random.NextInt(index.Count)];
        return new CalibrationQueries(Array.ConvertAll(own, slot => Read(index, slot)), own).Answer(index, threads, cancel);
    }

    /// <summary>
    /// Points between rows: every other one in the middle of two, the rest of three. Nothing is quite near to them and much is
    /// about as far, so that of all kinds of queries tried these lose most to lists left out.
    /// </summary>
    public static CalibrationQueries Between(SealedIndex index, int count, int threads, CancellationToken cancel)
    {
        // Not the very middle, which under cosine may have no direction.
        const float Tilt = 0.96f;
        var random = new Xoshiro256(index.Parts.Seed, 0xC2);
        var vectors = new float[count][];
        for (var q = 0; q < count; q++)
        {
            vectors[q] = Read(index, index.Parts.Ids[random.NextInt(index.Count)]);
            for (var others = 1 + (q % 2); others > 0; others--)
            {
                var other = Read(index, index.Parts.Ids[random.NextInt(index.Count)]);
                for (var j = 0; j < other.Length; j++) vectors[q][j] = (Tilt * vectors[q][j]) + other[j];
            }

            for (var j = 0; j < vectors[q].Length; j++) vectors[q][j] /= 2 + (q % 2);
        }

        return new CalibrationQueries(vectors, null).Answer(index, threads, cancel);
    }

    /// <summary>A query's vector.</summary>
    public ReadOnlySpan<float> Vector(int query) => _vectors[query];

    /// <summary>The share of the wanted neighbours that are among some hits.</summary>
    public double Recall(SealedIndex index, int query, ReadOnlySpan<Neighbor> hits)
    {
        var wanted = Math.Min(K, index.Count - (Own is null ? 0 : 1));
        var bound = _bounds[query] + (MathF.Abs(_bounds[query]) * 1e-6f);
        var right = 0;
        foreach (var hit in hits)
            if (hit.Slot != Own?[query] && hit.Distance <= bound) right++;
        return (double)Math.Min(right, wanted) / wanted;
    }

    private CalibrationQueries Answer(SealedIndex index, int threads, CancellationToken cancel)
    {
        DeterministicParallel.For(Count, QueriesAChunk, threads, (start, end) =>
        {
            var hits = new Neighbor[K + 1];
            for (var q = start; q < end; q++)
            {
                var count = index.Search(_vectors[q], K + 1, FilterPlan.Exact, null, null, hits, out _).Count;
                Neighbor[] others = [.. hits.Take(count).Where(hit => hit.Slot != Own?[q]).Take(K)];
                Neighbors[q] = Array.ConvertAll(others, hit => hit.Slot);
                _bounds[q] = others.Length == 0 ? float.NegativeInfinity : others[^1].Distance;
            }
        }, cancel);
        return this;
    }

    private static float[] Read(SealedIndex index, int slot)
    {
        var row = new float[index.Dimension];
        index.ReadVector(slot, row);
        return row;
    }
}
