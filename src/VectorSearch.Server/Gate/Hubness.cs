using VectorSearch.Numerics;

namespace VectorSearch.Server.Gate;

/// <summary>
/// Whether a few points are among the nearest of nearly all others ("hubs"): the skewness of the k-occurrences, that is of
/// the number of points that have a given point among their k nearest (Radovanović, Nanopoulos and Ivanović, JMLR 2010).
/// 0 is even; some 1 is usual; above 5 a handful of points is answered to everybody.
/// </summary>
internal static class Hubness
{
    /// <summary>Fewest points it is told of.</summary>
    public const int LeastPoints = 50;

    /// <summary>The skewness within a sample of points, each compared with each.</summary>
    /// <param name="rows">Row-major vectors.</param>
    /// <param name="dimension">Coordinates of a vector.</param>
    /// <param name="metric">How they are compared.</param>
    /// <param name="k">Neighbours of a point.</param>
    /// <param name="cancellation">Stops between points.</param>
    /// <returns>Null if there are too few points to tell.</returns>
    public static double? Skewness(ReadOnlySpan<float> rows, int dimension, Metric metric, int k, CancellationToken cancellation)
    {
        int points = rows.Length / dimension;
        if (points < Math.Max(LeastPoints, k + 1)) return null;
        int[] occurrences = new int[points];
        (float Distance, int Point)[] nearest = new (float, int)[k];
        for (int i = 0; i < points; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            int kept = 0;
            for (int j = 0; j < points; j++)
            {
                if (j != i) Keep(nearest, ref kept, Distance(Row(rows, i, dimension), Row(rows, j, dimension), metric), j);
            }

            for (int n = 0; n < kept; n++) occurrences[nearest[n].Point]++;
        }

        return Skewness(occurrences);
    }

    /// <summary>Third standardised moment; 0 where all are equal.</summary>
    public static double Skewness(IReadOnlyCollection<int> counts)
    {
        double mean = counts.Average(), second = 0, third = 0;
        foreach (int count in counts)
        {
            double off = count - mean;
            second += off * off / counts.Count;
            third += off * off * off / counts.Count;
        }

        return second == 0 ? 0 : third / Math.Pow(second, 1.5);
    }

    private static ReadOnlySpan<float> Row(ReadOnlySpan<float> rows, int row, int dimension) => rows.Slice(row * dimension, dimension);

    private static float Distance(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Metric metric)
    {
        if (metric == Metric.SquaredEuclidean) return VectorMath.SquaredDistance(x, y);
        float dot = VectorMath.Dot(x, y);
        if (metric == Metric.InnerProduct) return -dot;
        float norms = MathF.Sqrt(VectorMath.NormSquared(x) * VectorMath.NormSquared(y));
        return norms == 0 ? 1 : 1 - (dot / norms);
    }

    /// <summary>Insertion into a short sorted list: k is small, and most points are farther than its last.</summary>
    private static void Keep((float Distance, int Point)[] nearest, ref int kept, float distance, int point)
    {
        if (kept == nearest.Length && !(distance < nearest[^1].Distance)) return;
        int at = kept < nearest.Length ? kept++ : kept - 1;
        for (; at > 0 && distance < nearest[at - 1].Distance; at--) nearest[at] = nearest[at - 1];
        nearest[at] = (distance, point);
    }
}
