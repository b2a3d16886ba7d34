using VectorSearch.Index;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench;

/// <summary>
/// Queries, their true answers, and the judge of recall. The rows themselves stay in their file: an index may take the
/// loaded ones over, and a run under a memory limit must hold nothing twice.
/// </summary>
internal sealed class BenchData : IDisposable
{
    /// <summary>How much farther than the k-th true answer still counts as equal to it.</summary>
    private const double Tolerance = 1e-6;

    private readonly VectorRowFile _rows;
    private readonly Metric _metric;
    private readonly string _truthFile;
    private readonly double[] _bounds;
    private readonly int[] _truth;
    private readonly float[] _row;

    private BenchData(BenchSettings settings, VectorRowFile rows, RowMatrix<float> queries, RowMatrix<int> truth)
    {
        (_rows, Queries, _truthFile, _metric, K) = (rows, queries, settings.Truth, settings.Metric, settings.K);
        _row = new float[rows.Dimension];
        _bounds = new double[queries.Rows];
        _truth = new int[queries.Rows * K];
        Judge(truth, new SlotSet());
    }

    public int K { get; }

    public int Rows => _rows.Rows;

    public int Dimension => _rows.Dimension;

    public RowMatrix<float> Queries { get; }

    public static BenchData Open(BenchSettings settings)
    {
        var rows = VectorRowFile.Open(settings.Base);
        var queries = VectorFile.ReadFloats(settings.Queries);
        using var truth = VectorFile.ReadInts(settings.Truth);
        if (queries.Dimension != rows.Dimension)
            throw new ArgumentException($"--queries has {queries.Dimension} coordinates; expected {rows.Dimension}, as --base has.");
        if (truth.Rows != queries.Rows)
            throw new ArgumentException($"--truth has {truth.Rows} rows; expected {queries.Rows}, one for each query.");
        if (truth.Dimension < settings.K)
            throw new ArgumentException($"--truth has {truth.Dimension} ids a query; expected at least {settings.K} (--k).");
        for (var q = 0; q < truth.Rows; q++)
        {
            foreach (var id in truth[q])
            {
                if (id < 0 || id >= rows.Rows)
                    throw new ArgumentException($"--truth names row {id} for query {q}; expected 0 to {rows.Rows - 1}.");
            }
        }

        return new BenchData(settings, rows, queries, truth);
    }

    /// <summary>From now on judges by the rows that are not in a set; the truth file must name enough others.</summary>
    public void Exclude(SlotSet rows)
    {
        using var truth = VectorFile.ReadInts(_truthFile);
        Judge(truth, rows);
    }

    /// <summary>How many answers to a query are right: as near as the k-th true answer, each row counted once.</summary>
    public int CountRight(int query, ReadOnlySpan<Neighbor> hits)
    {
        var right = 0;
        var truth = Truth(query);
        for (var i = 0; i < hits.Length; i++)
        {
            var slot = hits[i].Slot;
            var seen = false;
            for (var j = 0; j < i; j++) seen |= hits[j].Slot == slot;
            if (seen) continue;
            if (truth.Contains(slot) || Distance(query, slot) <= _bounds[query] + (Math.Abs(_bounds[query]) * Tolerance)) right++;
        }

        return Math.Min(right, K);
    }

    public void Dispose()
    {
        _rows.Dispose();
        Queries.Dispose();
    }

    /// <summary>Takes the first K true answers to each query that are not in a set.</summary>
    private void Judge(RowMatrix<int> truth, SlotSet without)
    {
        for (var q = 0; q < Queries.Rows; q++)
        {
            var kept = 0;
            foreach (var id in truth[q])
                if (kept < K && !without.Contains(id)) Truth(q)[kept++] = id;
            if (kept < K) throw new ArgumentException($"--truth names {kept} rows for query {q} that are not removed; expected at least {K}. Give more ids a query.");
            _bounds[q] = Distance(q, Truth(q)[K - 1]);
        }
    }

    private Span<int> Truth(int query) => _truth.AsSpan(query * K, K);

    /// <summary>The true distance, in double precision from the file's row.</summary>
    private double Distance(int query, int slot)
    {
        _rows.Read(slot, _row);
        var q = Queries[query];
        double dot = 0, squared = 0, rowNorm = 0, queryNorm = 0;
        for (var j = 0; j < q.Length; j++)
        {
            dot += (double)q[j] * _row[j];
            squared += ((double)q[j] - _row[j]) * ((double)q[j] - _row[j]);
            rowNorm += (double)_row[j] * _row[j];
            queryNorm += (double)q[j] * q[j];
        }

        return _metric switch
        {
            Metric.SquaredEuclidean => squared,
            Metric.Cosine => 1 - (dot / Math.Sqrt(rowNorm * queryNorm)),
            _ => -dot,
        };
    }
}
