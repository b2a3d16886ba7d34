using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests.Sealed;

public sealed class SealedSearchTests
{
    private const int K = 10;

    [Theory]
    [InlineData(Metric.SquaredEuclidean, RowFormat.FullFloat, 24)]
    [InlineData(Metric.Cosine, RowFormat.FullFloat, 33)]
    [InlineData(Metric.InnerProduct, RowFormat.FullFloat, 24)]
    [InlineData(Metric.SquaredEuclidean, RowFormat.HalfFloat, 17)]
    [InlineData(Metric.InnerProduct, RowFormat.HalfFloat, 24)]
    [InlineData(Metric.Cosine, RowFormat.ScaledByte, 24)]
    [InlineData(Metric.InnerProduct, RowFormat.ScaledByte, 24)]
    [InlineData(Metric.SquaredEuclidean, RowFormat.FullFloat, 300)]
    [InlineData(Metric.SquaredEuclidean, RowFormat.FullFloat, 600)]
    public void The_recall_asked_for_is_the_recall_got(Metric metric, RowFormat format, int dimension)
    {
        var rows = SealedSamples.Vectors(TestScale.Pick(4_000, 40_000), dimension, salt: 1);
        var queries = SealedSamples.Vectors(150, dimension, salt: 2);
        using var index = Build(rows, metric, format);
        foreach (var asked in new[] { 0.9, 0.99 })
        {
            var right = 0;
            var hits = new Neighbor[K];
            foreach (var query in queries)
            {
                var outcome = index.Search(query, new SealedRequest(K) { TargetRecall = asked }, hits);
                var exact = SealedSamples.Exact(metric, rows, query, K);
                right += hits[..outcome.Count].Count(h => exact.Contains(h.Slot));
            }

            // Rows of one byte lose a little whatever the effort; the sampling error of 1,500 answers is added.
            var lost = format == RowFormat.ScaledByte ? 0.04 : 0;
            var got = right / (double)(queries.Length * K);
            Assert.True(got >= asked - 0.02 - lost, $"asked {asked}, got {got}. {TestSeed.Describe}");
        }
    }

    [Theory]
    [InlineData(Metric.SquaredEuclidean, 3_000)]
    [InlineData(Metric.Cosine, 20_000)] // lists beyond an upper level
    [InlineData(Metric.InnerProduct, 300)]
    public void Many_queries_in_one_call_are_answered_as_one_by_one(Metric metric, int rowCount)
    {
        const int Dimension = 12;
        var rows = SealedSamples.Vectors(rowCount, Dimension, salt: 40);
        using var index = Build(rows, metric);
        var queries = SealedSamples.Vectors(70, Dimension, salt: 41);
        var (hits, outcomes, one) = (new Neighbor[queries.Length * K], new SearchOutcome[queries.Length], new Neighbor[K]);
        foreach (var request in new[] { new SealedRequest(K) { TargetRecall = 0.9 }, new SealedRequest(K) { Effort = 3, Filter = new SlotSet(Enumerable.Range(0, 200)) } })
        {
            index.SearchMany([.. queries.SelectMany(q => q)], request, hits, outcomes);
            for (var q = 0; q < queries.Length; q++)
            {
                Assert.Equal(index.Search(queries[q], request, one), outcomes[q]);
                Assert.Equal(one.AsSpan(0, outcomes[q].Count), hits.AsSpan(q * K, outcomes[q].Count));
            }
        }

        index.SearchMany([], new SealedRequest(K), [], []);
        queries[5][2] = float.NaN;
        Assert.Contains("Query 5", Throws([.. queries.SelectMany(q => q)], hits, outcomes), StringComparison.Ordinal);
        Assert.Contains("13 coordinates", Throws(new float[13], hits, outcomes), StringComparison.Ordinal);
        Assert.Contains("hits", Throws(queries[0], hits, outcomes), StringComparison.Ordinal);
        Assert.Contains("outcomes", Throws(queries[0], hits[..K], outcomes), StringComparison.Ordinal);

        string Throws(float[] bad, Neighbor[] into, SearchOutcome[] results) =>
            Assert.Throws<ArgumentException>(() => index.SearchMany(bad, new SealedRequest(K), into, results)).Message;
    }

    [Fact]
    public void A_filter_whose_matches_are_all_far_from_the_query_costs_little_more_than_measuring_them()
    {
        var rows = SealedSamples.Vectors(20_000, 16, salt: 42);
        using var index = Build(rows, Metric.SquaredEuclidean);
        var hits = new Neighbor[K];
        foreach (var query in SealedSamples.Vectors(5, 16, salt: 43))
        {
            var far = new SlotSet(SealedSamples.Exact(Metric.SquaredEuclidean, rows, query, rows.Length)[10_000..]);
            var outcome = index.Search(query, new SealedRequest(K) { TargetRecall = 0.95, Filter = far }, hits);
            Assert.True(outcome.Scanned);
            Assert.InRange(outcome.Distances, 10_000, 10_100);
            Assert.Equal(SealedSamples.Exact(Metric.SquaredEuclidean, rows, query, K, far.Contains), hits.Select(h => h.Slot));
        }
    }

    [Theory]
    [InlineData(Metric.SquaredEuclidean)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.InnerProduct)]
    public void An_exact_search_finds_what_a_plain_scan_finds_at_the_same_distances(Metric metric)
    {
        var rows = SealedSamples.Vectors(700, 12, salt: 3);
        using var index = Build(rows, metric);
        var hits = new Neighbor[K];
        foreach (var query in SealedSamples.Vectors(20, 12, salt: 4))
        {
            var outcome = index.Search(query, new SealedRequest(K) { Exact = true }, hits);
            Assert.Equal(K, outcome.Count);
            Assert.True(outcome.Scanned);
            Assert.Equal(SealedSamples.Exact(metric, rows, query, K), hits.Select(h => h.Slot));
            Assert.All(hits, h => Assert.Equal(SealedSamples.Distance(metric, rows[h.Slot], query), h.Distance, 1e-4));
        }
    }

    [Fact]
    public void Whole_numbers_within_a_byte_are_kept_exactly_in_a_quarter_of_the_memory()
    {
        var random = TestSeed.Random(5);
        var rows = Enumerable.Range(0, 500).Select(_ => Enumerable.Range(0, 20).Select(_ => (float)random.Next(-50, 200)).ToArray()).ToArray();
        using var index = Build(rows, Metric.SquaredEuclidean);
        Assert.Equal(RowFormat.ExactByte, index.Rows);
        var read = new float[20];
        for (var i = 0; i < rows.Length; i++)
        {
            index.ReadVector(i, read);
            Assert.Equal(rows[i], read);
        }
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.1)]
    [InlineData(0.01)]
    [InlineData(0.001)]
    public void A_filter_gets_k_hits_whenever_k_rows_match_and_they_are_the_nearest(double selectivity)
    {
        var rows = SealedSamples.Vectors(6_000, 16, salt: 6);
        var random = TestSeed.Random(7);
        var filter = new SlotSet(Enumerable.Range(0, rows.Length).Where(_ => random.NextDouble() < selectivity).DefaultIfEmpty(0));
        using var index = Build(rows, Metric.SquaredEuclidean);
        var hits = new Neighbor[K];
        var right = 0;
        var wanted = 0;
        foreach (var query in SealedSamples.Vectors(60, 16, salt: 8))
        {
            var outcome = index.Search(query, new SealedRequest(K) { Filter = filter, TargetRecall = 0.97 }, hits);
            Assert.Equal(Math.Min(K, filter.Count), outcome.Count);
            Assert.All(hits[..outcome.Count], h => Assert.True(filter.Contains(h.Slot)));
            var exact = SealedSamples.Exact(Metric.SquaredEuclidean, rows, query, K, filter.Contains);
            right += hits[..outcome.Count].Count(h => exact.Contains(h.Slot));
            wanted += exact.Length;
        }

        Assert.True(right >= 0.95 * wanted, $"{right} of {wanted}. {TestSeed.Describe}");
    }

    [Fact]
    public void An_empty_filter_gets_no_hits()
    {
        using var index = Build(SealedSamples.Vectors(50, 4, salt: 9), Metric.SquaredEuclidean);
        Assert.Equal(0, index.Search(new float[4], new SealedRequest(3) { Filter = new SlotSet() }, new Neighbor[3]).Count);
    }

    [Fact]
    public void More_effort_never_promises_less_recall_or_costs_less()
    {
        using var index = Build(SealedSamples.Vectors(3_000, 16, salt: 10), Metric.SquaredEuclidean);
        for (var e = 1; e < index.Efforts.Count; e++)
        {
            Assert.True(index.Efforts[e].Recall > index.Efforts[e - 1].Recall);
            Assert.True(index.Efforts[e].Cost >= index.Efforts[e - 1].Cost);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(33)]
    public void Few_rows_are_all_found(int count)
    {
        var rows = SealedSamples.Vectors(count, 5, salt: 11);
        using var index = SealedBuilder.Build(
            count == 0 ? new Numerics.Formats.RowMatrix<float>(0, 5) : SealedSamples.Matrix(rows),
            new SealedOptions { Metric = Metric.SquaredEuclidean, Threads = 1 });
        var hits = new Neighbor[40];
        var outcome = index.Search(new float[5], new SealedRequest(40) { Effort = index.Efforts.Count }, hits);
        Assert.Equal(count, outcome.Count);
        Assert.Equal(Enumerable.Range(0, count), hits[..count].Select(h => h.Slot).Order());
    }

    [Fact]
    public void Equal_rows_are_all_found()
    {
        var rows = Enumerable.Repeat(new[] { 0.5f, 1.25f, -3f }, 500).ToArray();
        using var index = Build(rows, Metric.SquaredEuclidean);
        var hits = new Neighbor[500];
        Assert.Equal(500, index.Search(rows[0], new SealedRequest(500) { Effort = index.Efforts.Count }, hits).Count);
        Assert.All(hits, h => Assert.Equal(0, h.Distance));
    }

    [Fact]
    public void A_search_allocates_nothing()
    {
        var rows = SealedSamples.Vectors(2_000, 16, salt: 12);
        using var index = Build(rows, Metric.SquaredEuclidean);
        var hits = new Neighbor[K];
        var request = new SealedRequest(K) { TargetRecall = 0.95 };
        for (var i = 0; i < 200; i++) index.Search(rows[i], request, hits);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 200; i++) index.Search(rows[i], request, hits);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Searches_at_the_same_time_answer_as_one_alone_does()
    {
        var rows = SealedSamples.Vectors(3_000, 16, salt: 13);
        using var index = Build(rows, Metric.SquaredEuclidean);
        var request = new SealedRequest(K) { TargetRecall = 0.9 };
        int[] Slots(int i)
        {
            var hits = new Neighbor[K];
            index.Search(rows[i], request, hits);
            return [.. hits.Select(h => h.Slot)];
        }

        var alone = Enumerable.Range(0, 400).Select(Slots).ToArray();
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => Assert.Equal(alone[i], Slots(i)));
    }

    private static SealedIndex Build(float[][] rows, Metric metric, RowFormat format = RowFormat.FullFloat) =>
        SealedBuilder.Build(SealedSamples.Matrix(rows), new SealedOptions { Metric = metric, Rows = format, Threads = 2 });
}
