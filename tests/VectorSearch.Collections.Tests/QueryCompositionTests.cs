using VectorSearch.Numerics;

namespace VectorSearch.Collections.Tests;

/// <summary>Each part of a composed query beside the plainest reckoning of the same thing.</summary>
public class QueryCompositionTests
{
    private const int Dimension = TestCatalog.Dimension;
    private const int Points = 400;

    private static async Task<Collection> FilledAsync(TestCatalog test, Metric metric = Metric.SquaredEuclidean, int points = Points)
    {
        Collection collection = await test.CreateAsync(metric: metric);
        await collection.UpsertAsync(TestCatalog.Points(0, points) with { Payloads = [.. Enumerable.Range(0, points).Select(PayloadOf)] });
        return collection;
    }

    private static Payload PayloadOf(int id)
    {
        List<KeyValuePair<string, PayloadValue>> fields = [new("parity", PayloadValue.From(id % 2 == 0 ? "even" : "odd"))];
        if (id % 10 != 0) fields.Add(new("team", id % 9 == 0 ? PayloadValue.From([PayloadValue.From(1L)]) : PayloadValue.From((long)(id * id % 23))));
        return new Payload(fields);
    }

    /// <summary>Smaller is nearer.</summary>
    private static double Distance(Metric metric, ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double dot = 0, squares = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            dot += (double)x[i] * y[i];
            squares += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
            xx += (double)x[i] * x[i];
            yy += (double)y[i] * y[i];
        }

        return metric switch { Metric.Cosine => 1 - (dot / Math.Sqrt(xx * yy)), Metric.InnerProduct => -dot, _ => squares };
    }

    private static ulong[] Nearest(Metric metric, float[] query, Func<int, bool> may, int limit, int points = Points) =>
        [.. Enumerable.Range(0, points).Where(may).OrderBy(id => Distance(metric, query, TestCatalog.Vector(id))).Take(limit).Select(id => (ulong)id)];

    private static ulong[] Numbers(QueryResult result) => [.. result.Ids.Select(id => id.Number)];

    [Theory]
    [InlineData(Metric.SquaredEuclidean)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.InnerProduct)]
    public async Task Examples_ask_for_twice_the_mean_of_the_good_less_that_of_the_bad(Metric metric)
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection collection = await FilledAsync(test, metric);
        float[] extra = TestCatalog.Vector(7777);
        QueryExamples examples = new() { Positive = [3UL, 5UL], PositiveVectors = extra, Negative = [9UL] };
        QueryResult result = collection.Query(new QueryBatch { Examples = [examples], Exact = true, Limit = 20 });

        float[][] positive = [Kept(TestCatalog.Vector(3)), Kept(TestCatalog.Vector(5)), Kept(extra)];
        float[] negative = Kept(TestCatalog.Vector(9));
        float[] query = [.. Enumerable.Range(0, Dimension).Select(i => (2 * positive.Average(vector => vector[i])) - negative[i])];
        Assert.Equal(Nearest(metric, query, id => id is not (3 or 5 or 9), 20), Numbers(result));

        float[] Kept(float[] vector)
        {
            double length = metric == Metric.Cosine ? Math.Sqrt(vector.Sum(x => (double)x * x)) : 1;
            return [.. vector.Select(x => (float)(x / length))];
        }
    }

    [Theory]
    [InlineData(Metric.SquaredEuclidean)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.InnerProduct)]
    public async Task A_threshold_lets_through_what_is_at_least_so_near(Metric metric)
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection collection = await FilledAsync(test, metric);
        QueryBatch query = new() { Vectors = TestCatalog.Vector(-1), Limit = 50, Exact = true };
        QueryResult all = collection.Query(query);
        QueryResult cut = collection.Query(query with { ScoreThreshold = all.Scores[19] });
        Assert.Equal(all.Ids.Take(20), cut.Ids);
        Assert.Empty(collection.Query(query with { ScoreThreshold = metric == Metric.SquaredEuclidean ? -1f : 1e6f }).Ids);
    }

    [Fact]
    public async Task Groups_are_those_of_the_nearest_points_and_hold_their_nearest_points()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection collection = await FilledAsync(test);
        for (int seed = -5; seed < 0; seed++)
        {
            foreach ((int limit, int size) in new[] { (1, 1), (3, 4), (22, 3), (40, 40) })
            {
                float[] asked = TestCatalog.Vector(seed);
                QueryResult result = collection.Query(new QueryBatch { Vectors = asked, Exact = true, Limit = limit, GroupBy = new Grouping("team", size) });
                ulong[] ranked = Nearest(Metric.SquaredEuclidean, asked, id => id % 10 != 0 && id % 9 != 0, Points);
                long[] teams = [.. ranked.Select(Team).Distinct().Take(limit)];
                Assert.Equal(teams, result.Groups.Select(group => group.Value.AsInteger));
                Assert.Equal([teams.Length], result.GroupCounts);
                Assert.Equal(teams.SelectMany(team => ranked.Where(id => Team(id) == team).Take(size)), Numbers(result));
                Assert.Equal(result.Ids.Count, result.Groups.Sum(group => group.Hits));
            }
        }

        static long Team(ulong id) => (long)(id * id % 23);
    }

    [Fact]
    public async Task A_group_that_the_first_candidates_do_not_hold_is_found_all_the_same()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection collection = await test.CreateAsync();
        const int near = 300;
        await collection.UpsertAsync(new UpsertBatch
        {
            Ids = [.. Enumerable.Range(0, near + 2).Select(id => new PointId((ulong)id))],
            Vectors = Enumerable.Range(0, near + 2).SelectMany(id => Enumerable.Repeat(id < near ? id / 1000f : id, Dimension)).ToArray(),
            Payloads = [.. Enumerable.Range(0, near + 2).Select(id => new Payload([new("kind", PayloadValue.From(id < near ? "common" : $"rare {id}"))]))],
        });
        QueryResult result = collection.Query(new QueryBatch { Vectors = new float[Dimension], Limit = 3, GroupBy = new Grouping("kind", 2) });
        Assert.Equal(["common", "rare 300", "rare 301"], result.Groups.Select(group => group.Value.AsText));
        Assert.Equal([0UL, 1UL, 300UL, 301UL], Numbers(result));
    }

    [Theory]
    [InlineData(Metric.SquaredEuclidean)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.InnerProduct)]
    public async Task Diversity_takes_one_by_one_what_is_near_and_unlike_what_was_taken(Metric metric)
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection collection = await FilledAsync(test, metric);
        float[] asked = TestCatalog.Vector(-3);
        QueryResult result = collection.Query(new QueryBatch { Vectors = asked, Exact = true, Limit = 8, Diversify = new Diversity(0.6f, 30) });

        List<ulong> left = [.. Nearest(metric, asked, _ => true, 30)];
        List<ulong> taken = [];
        while (taken.Count < 8)
        {
            ulong best = left.MaxBy(id => (0.4 * Similarity(asked, TestCatalog.Vector((int)id)))
                - (taken.Count == 0 ? 0 : 0.6 * taken.Max(other => Similarity(TestCatalog.Vector((int)other), TestCatalog.Vector((int)id)))));
            taken.Add(best);
            left.Remove(best);
        }

        Assert.Equal(taken, Numbers(result));
        QueryResult plain = collection.Query(new QueryBatch { Vectors = asked, Exact = true, Limit = 8, Diversify = new Diversity(0, 30) });
        Assert.Equal(Nearest(metric, asked, _ => true, 8), Numbers(plain));

        double Similarity(float[] x, float[] y) => metric == Metric.Cosine ? 1 - Distance(metric, x, y) : -Distance(metric, x, y);
    }

    [Fact]
    public async Task Fusion_adds_the_reciprocal_ranks_of_each_row()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection collection = await FilledAsync(test);
        float[] both = [.. TestCatalog.Vector(-1), .. TestCatalog.Vector(-2)];
        QueryBatch first = new() { Vectors = both, Limit = 30, Exact = true };
        QueryBatch second = new() { Ids = [new PointId(17)], Limit = 20, Exact = true, Filter = new PayloadFilter { Must = [new PayloadCondition.Match("parity", [PayloadValue.From("odd")])] } };
        QueryResult fused = collection.Query(new QueryBatch { Fusion = new RankFusion { K = 10 }, Prefetch = [first, second], Limit = 12 });

        Assert.Equal([12, 12], fused.Counts);
        ulong[] like17 = Nearest(Metric.SquaredEuclidean, TestCatalog.Vector(17), id => id % 2 == 1 && id != 17, 20);
        for (int row = 0; row < 2; row++)
        {
            Dictionary<ulong, double> scores = [];
            foreach (ulong[] ranking in new[] { Nearest(Metric.SquaredEuclidean, TestCatalog.Vector(-1 - row), _ => true, 30), like17 })
            {
                for (int rank = 0; rank < ranking.Length; rank++) scores[ranking[rank]] = scores.GetValueOrDefault(ranking[rank]) + (1.0 / (11 + rank));
            }

            double[] best = [.. scores.Values.OrderDescending().Take(12)];
            for (int i = 0; i < 12; i++)
            {
                Assert.Equal(best[i], fused.Scores[(row * 12) + i], 6);
                Assert.Equal(scores[fused.Ids[(row * 12) + i].Number], fused.Scores[(row * 12) + i], 6);
            }
        }
    }

    [Fact]
    public async Task Prefetches_without_fusion_are_candidates_for_the_outer_question_and_its_filter_holds_within()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection collection = await FilledAsync(test);
        QueryBatch inner = new() { Vectors = TestCatalog.Vector(-1), Limit = 40, Exact = true };
        QueryBatch outer = new()
        {
            Vectors = TestCatalog.Vector(-2),
            Prefetch = [inner, inner with { Vectors = TestCatalog.Vector(-3), Limit = 10 }],
            Limit = 15,
            Filter = new PayloadFilter { MustNot = [new PayloadCondition.Match("parity", [PayloadValue.From("odd")])] },
        };
        HashSet<ulong> candidates = [
            .. Nearest(Metric.SquaredEuclidean, TestCatalog.Vector(-1), id => id % 2 == 0, 40),
            .. Nearest(Metric.SquaredEuclidean, TestCatalog.Vector(-3), id => id % 2 == 0, 10)];
        Assert.Equal(Nearest(Metric.SquaredEuclidean, TestCatalog.Vector(-2), id => candidates.Contains((ulong)id), 15), Numbers(collection.Query(outer)));

        // A prefetch within a prefetch.
        QueryResult nested = collection.Query(new QueryBatch { Fusion = new RankFusion(), Prefetch = [outer], Limit = 3 });
        Assert.Equal(Nearest(Metric.SquaredEuclidean, TestCatalog.Vector(-2), id => candidates.Contains((ulong)id), 3), Numbers(nested));
    }

    [Fact]
    public async Task A_history_of_ids_is_encoded_by_their_names_and_is_no_answer()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection collection = await test.Catalog.CreateAsync(
            TestCatalog.Define("texts", kind: IdKind.Text) with { Model = "sha256:letters", Question = "texts" });
        string[] names = ["aab", "abb", "hhh", "aabb"];
        await collection.UpsertAsync(new UpsertBatch { Ids = [.. names.Select(name => new PointId(name))], Features = [.. names.Select(name => new PointFeatures.Text(name))] });
        QueryResult result = collection.Query(new QueryBatch { Histories = [new PointHistory(["aab", "b"], [])], Limit = 4 });
        Assert.Equal(["aabb", "abb", "hhh"], result.Ids.Select(id => id.Text));
    }

    [Fact]
    public async Task Scroll_and_count_see_what_the_filter_lets_through()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection collection = await FilledAsync(test);
        await collection.DeleteAsync(TestCatalog.Ids(2, 4, 6));
        PayloadFilter even = new() { Must = [new PayloadCondition.Match("parity", [PayloadValue.From("even")])] };
        Assert.Equal((Points / 2) - 3, collection.CountMatches(even));
        List<ulong> met = [];
        for (int? slot = 0; slot is { } from;)
        {
            PointPage page = collection.Scroll(from, 7, withPayload: true, withVectors: false, even);
            Assert.All(page.Rows.Payloads!, payload => Assert.Equal("even", payload.Fields.Single(field => field.Key == "parity").Value.AsText));
            met.AddRange(page.Rows.Ids.Select(id => id.Number));
            slot = page.NextSlot;
        }

        Assert.Equal(Enumerable.Range(0, Points).Where(id => id % 2 == 0 && id is not (2 or 4 or 6)).Select(id => (ulong)id), met.Order());
    }

    public static TheoryData<string, QueryBatch> Wrong => new()
    {
        { "by", new() { Vectors = new float[Dimension], Ids = [1UL] } },
        { "by", new() },
        { "target_recall", new() { Vectors = new float[Dimension], TargetRecall = 1.5f } },
        { "target_recall", new() { Vectors = new float[Dimension], TargetRecall = 0.9f, Ef = 10 } },
        { "score_threshold", new() { Vectors = new float[Dimension], ScoreThreshold = float.NaN } },
        { "group.field", new() { Vectors = new float[Dimension], GroupBy = new Grouping("", 1) } },
        { "group.size", new() { Vectors = new float[Dimension], GroupBy = new Grouping("x", 0) } },
        { "diversify.diversity", new() { Vectors = new float[Dimension], Diversify = new Diversity(1.1f, 0) } },
        { "diversify", new() { Vectors = new float[Dimension], Diversify = new Diversity(1, 0), GroupBy = new Grouping("x", 1) } },
        { "examples[0].positive", new() { Examples = [new QueryExamples { Negative = [1UL] }] } },
        { "examples[1].positive[0]", new() { Examples = [new QueryExamples { Positive = [1UL] }, new QueryExamples { Positive = ["one"] }] } },
        { "examples[0].positive_vectors", new() { Examples = [new QueryExamples { PositiveVectors = new float[Dimension + 1] }] } },
        { "histories[0].weights", new() { Histories = [new PointHistory([1UL, 2UL], [1])] } },
        { "prefetch", new() { Fusion = new RankFusion() } },
        { "fusion.k", new() { Fusion = new RankFusion { K = 0 }, Prefetch = [new() { Ids = [1UL] }] } },
        { "prefetch[1].limit", new() { Fusion = new RankFusion(), Prefetch = [new() { Ids = [1UL] }, new() { Ids = [1UL], Limit = 20_000 }] } },
        { "prefetch[1]", new() { Fusion = new RankFusion(), Prefetch = [new() { Ids = [1UL, 2UL, 3UL] }, new() { Ids = [1UL, 2UL] }] } },
        { "prefetch[0].filter.must[0]", new() { Fusion = new RankFusion(), Prefetch = [new() { Ids = [1UL], Filter = new() { Must = [new PayloadCondition.Range("x")] } }] } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_part_is_named(string field, QueryBatch query)
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection collection = await FilledAsync(test, points: 10);
        VectorSearchException fault = Assert.Throws<VectorSearchException>(() => collection.Query(query));
        Assert.Equal(ErrorCode.InvalidArgument, fault.Code);
        Assert.StartsWith(field + ":", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_whose_caller_is_gone_ends_at_once_in_every_form()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection collection = await FilledAsync(test);
        CancellationToken gone = new(canceled: true);
        QueryBatch plain = new() { Vectors = TestCatalog.Vector(-1) };
        Assert.ThrowsAny<OperationCanceledException>(() => collection.Query(plain, gone));
        Assert.ThrowsAny<OperationCanceledException>(() => collection.Query(plain with { TargetRecall = 0.9f }, gone));
        Assert.ThrowsAny<OperationCanceledException>(() => collection.Query(plain with { GroupBy = new Grouping("team", 1) }, gone));
        Assert.ThrowsAny<OperationCanceledException>(() => collection.Query(new QueryBatch { Fusion = new RankFusion(), Prefetch = [plain] }, gone));
        Assert.ThrowsAny<OperationCanceledException>(() => collection.EstimateRecall(new RecallQuestion(), gone));
        Assert.ThrowsAny<OperationCanceledException>(() => collection.Explain(plain, gone));
    }
}
