using FsCheck;
using FsCheck.Fluent;
using VectorSearch.Index.Sealed;
using VectorSearch.Index.Tests.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests.Layered;

public sealed class LayeredIndexTests
{
    private const int K = 10;

    [Fact]
    public void Whoever_asks_an_index_that_was_disposed_is_told()
    {
        var index = LayeredIndex.Empty(4, Metric.SquaredEuclidean);
        index.Dispose();
        Assert.Throws<ObjectDisposedException>(() => index.GetStatistics());
        Assert.Throws<ObjectDisposedException>(() => index.Search(new float[4], new SealedRequest(K), new Neighbor[K]));
    }

    [Fact]
    public void Where_nothing_is_sealed_every_row_is_measured_and_where_something_is_lists_are_visited()
    {
        var rows = SealedSamples.Vectors(2_000, 12, salt: 26);
        using var index = LayeredIndex.Empty(12, Metric.SquaredEuclidean);
        foreach (var row in rows) index.Add(row);
        var hits = new Neighbor[K];
        var first = index.Search(rows[7], new SealedRequest(K), hits);
        Assert.Equal((K, rows.Length, true), (first.Count, first.Distances, first.Scanned));
        Assert.Equal(7, hits[0].Slot);
        using var sealing = index.BeginSealing();
        sealing.Adopt(sealing.Build(new SealedOptions { Metric = Metric.SquaredEuclidean }));
        var second = index.Search(rows[7], new SealedRequest(K), hits);
        Assert.Equal((K, false), (second.Count, second.Scanned));
        Assert.Equal(7, hits[0].Slot);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    public async Task A_scan_beside_rows_being_added_finds_each_from_the_moment_it_was_added(int sealedRows)
    {
        var rows = SealedSamples.Vectors(6_000, 12, salt: 27);
        using var index = sealedRows == 0
            ? LayeredIndex.Empty(12, Metric.SquaredEuclidean)
            : new LayeredIndex(Build(rows[..sealedRows], Metric.SquaredEuclidean, RowFormat.FullFloat));
        var added = sealedRows;
        using var ended = new CancellationTokenSource();
        var searches = Enumerable.Range(0, 2).Select(thread => Task.Run(() =>
        {
            var random = TestSeed.Random(270 + thread);
            var hit = new Neighbor[1];
            do
            {
                var there = Volatile.Read(ref added);
                if (there == 0) continue;
                var row = random.Next(4) == 0 ? there - 1 : random.Next(there);
                Assert.Equal(1, index.Search(rows[row], new SealedRequest(1) { Exact = true }, hit).Count);
                Assert.Equal((row, 0f), (hit[0].Slot, hit[0].Distance));
            }
            while (!ended.IsCancellationRequested);
        })).ToArray();
        for (var row = sealedRows; row < rows.Length; row++)
        {
            Assert.Equal(row, index.Add(rows[row]));
            Volatile.Write(ref added, row + 1);
        }

        await ended.CancelAsync();
        await Task.WhenAll(searches);
        Assert.True(index.Validate().IsSound, TestSeed.Describe);
    }

    [Theory]
    [InlineData(Metric.SquaredEuclidean, RowFormat.FullFloat)]
    [InlineData(Metric.Cosine, RowFormat.FullFloat)]
    [InlineData(Metric.InnerProduct, RowFormat.FullFloat)]
    [InlineData(Metric.InnerProduct, RowFormat.HalfFloat)]
    public void Any_mixture_of_changes_answers_as_a_plain_scan_of_what_is_left(Metric metric, RowFormat format)
    {
        var sealedRows = SealedSamples.Vectors(400, 12, salt: 20);
        var others = SealedSamples.Vectors(400, 12, salt: 21);
        var query = SealedSamples.Vectors(1, 12, salt: 22)[0];
        using var built = Build(sealedRows, metric, format);
        Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), changes =>
        {
            // A fresh layer over the same sealed rows each time; only the last is disposed, with them.
            var index = new LayeredIndex(built);
            var model = sealedRows.Select((row, slot) => (row, slot)).ToDictionary(p => p.slot, p => p.row);
            foreach (var change in changes)
            {
                if (change % 2 == 0)
                {
                    var vector = others[Math.Abs(change % others.Length)];
                    model.Add(index.Add(vector), vector);
                }
                else
                {
                    var slot = Math.Abs(change % (sealedRows.Length + changes.Length));
                    Assert.Equal(model.Remove(slot), index.Remove(slot));
                }
            }

            Assert.Equal(model.Count, index.Count);
            var hits = new Neighbor[K];
            foreach (var request in new[] { new SealedRequest(K) { Exact = true }, new SealedRequest(K) { Effort = built.Efforts.Count } })
            {
                var outcome = index.Search(query, request, hits);
                var nearest = model.OrderBy(p => SealedSamples.Distance(metric, p.Value, query)).Take(K).ToArray();
                var bound = SealedSamples.Distance(metric, nearest[^1].Value, query);
                Assert.Equal(K, outcome.Count);
                Assert.All(hits, h => Assert.True(SealedSamples.Distance(metric, model[h.Slot], query) <= bound + (Math.Abs(bound) * 1e-2)));
                Assert.Equal(K, hits.Select(h => h.Slot).Distinct().Count());
            }
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(Metric.SquaredEuclidean, 0.05)]
    [InlineData(Metric.Cosine, 0.05)]
    [InlineData(Metric.InnerProduct, 0.05)]
    [InlineData(Metric.SquaredEuclidean, 0.5)]
    public void The_recall_asked_for_is_got_with_rows_added_and_removed(Metric metric, double share)
    {
        var rows = SealedSamples.Vectors(TestScale.Pick(5_000, 40_000), 24, salt: 23);
        var sealedCount = (int)(rows.Length * (1 - share));
        using var index = new LayeredIndex(Build(rows[..sealedCount], metric));
        foreach (var row in rows[sealedCount..]) index.Add(row);
        var random = TestSeed.Random(24);
        var removed = Enumerable.Range(0, rows.Length).Where(_ => random.NextDouble() < share).ToHashSet();
        foreach (var slot in removed) Assert.True(index.Remove(slot));
        foreach (var asked in new[] { 0.9, 0.99 })
        {
            var got = Recall(index, rows, metric, new SealedRequest(K) { TargetRecall = asked }, s => !removed.Contains(s));
            Assert.True(got >= asked - 0.02, $"asked {asked}, got {got}. {TestSeed.Describe}");
        }
    }

    [Fact]
    public void Rows_beside_the_sealed_ones_are_found_by_queries_from_there()
    {
        var rows = SealedSamples.Vectors(3_000, 16, salt: 25).Concat(
            SealedSamples.Vectors(500, 16, salt: 26).Select(v => Array.ConvertAll(v, x => x + 1))).ToArray();
        using var index = new LayeredIndex(Build(rows[..3_000], Metric.SquaredEuclidean));
        foreach (var row in rows[3_000..]) index.Add(row);
        var queries = SealedSamples.Vectors(50, 16, salt: 27).Select(v => Array.ConvertAll(v, x => x + 1)).ToArray();
        var got = Recall(index, rows, Metric.SquaredEuclidean, new SealedRequest(K) { TargetRecall = 0.95 }, _ => true, queries);
        Assert.True(got >= 0.9, $"{got}. {TestSeed.Describe}");
    }

    [Fact]
    public void Under_the_inner_product_a_row_longer_than_all_sealed_ones_is_found_at_the_least_effort()
    {
        var rows = SealedSamples.Vectors(2_000, 16, salt: 28);
        using var index = new LayeredIndex(Build(rows, Metric.InnerProduct));
        var longest = Array.ConvertAll(rows[5], x => 40 * x);
        var slot = index.Add(longest);
        var hits = new Neighbor[1];
        foreach (var query in SealedSamples.Vectors(40, 16, salt: 29))
        {
            if (SealedSamples.Exact(Metric.InnerProduct, [.. rows, longest], query, 1)[0] != slot) continue;
            Assert.Equal(1, index.Search(query, new SealedRequest(1) { Effort = 1 }, hits).Count);
            Assert.Equal(slot, hits[0].Slot);
        }
    }

    [Theory]
    [InlineData(0.9, 1.0)]
    [InlineData(0.99, 1.0)]
    [InlineData(0.05, 0.5)]
    [InlineData(0.5, 0.05)]
    [InlineData(0.9, 0.001)]
    public void No_answer_is_short_while_matches_are_left(double removedShare, double selectivity)
    {
        var rows = SealedSamples.Vectors(4_000, 16, salt: 30);
        using var index = new LayeredIndex(Build(rows[..3_000], Metric.SquaredEuclidean));
        foreach (var row in rows[3_000..]) index.Add(row);
        var random = TestSeed.Random(31);
        for (var slot = 0; slot < rows.Length; slot++)
            if (random.NextDouble() < removedShare) index.Remove(slot);
        var filter = new SlotSet(Enumerable.Range(0, rows.Length).Where(_ => random.NextDouble() < selectivity));
        var matches = Enumerable.Range(0, rows.Length).Where(s => index.Contains(s) && filter.Contains(s)).ToHashSet();
        var hits = new Neighbor[K];
        foreach (var query in SealedSamples.Vectors(60, 16, salt: 32))
        {
            var outcome = index.Search(query, new SealedRequest(K) { Effort = 1, Filter = selectivity < 1 ? filter : null }, hits);
            Assert.Equal(Math.Min(K, matches.Count), outcome.Count);
            Assert.Equal(matches.Count < K, outcome.Exhausted);
            Assert.All(hits[..outcome.Count], h => Assert.Contains(h.Slot, matches));
        }
    }

    [Fact]
    public void What_was_added_before_a_search_is_found_and_what_was_removed_is_not_while_others_write()
    {
        var rows = SealedSamples.Vectors(1_000, 16, salt: 34);
        var added = SealedSamples.Vectors(TestScale.Pick(2_000, 20_000), 16, salt: 35);
        using var index = new LayeredIndex(Build(rows, Metric.SquaredEuclidean));
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, writer =>
        {
            var hits = new Neighbor[1];
            for (var i = writer; i < added.Length; i += 4)
            {
                var slot = index.Add(added[i]);
                index.Search(added[i], new SealedRequest(1) { TargetRecall = 0.9 }, hits);
                Assert.Equal(0, hits[0].Distance, 1e-3);
                Assert.True(index.Remove(slot));
                Assert.False(index.Remove(slot));
                index.Search(added[i], new SealedRequest(1) { TargetRecall = 0.9 }, hits);
                Assert.NotEqual(slot, hits[0].Slot);
            }
        });
        Assert.Equal(rows.Length, index.Count);
        Assert.Equal(added.Length, index.GetStatistics().Removed);
        var report = index.Validate();
        Assert.True(report.IsSound, report.ToString());
    }

    [Fact]
    public void A_search_through_changes_allocates_nothing()
    {
        var rows = SealedSamples.Vectors(2_000, 16, salt: 36);
        using var index = new LayeredIndex(Build(rows, Metric.SquaredEuclidean));
        for (var i = 0; i < 200; i++) index.Add(rows[i]);
        for (var i = 0; i < 200; i++) index.Remove(i);
        var hits = new Neighbor[K];
        var request = new SealedRequest(K) { TargetRecall = 0.95, Filter = new SlotSet(Enumerable.Range(0, 1_500)) };
        for (var i = 0; i < 200; i++) index.Search(rows[i], request, hits);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 200; i++) index.Search(rows[i], request, hits);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Bad_input_is_refused_by_name()
    {
        var rows = SealedSamples.Vectors(50, 4, salt: 37);
        using var index = new LayeredIndex(Build(rows, Metric.SquaredEuclidean));
        Assert.Contains("3 coordinates", Assert.Throws<ArgumentException>(() => index.Add(new float[3])).Message, StringComparison.Ordinal);
        Assert.Contains("3 coordinates", Assert.Throws<ArgumentException>(() => index.Replace(0, new float[3])).Message, StringComparison.Ordinal);
        Assert.Contains("room", Assert.Throws<ArgumentException>(() => index.ReadVector(0, new float[3])).Message, StringComparison.Ordinal);
        Assert.False(index.Remove(-1));
        Assert.False(index.Remove(50));
        Assert.False(index.Contains(int.MinValue));
        Assert.Equal(50, index.Count);
    }

    private static SealedIndex Build(float[][] rows, Metric metric, RowFormat format = RowFormat.FullFloat) =>
        SealedBuilder.Build(SealedSamples.Matrix(rows), new SealedOptions { Metric = metric, Rows = format, Threads = 2 });

    private static double Recall(
        LayeredIndex index, float[][] rows, Metric metric, SealedRequest request, Func<int, bool> live, float[][]? queries = null)
    {
        queries ??= SealedSamples.Vectors(150, rows[0].Length, salt: 38);
        var hits = new Neighbor[request.K];
        var right = 0;
        foreach (var query in queries)
        {
            var outcome = index.Search(query, request, hits);
            var exact = SealedSamples.Exact(metric, rows, query, request.K, live);
            right += hits[..outcome.Count].Count(h => exact.Contains(h.Slot));
        }

        return right / (double)(queries.Length * request.K);
    }
}
