using VectorSearch.Numerics;
using VectorSearch.Numerics.Codes;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// Lloyd's k-means on a sample. The result does not depend on the number of threads: rows are assigned each on its own,
/// and the sums of a centroid are taken in row order.
/// </summary>
internal static unsafe class KMeans
{
    private const int Chunk = 64;

    /// <summary>Clusters the sample.</summary>
    /// <returns>centroids × dimension floats, row after row.</returns>
    public static float[] Train(
        PackedRows sample, int centroids, int iterations, ulong seed, int threads, CancellationToken cancel)
    {
        var dimension = sample.Dimension;
        var means = new float[centroids * dimension];
        var random = new Xoshiro256(seed, 0xB1);
        var order = new int[sample.Rows];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        random.Shuffle<int>(order);
        for (var c = 0; c < centroids; c++) sample.Read(order[c % order.Length], means.AsSpan(c * dimension, dimension));

        var nearest = new int[sample.Rows];
        for (var iteration = 0; iteration < iterations; iteration++)
        {
            using (var panels = new CentroidPanels(means, dimension)) Assign(sample, panels, nearest, threads, cancel);
            var sizes = Recentre(sample, nearest, means, centroids, threads, cancel);
            SplitForEmpty(means, sizes, dimension);
        }

        return means;
    }

    private static void Assign(PackedRows sample, CentroidPanels panels, int[] nearest, int threads, CancellationToken cancel) =>
        DeterministicParallel.For(
            sample.Rows, Chunk, threads,
            () => (Rows: new float[Chunk * sample.Dimension], Scores: new float[Chunk]),
            (start, end, scratch) =>
            {
                for (var i = start; i < end; i++) sample.Read(i, scratch.Rows.AsSpan((i - start) * sample.Dimension, sample.Dimension));
                fixed (float* rows = scratch.Rows) panels.Nearest(rows, end - start, nearest.AsSpan(start, end - start), scratch.Scores);
            },
            cancel);

    private static int[] Recentre(
        PackedRows sample, int[] nearest, float[] means, int centroids, int threads, CancellationToken cancel)
    {
        var (starts, rows) = Grouping.ByKey(nearest, centroids);
        var dimension = sample.Dimension;
        DeterministicParallel.For(
            centroids, 8, threads,
            (start, end) =>
            {
                var sum = new double[dimension];
                var row = new float[dimension];
                for (var c = start; c < end; c++)
                {
                    var size = starts[c + 1] - starts[c];
                    if (size == 0) continue;
                    Array.Clear(sum);
                    for (var i = starts[c]; i < starts[c + 1]; i++)
                    {
                        sample.Read(rows[i], row);
                        for (var j = 0; j < dimension; j++) sum[j] += row[j];
                    }

                    for (var j = 0; j < dimension; j++) means[(c * dimension) + j] = (float)(sum[j] / size);
                }
            },
            cancel);
        var sizes = new int[centroids];
        for (var c = 0; c < centroids; c++) sizes[c] = starts[c + 1] - starts[c];
        return sizes;
    }

    /// <summary>An empty centroid moves beside the largest one, which then shares its rows with it.</summary>
    private static void SplitForEmpty(float[] means, int[] sizes, int dimension)
    {
        const float Nudge = 1f / 256;
        for (var c = 0; c < sizes.Length; c++)
        {
            if (sizes[c] != 0) continue;
            var largest = Array.IndexOf(sizes, sizes.Max());
            for (var j = 0; j < dimension; j++)
            {
                var value = means[(largest * dimension) + j];
                var sign = (j & 1) == 0 ? Nudge : -Nudge;
                means[(c * dimension) + j] = value * (1 + sign);
                means[(largest * dimension) + j] = value * (1 - sign);
            }

            sizes[c] = sizes[largest] / 2;
            sizes[largest] -= sizes[c];
        }
    }
}
