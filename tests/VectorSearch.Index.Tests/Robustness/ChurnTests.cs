using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests;

/// <summary>
/// What is left after vectors were replaced and removed again and again, on a ring: there every node has two neighbours,
/// so that whoever loses one is lost.
/// </summary>
public sealed class ChurnTests
{
    private const int Ids = 1000;
    private const int Operations = 3000;

    [Fact]
    public void Every_vector_of_a_ring_is_found_after_churn()
    {
        for (int seed = 0; seed < TestScale.Pick(20, 200); seed++) Churn(seed, linkers: 0);
    }

    [Fact]
    public void Every_vector_of_a_ring_is_found_after_churn_by_several_threads()
    {
        for (int seed = 0; seed < TestScale.Pick(30, 200); seed++) Churn(seed, linkers: 3);
    }

    [Fact]
    public unsafe void A_list_that_lost_a_neighbour_and_its_heir_link_each_other()
    {
        using HnswIndex line = Line(10);

        // As when 5 is removed before 6, which is being linked, could link back to it: 5 does not name 6.
        line.Graph.Bottom.Replace(5, [4]);
        line.Remove(5);
        line.Remove(9); // a second write lets the sweep come by
        Assert.Contains(4, Links(line, 6));
        Assert.Contains(6, Links(line, 4));
    }

    [Fact]
    public void An_heir_is_found_behind_a_neighbour_that_was_removed_too()
    {
        using HnswIndex line = Line(10);

        // The way is 4 → 5 → 6 → 7, and nobody on it is told when the next one goes.
        line.Graph.Bottom.Replace(5, [6]);
        line.Graph.Bottom.Replace(6, [7]);
        line.Graph.Bottom.Replace(7, [8]);
        line.Remove(6);
        line.Remove(5);
        Assert.Contains(7, Links(line, 4));
        Assert.Contains(4, Links(line, 7));
    }

    [Fact]
    public async Task Islands_are_linked_again_while_writers_go_on()
    {
        using HnswIndex line = Line(200);
        line.Graph.Bottom.Replace(99, [98]);
        line.Graph.Bottom.Replace(100, [101]);
        Assert.True(line.Validate().UnreachableCount > 0);
        using CancellationTokenSource stop = new();
        Task writer = Task.Run(() =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++) line.Remove(line.Add([500 + (i % 50)]));
        });
        Assert.True(line.Reconnect() > 0);
        await stop.CancelAsync();
        await writer;
        Assert.True(line.Validate().IsSound, line.Validate().ToString());
        Assert.Equal(0, line.Reconnect());
    }

    [Fact]
    public void A_node_that_came_after_the_look_hosts_no_island()
    {
        using HnswIndex line = Line(200);
        line.Graph.Bottom.Replace(99, [98]);
        line.Graph.Bottom.Replace(100, [101]);
        GraphReachability reach = new(line.Graph, throughRemoved: true);
        Assert.False(reach.IsReached(100));
        int late = line.Add([99.5f]);
        Assert.False(reach.IsReached(late));
        SearchScratch scratch = line.Graph.Scratches.Rent();
        GraphRepairer.LinkIsland<FloatScorer<SquaredEuclideanMetric>>(line.Graph, scratch, reach, 100, pass: 0);
        ScratchPool.Return(scratch);
        Assert.True(reach.IsReached(100) && line.Validate().UnreachableCount == 0, line.Validate().ToString());
    }

    private static void Churn(int seed, int linkers)
    {
        using HnswIndex index = new(new HnswOptions { Dimension = 16, Metric = Metric.SquaredEuclidean, MaxSlots = 8 * Operations });
        Random random = TestSeed.Random(seed);
        Dictionary<int, (int Slot, float[] Row)> live = [];
        using System.Collections.Concurrent.BlockingCollection<(int Slot, bool IsRemoval)> jobs = [];
        Task[] workers = [.. Enumerable.Range(0, linkers).Select(_ => Task.Run(() =>
        {
            foreach ((int slot, bool isRemoval) in jobs.GetConsumingEnumerable()) Do(slot, isRemoval);
        }))];
        for (int i = 0; i < Operations; i++)
        {
            int id = random.Next(Ids);
            if (live.Remove(id, out (int Slot, float[] Row) old)) Ask(old.Slot, true);
            if (random.Next(5) == 0) continue;
            float[] row = OnRing(random.NextDouble());
            int slot = index.Store(row);
            live[id] = (slot, row);
            Ask(slot, false);
        }

        jobs.CompleteAdding();
        Task.WaitAll(workers);
        GraphReport report = index.Validate();
        int[] missed = [.. live.Values.Where(point => TestData.Search(index, point.Row, new SearchRequest(1))[0].Distance != 0).Select(point => point.Slot)];
        Assert.True(report.IsSound && missed.Length == 0, $"round {seed}: {missed.Length} of {live.Count} not found; {report}; {TestSeed.Describe}");

        void Ask(int slot, bool isRemoval)
        {
            if (linkers == 0) Do(slot, isRemoval);
            else jobs.Add((slot, isRemoval));
        }

        void Do(int slot, bool isRemoval)
        {
            if (isRemoval) index.Remove(slot);
            else index.Link(slot);
        }
    }

    private static float[] OnRing(double turn) => [.. Enumerable.Range(0, 16).Select(i => (float)Math.Sin((turn * Math.Tau) + i))];

    /// <summary>Nodes at 0, 1, 2, … whose lists on level 0 name the one before and the one after.</summary>
    private static HnswIndex Line(int nodes)
    {
        HnswIndex index = new(new HnswOptions { Dimension = 1, Metric = Metric.SquaredEuclidean, MaxSlots = 100_000 });
        for (int i = 0; i < nodes; i++) index.Add([i]);
        for (int i = 0; i < nodes; i++) index.Graph.Bottom.Replace(i, i == 0 ? [1] : i == nodes - 1 ? [i - 1] : [i - 1, i + 1]);
        return index;
    }

    private static unsafe int[] Links(HnswIndex index, int slot)
    {
        int* links = stackalloc int[LinkTable.MaxCapacity];
        return new ReadOnlySpan<int>(links, index.Graph.ReadLinks(slot, 0, links)).ToArray();
    }
}
