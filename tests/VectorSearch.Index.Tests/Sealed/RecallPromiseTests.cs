using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests.Sealed;

/// <summary>Levels are calibrated with rows as queries, for ten hits and no filter. What they promise must hold elsewhere too.</summary>
public sealed class RecallPromiseTests
{
    private const int Dimension = 24;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(50)]
    [InlineData(100)]
    public void For_fewer_and_for_more_hits_than_calibrated_with(int k) =>
        Promise(Rows(), SealedSamples.Vectors(150, Dimension, salt: 62), k, tolerance: 0.02);

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.2)]
    [InlineData(0.05)]
    public void Under_a_filter_that_does_not_depend_on_the_query(double selectivity)
    {
        var rows = Rows();
        var random = TestSeed.Random(63);
        var filter = new SlotSet(Enumerable.Range(0, rows.Length).Where(_ => random.NextDouble() < selectivity));
        Promise(rows, SealedSamples.Vectors(150, Dimension, salt: 64), 10, tolerance: 0.02, filter);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.1)]
    public void Under_a_filter_whose_matches_are_the_rows_farthest_from_the_query(double selectivity)
    {
        var rows = Rows();
        using var index = Build(rows);
        var right = 0;
        var queries = SealedSamples.Vectors(30, Dimension, salt: 65);
        foreach (var query in queries)
        {
            var farthest = SealedSamples.Exact(Metric.SquaredEuclidean, rows, query, rows.Length)[^(int)(selectivity * rows.Length)..];
            right += Right(index, rows, query, 10, 0.95, new SlotSet(farthest), out _);
        }

        Assert.True(right >= 0.95 * 10 * queries.Length, $"{right} of {10 * queries.Length}. {TestSeed.Describe}");
    }

    [Fact]
    public void For_queries_that_lie_between_rows()
    {
        var rows = Rows();
        var random = TestSeed.Random(66);
        Promise(rows, Queries(() => Pair(rows, random).Select(p => (p.X + p.Y) / 2)), 10, tolerance: 0.02);
    }

    [Fact]
    public void For_queries_that_lie_between_rows_under_cosine()
    {
        var rows = Rows();
        var random = TestSeed.Random(68);
        Promise(rows, Queries(() => Pair(rows, random).Select(p => (p.X + p.Y) / 2)), 10, tolerance: 0.02, metric: Metric.Cosine);
    }

    [Fact]
    public void For_queries_of_noise()
    {
        var rows = Rows();
        var random = TestSeed.Random(67);
        Promise(rows, Queries(() => Enumerable.Range(0, Dimension).Select(_ => (float)((6 * random.NextDouble()) - 3))), 10, tolerance: 0.03);
    }

    [Fact]
    public void For_rows_in_clusters_three_hundred_times_smaller_than_their_distances()
    {
        var random = TestSeed.Random(69);
        var centres = SealedSamples.Vectors(60, Dimension, salt: 70);
        float[][] Near(int count) => [.. Enumerable.Range(0, count).Select(_ =>
            centres[random.Next(centres.Length)].Select(x => x + (0.01f * (random.NextSingle() - 0.5f))).ToArray())];
        var rows = Near(8_000);
        Promise(rows, Near(150), 10, tolerance: 0.02);
    }

    private static float[][] Rows() => SealedSamples.Vectors(TestScale.Pick(8_000, 80_000), Dimension, salt: 61);

    private static float[][] Queries(Func<IEnumerable<float>> one) => [.. Enumerable.Range(0, 150).Select(_ => one().ToArray())];

    private static IEnumerable<(float X, float Y)> Pair(float[][] rows, Random random)
    {
        var (a, b) = (rows[random.Next(rows.Length)], rows[random.Next(rows.Length)]);
        return a.Zip(b);
    }

    private static void Promise(float[][] rows, float[][] queries, int k, double tolerance, SlotSet? filter = null, Metric metric = Metric.SquaredEuclidean)
    {
        using var index = Build(rows, metric);
        foreach (var asked in new[] { 0.9, 0.95, 0.99 })
        {
            long lists = 0;
            var right = queries.Sum(query =>
            {
                var found = Right(index, rows, query, k, asked, filter, out var outcome);
                lists += outcome.Hops;
                return found;
            });
            var got = right / (double)(queries.Length * k);
            Assert.True(got >= asked - tolerance, $"asked {asked}, got {got}, {lists / queries.Length} of {index.Lists} lists. {TestSeed.Describe}");

            // Looking everywhere would keep any promise.
            if (filter is null && k <= 10) Assert.True(lists < 0.9 * index.Lists * queries.Length, $"asked {asked}: {lists / queries.Length} of {index.Lists} lists");
        }
    }

    private static int Right(SealedIndex index, float[][] rows, float[] query, int k, double asked, SlotSet? filter, out SearchOutcome outcome)
    {
        var hits = new Neighbor[k];
        outcome = index.Search(query, new SealedRequest(k) { TargetRecall = asked, Filter = filter }, hits);
        Assert.Equal(k, outcome.Count);
        var exact = SealedSamples.Exact(index.Metric, rows, query, k, filter is null ? null : filter.Contains);
        return hits.Count(h => exact.Contains(h.Slot));
    }

    private static SealedIndex Build(float[][] rows, Metric metric = Metric.SquaredEuclidean) =>
        SealedBuilder.Build(SealedSamples.Matrix(rows), new SealedOptions { Metric = metric, Threads = 2 });
}
