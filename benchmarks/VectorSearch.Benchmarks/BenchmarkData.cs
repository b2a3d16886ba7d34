using VectorSearch.Numerics;

namespace VectorSearch.Benchmarks;

/// <summary>Random clusters, the same in every run.</summary>
internal static class BenchmarkData
{
    internal static float[][] Clusters(int rows, int dimension, int clusters, ulong seed)
    {
        Xoshiro256 random = new(seed);
        float[][] centres = new float[clusters][], result = new float[rows][];
        for (int i = 0; i < clusters; i++) centres[i] = Around(ref random, new float[dimension], 1);
        for (int i = 0; i < rows; i++) result[i] = Around(ref random, centres[random.NextInt(clusters)], 0.4);
        return result;
    }

    private static float[] Around(ref Xoshiro256 random, float[] mean, double deviation)
    {
        float[] row = new float[mean.Length];
        for (int d = 0; d < row.Length; d++) row[d] = mean[d] + (float)(deviation * random.NextGaussian());
        return row;
    }
}
