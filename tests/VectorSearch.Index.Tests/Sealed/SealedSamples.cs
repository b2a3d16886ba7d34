using VectorSearch.Numerics;
using VectorSearch.Numerics.Formats;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests.Sealed;

/// <summary>Clustered rows and queries for tests of the sealed form.</summary>
internal static class SealedSamples
{
    public static float[][] Vectors(int count, int dimension, int salt, int clusters = 40)
    {
        // Clusters come from the dimension alone, so that rows and queries of different salts share them.
        var centres = TestSeed.Random(dimension);
        var centre = Enumerable.Range(0, clusters).Select(_ => Gaussian(centres, dimension, 1)).ToArray();
        var random = TestSeed.Random(salt);
        return Enumerable.Range(0, count).Select(_ =>
        {
            var vector = Gaussian(random, dimension, 0.4);
            var near = centre[random.Next(clusters)];
            for (var j = 0; j < dimension; j++) vector[j] += near[j];
            return vector;
        }).ToArray();
    }

    public static RowMatrix<float> Matrix(float[][] vectors)
    {
        var matrix = new RowMatrix<float>(vectors.Length, vectors.Length == 0 ? 1 : vectors[0].Length);
        for (var i = 0; i < vectors.Length; i++) vectors[i].CopyTo(matrix[i]);
        return matrix;
    }

    public static double Distance(Metric metric, float[] x, float[] y)
    {
        double dot = 0, squared = 0, xx = 0, yy = 0;
        for (var j = 0; j < x.Length; j++)
        {
            dot += (double)x[j] * y[j];
            squared += ((double)x[j] - y[j]) * ((double)x[j] - y[j]);
            xx += (double)x[j] * x[j];
            yy += (double)y[j] * y[j];
        }

        return metric switch
        {
            Metric.SquaredEuclidean => squared,
            Metric.Cosine => 1 - (dot / Math.Sqrt(xx * yy)),
            _ => -dot,
        };
    }

    public static int[] Exact(Metric metric, float[][] rows, float[] query, int k, Func<int, bool>? allowed = null) =>
        [.. Enumerable.Range(0, rows.Length).Where(i => allowed?.Invoke(i) ?? true)
            .OrderBy(i => Distance(metric, rows[i], query)).ThenBy(i => i).Take(k)];

    private static float[] Gaussian(Random random, int dimension, double deviation)
    {
        var vector = new float[dimension];
        for (var j = 0; j < dimension; j++)
            vector[j] = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return vector;
    }
}
