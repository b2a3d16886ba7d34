using VectorSearch.Numerics;
using VectorSearch.Testing;
using Xunit.Abstractions;

namespace VectorSearch.Index.Tests.Graph;

/// <summary>Rows that are equal make no islands.</summary>
public class TwinsTests(ITestOutputHelper output)
{
    private const int Dimension = 16;
    private const int Ef = 64;

    [Theory]
    [InlineData(Metric.SquaredEuclidean, true)]
    [InlineData(Metric.SquaredEuclidean, false)]
    [InlineData(Metric.Cosine, true)]
    [InlineData(Metric.Cosine, false)]
    [InlineData(Metric.InnerProduct, true)]
    [InlineData(Metric.InnerProduct, false)]
    public void Rows_among_crowds_of_equal_ones_are_found(Metric metric, bool inBulk)
    {
        ulong seed = TestSeed.Value;
        output.WriteLine(TestSeed.Describe);
        (float[][] rows, float[][] lone) = Crowds(seed, metric);
        using HnswIndex index = inBulk
            ? HnswIndex.Build(new HnswOptions { Dimension = Dimension, Metric = metric, EfConstruction = 100 }, rows.Length, (slot, row) => rows[slot].CopyTo(row))
            : TestData.Build(rows, metric);
        GraphReport report = index.Validate();
        output.WriteLine($"{report}");
        // By inner product short rows are hardly anybody's nearest, twins or not.
        if (metric != Metric.InnerProduct) Assert.InRange(report.UnreachableCount, 0, rows.Length / 100);
        index.Repair();

        double recall = TestData.Recall(index, lone, 10, Ef), ofTwins = TestData.Recall(index, rows[..100], 10, Ef);
        output.WriteLine($"recall@10 of lone rows {recall:F4}, of twins {ofTwins:F4}");
        double least = metric == Metric.InnerProduct ? 0.9 : 0.96;
        Assert.InRange(recall, least, 1);
        Assert.InRange(ofTwins, least, 1);
    }

    /// <summary>Twelve crowds of 250 equal rows (for cosine of one direction, and so equal but for rounding) and 1,500 rows of one each.</summary>
    private static (float[][] Rows, float[][] Lone) Crowds(ulong seed, Metric metric)
    {
        Xoshiro256 random = new(seed);
        float[][] lone = TestData.RandomClusters(1500, Dimension, 12, seed);
        List<float[]> rows = [];
        for (int crowd = 0; crowd < 12; crowd++)
        {
            for (int i = 0; i < 250; i++)
            {
                float length = metric == Metric.Cosine ? 0.5f + random.NextSingle() : 1;
                rows.Add([.. lone[crowd].Select(value => value * length)]);
            }
        }

        rows.AddRange(lone);
        float[][] shuffled = [.. rows];
        random.Shuffle<float[]>(shuffled);
        return (shuffled, lone[12..400]);
    }
}
