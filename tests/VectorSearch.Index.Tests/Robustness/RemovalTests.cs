using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests;

public sealed class RemovalTests
{
    [Fact]
    public void The_entry_point_is_the_tallest_live_node_after_every_removal()
    {
        int sets = TestScale.Pick(20, 60);
        for (int set = 0; set < sets; set++)
        {
            float[][] rows = TestData.RandomClusters(80, 8, 4, TestSeed.Value + (ulong)set);
            using HnswIndex index = TestData.Build(rows, Metric.SquaredEuclidean, m: 4, efConstruction: 20);
            for (int slot = 0; slot < 80; slot++)
            {
                Assert.True(index.Remove(slot));
                GraphReport report = index.Validate();
                Assert.True(report.FaultCount == 0, $"after removing {slot} of set {set}: {report}; {TestSeed.Describe}");
                Neighbor[] hits = TestData.Search(index, rows[slot], new SearchRequest(10));
                Assert.Equal(Math.Min(10, 79 - slot), hits.Length);
                Assert.DoesNotContain(hits, hit => hit.Slot <= slot);
            }

            Assert.Equal(-1, index.GetStatistics().EntrySlot);
            foreach (float[] row in rows) index.Add(row);
            Assert.Equal(10, TestData.Search(index, rows[0], new SearchRequest(10)).Length);
            Assert.True(index.Validate().FaultCount == 0, index.Validate().ToString());
        }
    }

    [Fact]
    public void The_best_survivors_are_found_when_half_of_the_nearest_200_are_removed()
    {
        int seeds = TestScale.Pick(5, 50), passed = 0;
        for (int seed = 0; seed < seeds; seed++)
        {
            float[][] rows = TestData.RandomClusters(TestScale.Pick(2_000, 5_000), 128, 20, TestSeed.Value + (ulong)seed);
            using HnswIndex index = TestData.Build(rows, Metric.Cosine, efConstruction: 60);
            Random random = TestSeed.Random(seed);
            float[] query = rows[random.Next(rows.Length)];
            Neighbor[] nearest = TestData.Search(index, query, new SearchRequest(200) { Exact = true });
            foreach (Neighbor hit in nearest)
            {
                if (random.Next(2) == 0) index.Remove(hit.Slot);
            }

            Neighbor[] expected = TestData.Search(index, query, new SearchRequest(10) { Exact = true });
            Neighbor[] got = TestData.Search(index, query, new SearchRequest(10) { Ef = 500 });
            if (got.Zip(expected).All(pair => Math.Abs(pair.First.Distance - pair.Second.Distance) < 0.01)) passed++;
        }

        Assert.True(passed >= 0.98 * seeds, $"{passed} of {seeds} passed; {TestSeed.Describe}");
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.99)]
    public void K_hits_come_whenever_k_live_matches_exist(double share)
    {
        float[][] rows = TestData.RandomClusters(3_000, 16, 30, TestSeed.Value + 5);
        using HnswIndex filtered = TestData.Build(rows, Metric.SquaredEuclidean, m: 8, efConstruction: 40);
        using HnswIndex removed = TestData.Build(rows, Metric.SquaredEuclidean, m: 8, efConstruction: 40);
        SlotSet filter = new();
        Random random = TestSeed.Random(6);
        for (int slot = 0; slot < rows.Length; slot++)
        {
            if (random.NextDouble() < share) removed.Remove(slot);
            else filter.Add(slot);
        }

        for (int i = 0; i < TestScale.Pick(200, 1000); i++)
        {
            float[] query = rows[random.Next(rows.Length)];
            Neighbor[] a = TestData.Search(filtered, query, new SearchRequest(10) { Ef = 10, Filter = filter });
            Neighbor[] b = TestData.Search(removed, query, new SearchRequest(10) { Ef = 10 });
            Assert.Equal(10, a.Length);
            Assert.Equal(10, b.Length);
            Assert.All(a.Concat(b), hit => Assert.True(filter.Contains(hit.Slot), $"slot {hit.Slot} is filtered or removed; {TestSeed.Describe}"));
        }

        double recall = TestData.Recall(filtered, rows[..100], 10, 100, filter);
        Assert.True(recall >= 0.95, $"filtered recall {recall}; {TestSeed.Describe}");
    }

    [Fact]
    public void Replacing_all_rows_many_times_keeps_recall_memory_and_reachability()
    {
        int n = TestScale.Pick(2_000, 100_000), rounds = TestScale.Pick(4, 10), dimension = TestScale.Pick(32, 128);
        float[][] rows = TestData.RandomClusters((n * 2) + 100, dimension, n / 20, TestSeed.Value + 7);
        float[][] queries = rows[^100..];
        using HnswIndex index = TestData.Build(rows[..n], Metric.SquaredEuclidean);
        Random random = TestSeed.Random(8);
        int[] slotOf = [.. Enumerable.Range(0, n)];
        int[] rowOf = [.. Enumerable.Range(0, n)];
        for (int step = 0; step < n * rounds; step++)
        {
            int at = step % n;
            Assert.True(index.Remove(slotOf[at]));
            rowOf[at] = random.Next(n * 2);
            slotOf[at] = index.Add(rows[rowOf[at]]);
        }

        using HnswIndex fresh = TestData.Build([.. rowOf.Select(row => rows[row])], Metric.SquaredEuclidean);
        double churned = TestData.Recall(index, queries, 10, 50), expected = TestData.Recall(fresh, queries, 10, 50);
        Assert.True(churned >= expected - 0.02, $"recall {churned:F4} after churn, {expected:F4} fresh; {TestSeed.Describe}");
        Assert.InRange(index.SlotCount, n, (int)(n * 1.2) + 500);
        int unreachable = index.Validate().UnreachableCount;
        Assert.True(unreachable <= n / 1000, $"{unreachable} unreachable of {n}; {TestSeed.Describe}");
        index.Repair();
        GraphReport report = index.Validate();
        Assert.True(report.IsSound && report.LinksToRemoved == 0, report.ToString());
    }

    [Fact]
    public void Nothing_is_unreachable_after_a_build_and_its_repair()
    {
        float[][] rows = TestData.RandomClusters(TestScale.Pick(5_000, 100_000), 32, 500, TestSeed.Value + 9);
        using HnswIndex index = TestData.Build(rows, Metric.SquaredEuclidean, m: 6, efConstruction: 40);
        index.Repair();
        Assert.True(index.Validate().IsSound, index.Validate().ToString());
        Assert.Equal(0, index.Repair());
    }

    [Fact]
    public unsafe void An_island_that_only_the_levels_above_lead_into_is_joined_again()
    {
        float[][] rows = TestData.RandomClusters(1_000, 16, 10, TestSeed.Value + 10);
        for (int i = 0; i < rows.Length; i++) rows[i][0] += i % 2 == 0 ? 0 : 1_000;
        using HnswIndex index = TestData.Build(rows, Metric.SquaredEuclidean, m: 6, efConstruction: 40);
        HnswGraph graph = index.Graph;
        Span<int> links = new int[LinkTable.MaxCapacity];
        for (int slot = 0; slot < rows.Length; slot++)
        {
            int count;
            fixed (int* into = links) count = graph.ReadLinks(slot, 0, into);
            graph.Bottom.Replace(slot, [.. links[..count].ToArray().Where(target => target % 2 == slot % 2)]);
        }

        Assert.True(index.Validate().UnreachableCount >= 500, index.Validate().ToString());
        Assert.InRange(index.Repair(), 1, 100);
        Assert.True(index.Validate().IsSound, index.Validate().ToString());
    }

    [Fact]
    public void A_leased_slot_is_not_given_to_another_vector()
    {
        using HnswIndex index = new(new HnswOptions { Dimension = 2, Metric = Metric.SquaredEuclidean, MaxSlots = 1000 });
        for (int i = 0; i < 100; i++) index.Add([i, i]);
        SlotLease lease = index.LeaseSlots();
        index.Remove(7);
        index.Repair();
        for (int i = 0; i < 50; i++) Assert.NotEqual(7, index.Add([i, -i]));
        lease.Dispose();
        Assert.Equal(7, index.Add([1, 2]));
    }

    [Fact]
    public void A_stored_vector_is_found_before_and_after_it_is_linked_and_not_once_removed()
    {
        using HnswIndex index = new(new HnswOptions { Dimension = 2, Metric = Metric.SquaredEuclidean, MaxSlots = 10_000 });
        for (int i = 0; i < 500; i++) index.Add([i, 0]);
        int[] stored = [.. Enumerable.Range(0, 1500).Select(i => index.Store([i, 5]))];
        Assert.Equal(1500, index.GetStatistics().Unlinked);
        Assert.Equal(stored[42], TestData.Search(index, [42, 5], new SearchRequest(1))[0].Slot);
        index.Remove(stored[42]);
        Assert.NotEqual(stored[42], TestData.Search(index, [42, 5], new SearchRequest(1))[0].Slot);
        foreach (int slot in stored) index.Link(slot);
        Assert.Equal(0, index.GetStatistics().Unlinked);
        Assert.Equal(1999, index.Count);
        Assert.Equal(stored[43], TestData.Search(index, [43, 5], new SearchRequest(1))[0].Slot);
        Assert.Equal(0, index.Validate().FaultCount);
    }
}
