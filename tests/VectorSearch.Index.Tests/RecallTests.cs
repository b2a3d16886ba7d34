using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests;

public sealed class RecallTests
{
    [Theory]
    [InlineData(Metric.SquaredEuclidean)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.InnerProduct)]
    public void Recall_at_10_is_at_least_0_95_at_ef_100_on_random_clusters(Metric metric)
    {
        float[][] rows = TestData.RandomClusters(10_100, 64, 100, TestSeed.Value);
        using HnswIndex index = TestData.Build(rows[..10_000], metric);
        double recall = TestData.Recall(index, rows[10_000..], 10, 100);
        Assert.True(recall >= 0.95, $"recall@10 is {recall:F4} under {metric}; {TestSeed.Describe}");
        GraphReport report = index.Validate();
        Assert.True(report.FaultCount == 0, report.ToString());
    }

    [Fact]
    public void A_stored_vector_is_its_own_nearest_neighbour()
    {
        float[][] rows = TestData.RandomClusters(2_000, 32, 20, TestSeed.Value + 1);
        using HnswIndex index = TestData.Build(rows, Metric.SquaredEuclidean);
        int found = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            if (TestData.Search(index, rows[i], new SearchRequest(1) { Ef = 50 })[0] == new Neighbor(i, 0)) found++;
        }

        Assert.True(found >= 1_998, $"{found} of 2,000 found themselves; {TestSeed.Describe}");
    }

    [Fact]
    public void A_wider_beam_costs_more_and_the_cost_is_told()
    {
        float[][] rows = TestData.RandomClusters(3_000, 16, 30, TestSeed.Value + 2);
        using HnswIndex index = TestData.Build(rows, Metric.SquaredEuclidean);
        Neighbor[] hits = new Neighbor[10];
        SearchOutcome narrow = index.Search(rows[0], new SearchRequest(10) { Ef = 10 }, hits);
        SearchOutcome wide = index.Search(rows[0], new SearchRequest(10) { Ef = 200 }, hits);
        SearchOutcome exact = index.Search(rows[0], new SearchRequest(10) { Exact = true }, hits);
        Assert.InRange(narrow.Distances, 10, wide.Distances - 1);
        Assert.InRange(wide.Hops, narrow.Hops + 1, 3_000);
        Assert.False(wide.Scanned);
        Assert.True(exact.Scanned);
        Assert.Equal(3_000, exact.Distances);
    }

    [Fact]
    public void A_filter_whose_matches_are_all_far_from_the_query_costs_little_more_than_a_scan()
    {
        float[][] rows = TestData.RandomClusters(6_000, 16, 60, TestSeed.Value + 5);
        using HnswIndex index = TestData.Build(rows, Metric.SquaredEuclidean);
        Neighbor[] all = new Neighbor[rows.Length], hits = new Neighbor[10];
        for (int q = 0; q < 5; q++)
        {
            index.Search(rows[q], new SearchRequest(rows.Length) { Exact = true }, all);
            SlotSet far = new(all[3_000..].Select(hit => hit.Slot));
            SearchOutcome outcome = index.Search(rows[q], new SearchRequest(10) { Ef = 10, Filter = far }, hits);
            Assert.True(outcome.Scanned);
            Assert.InRange(outcome.Distances, 3_000, 3_300);
            Assert.Equal(all[3_000..3_010], hits);
        }
    }

    [Fact]
    public void A_search_allocates_nothing()
    {
        float[][] rows = TestData.RandomClusters(2_000, 32, 20, TestSeed.Value + 3);
        using HnswIndex index = TestData.Build(rows, Metric.Cosine);
        SlotSet filter = new(Enumerable.Range(0, 1_500));
        Neighbor[] hits = new Neighbor[10];
        SearchRequest[] requests = [new(10) { Ef = 100 }, new(10) { Ef = 10, Filter = filter }, new(10) { Exact = true }];
        foreach (SearchRequest request in requests)
        {
            // Once to grow the scratch, then counted.
            for (int i = 0; i < 50; i++) index.Search(rows[i], request, hits);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 50; i++) index.Search(rows[i], request, hits);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Fact]
    public void A_cancelled_search_ends_with_the_cancellation()
    {
        float[][] rows = TestData.RandomClusters(2_000, 16, 20, TestSeed.Value + 4);
        using HnswIndex index = TestData.Build(rows, Metric.SquaredEuclidean);
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(
            () => index.Search(rows[0], new SearchRequest(10) { CancellationToken = source.Token }, new Neighbor[10]));
        // The scratch of the cancelled search is usable again.
        Assert.Equal(10, TestData.Search(index, rows[0], new SearchRequest(10)).Length);
    }
}
