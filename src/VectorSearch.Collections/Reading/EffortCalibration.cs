namespace VectorSearch.Collections;

/// <summary>
/// Which effort (a beam of the graph, a level of the sealed form) reaches a recall: measured, for each size of answer that was asked for, on a sample of the collection's own
/// queries and points (<see cref="RecallEstimator"/>), without filter. Measured when it is first needed, and again when the
/// collection has grown or shrunk by half, or real queries have come where there were none. Until these come, what a build measured will do
/// (<see cref="PointIndex.KnownRecalls"/>).
/// </summary>
internal sealed class EffortCalibration(PointTable table, RecallEstimator estimator, QuerySample sample) : IDisposable
{
    private const int Samples = 64;
    private const double Enough = 0.9995;

    private readonly Dictionary<int, Curve> _curves = [];
    private readonly SemaphoreSlim _measuring = new(1, 1);

    private sealed record Curve(int Points, int LiveQueries, IReadOnlyList<(int Ef, double Recall)> Measured);

    /// <summary>The least effort that reached the recall; null if none did but a comparison with every point.</summary>
    /// <param name="targetRecall">Above 0 to 1.</param>
    /// <param name="limit">Answers wanted.</param>
    /// <param name="cancellation">Gives up measuring.</param>
    public int? EfFor(float targetRecall, int limit, CancellationToken cancellation)
    {
        int size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)limit);
        _measuring.Wait(cancellation);
        try
        {
            if (!_curves.TryGetValue(size, out Curve? curve) || IsOld(curve)) _curves[size] = curve = Measure(size, cancellation);
            foreach ((int ef, double recall) in curve.Measured)
            {
                if (recall >= targetRecall) return ef;
            }

            return null;
        }
        finally
        {
            _measuring.Release();
        }
    }

    public void Dispose() => _measuring.Dispose();

    private bool IsOld(Curve curve) =>
        table.Count > curve.Points * 1.5 || table.Count < curve.Points / 2 || (curve.LiveQueries < Samples && sample.Count >= Samples);

    private Curve Measure(int limit, CancellationToken cancellation)
    {
        if (sample.Count < Samples && table.Index.KnownRecalls(limit) is { } known) return new Curve(table.Count, 0, known);
        (List<RecallEstimator.Judged> queries, int live) = estimator.Draw(Samples, limit, null, cancellation);
        List<(int Ef, double Recall)> measured = [];
        foreach (int ef in table.Index.Efforts(limit))
        {
            double recall = queries.Count == 0 ? 1 : estimator.Measure(queries, limit, ef, exact: false, null, new SearchTally(), cancellation).Average();
            measured.Add((ef, recall));
            if (recall >= Enough) break;
        }

        return new Curve(table.Count, live, measured);
    }
}
