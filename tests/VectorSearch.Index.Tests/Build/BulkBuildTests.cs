using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests;

public sealed class BulkBuildTests
{
    [Theory]
    [InlineData(Metric.SquaredEuclidean)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.InnerProduct)]
    public void The_bytes_are_the_same_for_one_two_and_four_threads(Metric metric)
    {
        float[][] rows = TestData.RandomClusters(TestScale.Pick(2_500, 50_000), 40, 40, TestSeed.Value);
        byte[] one = Bytes(1);
        Assert.Equal(one, Bytes(2));
        Assert.Equal(one, Bytes(4));

        byte[] Bytes(int threads)
        {
            using HnswIndex index = Build(rows, metric, threads);
            return SaveLoadTests.Save(index);
        }
    }

    [Fact]
    public void A_bulk_build_is_as_good_as_one_by_one_even_when_the_rows_come_sorted()
    {
        float[][] rows = TestData.RandomClusters(5_100, 32, 50, TestSeed.Value + 1);
        float[][] queries = rows[5_000..];
        rows = [.. rows[..5_000].OrderBy(row => row[0])];
        using HnswIndex bulk = Build(rows, Metric.SquaredEuclidean, 2), single = TestData.Build(rows, Metric.SquaredEuclidean);
        double bulkRecall = TestData.Recall(bulk, queries, 10, 40), singleRecall = TestData.Recall(single, queries, 10, 40);
        Assert.True(bulkRecall >= singleRecall - 0.01, $"{bulkRecall} in bulk, {singleRecall} one by one; {TestSeed.Describe}");
        GraphReport report = bulk.Validate();
        Assert.True(report.IsSound, report.ToString());
        Assert.Equal(5_000, report.Nodes);
    }

    [Fact]
    public void A_built_index_takes_further_writes()
    {
        float[][] rows = TestData.RandomClusters(600, 16, 10, TestSeed.Value + 2);
        using HnswIndex index = Build(rows[..500], Metric.Cosine, 1);
        for (int i = 500; i < 600; i++) Assert.Equal(i, index.Add(rows[i]));
        for (int i = 0; i < 100; i++) Assert.True(index.Remove(i));
        Assert.Equal(550, TestData.Search(index, rows[550], new SearchRequest(1) { Ef = 50 })[0].Slot);
        Assert.True(index.Validate().FaultCount == 0, index.Validate().ToString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Few_rows_build_too(int n)
    {
        float[][] rows = TestData.RandomClusters(Math.Max(1, n), 4, 1, TestSeed.Value)[..n];
        using HnswIndex index = HnswIndex.Build(Options(4, Metric.SquaredEuclidean), n, (row, into) => rows[row].CopyTo(into));
        Assert.Equal(n, TestData.Search(index, new float[4], new SearchRequest(10)).Length);
        Assert.True(index.Validate().IsSound, index.Validate().ToString());
    }

    [Fact]
    public void Progress_is_told_and_cancellation_ends_the_build()
    {
        float[][] rows = TestData.RandomClusters(2_000, 8, 10, TestSeed.Value);
        List<BuildProgress> told = [];
        using CancellationTokenSource source = new();
        Assert.Throws<OperationCanceledException>(() => HnswIndex.Build(
            Options(8, Metric.SquaredEuclidean), rows.Length, (row, into) => rows[row].CopyTo(into), 1, new Progress(report =>
            {
                told.Add(report);
                if (report.Linked > 1_000) source.Cancel();
            }), source.Token).Dispose());
        Assert.True(told.Count > 10);
        Assert.Equal(told.OrderBy(report => report.Linked), told);
        Assert.InRange(told[^1].Linked, 1_001, 1_999);
        Assert.All(told, report => Assert.Equal(2_000, report.Total));
    }

    [Fact]
    public void A_bad_row_is_named()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => HnswIndex.Build(
            Options(2, Metric.SquaredEuclidean), 1_000, (row, into) => into.Fill(row == 777 ? float.NaN : 1)).Dispose());
        Assert.Contains("Row 777: Coordinate 0", error.Message, StringComparison.Ordinal);
    }

    private static HnswOptions Options(int dimension, Metric metric) =>
        new() { Dimension = dimension, Metric = metric, EfConstruction = 100, MaxSlots = 200_000 };

    private static HnswIndex Build(float[][] rows, Metric metric, int threads) =>
        HnswIndex.Build(Options(rows[0].Length, metric), rows.Length, (row, into) => rows[row].CopyTo(into), threads);

    private sealed class Progress(Action<BuildProgress> told) : IProgress<BuildProgress>
    {
        public void Report(BuildProgress value) => told(value);
    }
}
