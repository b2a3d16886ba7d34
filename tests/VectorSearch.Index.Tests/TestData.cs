using VectorSearch.Numerics;

namespace VectorSearch.Index.Tests;

/// <summary>Vectors for tests, and recall against the exact answer.</summary>
internal static class TestData
{
    /// <summary>Random clusters: centres are standard normal, rows lie around them with deviation 0.4.</summary>
    internal static float[][] RandomClusters(int rows, int dimension, int clusters, ulong seed)
    {
        Xoshiro256 random = new(seed);
        float[][] centres = Gaussian(ref random, clusters, dimension, null, 1);
        float[][] result = new float[rows][];
        for (int i = 0; i < rows; i++) result[i] = Gaussian(ref random, 1, dimension, centres[random.NextInt(clusters)], 0.4)[0];
        return result;
    }

    internal static HnswIndex Build(float[][] rows, Metric metric, int m = 16, int efConstruction = 100)
    {
        HnswIndex index = new(new HnswOptions
        {
            Dimension = rows[0].Length, Metric = metric, M = m, EfConstruction = efConstruction, MaxSlots = 4 * rows.Length,
        });
        foreach (float[] row in rows) index.Add(row);
        return index;
    }

    /// <summary>Mean recall@k: a hit counts when it is no farther than the k-th exact one.</summary>
    internal static double Recall(HnswIndex index, float[][] queries, int k, int ef, SlotSet? filter = null)
    {
        Neighbor[] exact = new Neighbor[k], hits = new Neighbor[k];
        double sum = 0;
        foreach (float[] query in queries)
        {
            int expected = index.Search(query, new SearchRequest(k) { Exact = true, Filter = filter }, exact).Count;
            int got = index.Search(query, new SearchRequest(k) { Ef = ef, Filter = filter }, hits).Count;
            float bound = exact[expected - 1].Distance;
            bound += Math.Abs(bound) * 1e-6f;
            sum += hits.Take(got).Count(hit => hit.Distance <= bound) / (double)expected;
        }

        return sum / queries.Length;
    }

    internal static Neighbor[] Search(HnswIndex index, float[] query, SearchRequest request)
    {
        Neighbor[] hits = new Neighbor[Math.Min(request.K, Math.Max(1, index.Count))];
        int count = index.Search(query, request, hits).Count;
        return hits[..count];
    }

    private static float[][] Gaussian(ref Xoshiro256 random, int rows, int dimension, float[]? mean, double deviation)
    {
        float[][] result = new float[rows][];
        for (int i = 0; i < rows; i++)
        {
            result[i] = new float[dimension];
            for (int d = 0; d < dimension; d++) result[i][d] = (float)((mean?[d] ?? 0) + (deviation * random.NextGaussian()));
        }

        return result;
    }
}
