using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed class RankingEvaluatorTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Every_metric_equals_a_brute_force_evaluation(int threads)
    {
        DatasetSplit split = DatasetSplitter.RandomFraction(Samples.Grouped(), 0.3, 3);
        RandomScores model = new(split.Train.ItemCount);
        EvaluationOptions options = new() { Cutoffs = [1, 5, 20, 100], Threads = threads, BootstrapResamples = 50 };

        RankingReport report = RankingEvaluator.Evaluate(model, split, options);

        foreach (int k in options.Cutoffs)
        {
            foreach ((string name, double expected) in BruteForce(model, split, k)) Assert.Equal(expected, report[$"{name}@{k}"], 12);
        }
    }

    [Fact]
    public void A_worked_example_gives_the_figures_of_the_definitions()
    {
        // Ten items scored 9…0; the user has seen item 0; items 2, 5 and 9 are held out: ranks 2, 5 and 9.
        InteractionDatasetBuilder train = new(), test = new();
        train.Add(0, 0);
        foreach (int item in new[] { 2, 5, 9 }) test.Add(0, item);
        Vocabulary users = Samples.Names("u", 1), items = Samples.Names("i", 10);
        DatasetSplit split = DatasetSplit.Create(train.Build(users, items), test.Build(users, items), "");

        RankingReport report = RankingEvaluator.Evaluate(new Descending(), split, new EvaluationOptions { Cutoffs = [5] });

        Assert.Equal(2.0 / 3, report["recall@5"], 12);
        Assert.Equal(0.4, report["precision@5"], 12);
        Assert.Equal(0.5, report["f1@5"], 12);
        Assert.Equal(0.5, report["mrr@5"], 12);
        Assert.Equal(1, report["hr@5"]);
        Assert.Equal((0.5 + 0.4) / 3, report["map@5"], 12);
        Assert.Equal(((1 / Math.Log2(3)) + (1 / Math.Log2(6))) / (1 + (1 / Math.Log2(3)) + 0.5), report["ndcg@5"], 12);
        Assert.Equal(0.5, report["coverage@5"], 12);
    }

    [Fact]
    public void A_sample_of_users_is_seeded_and_near_the_whole()
    {
        DatasetSplit split = DatasetSplitter.RandomFraction(Samples.Grouped(400), 0.3, 3);
        EvaluationOptions options = new() { SampleUsers = 100, Seed = 5, BootstrapResamples = 0 };

        RankingReport first = RankingEvaluator.Evaluate(new MostPopular(split.Train), split, options);
        RankingReport second = RankingEvaluator.Evaluate(new MostPopular(split.Train), split, options);

        Assert.Equal(100, first.Users.Count);
        Assert.Equal(first.Users, second.Users);
        Assert.Equal(first["ndcg@20"], second["ndcg@20"]);
    }

    [Fact]
    public void The_interval_holds_the_mean_and_does_not_depend_on_threads()
    {
        DatasetSplit split = DatasetSplitter.RandomFraction(Samples.Grouped(), 0.3, 3);

        RankingReport one = RankingEvaluator.Evaluate(new MostPopular(split.Train), split, new EvaluationOptions { Threads = 1 });
        RankingReport four = RankingEvaluator.Evaluate(new MostPopular(split.Train), split, new EvaluationOptions { Threads = 4 });

        (double low, double high) = one.Intervals["recall@20"];
        Assert.InRange(one["recall@20"], low, high);
        Assert.True(high > low);
        Assert.Equal(one.Metrics, four.Metrics);
        Assert.Equal(one.Intervals, four.Intervals);
    }

    [Fact]
    public void Nan_scores_are_refused()
    {
        DatasetSplit split = DatasetSplitter.RandomFraction(Samples.Grouped(), 0.3, 3);

        Assert.Contains("NaN", Assert.Throws<ArgumentException>(() => RankingEvaluator.Evaluate(
            new NotANumber(split.Train.ItemCount), split, new EvaluationOptions { Threads = 2 })).ToString(), StringComparison.Ordinal);
    }

    private static Dictionary<string, double> BruteForce(RandomScores model, DatasetSplit split, int k)
    {
        Dictionary<string, List<double>> sums = [];
        HashSet<int> given = [];
        for (int user = 0; user < split.Train.UserCount; user++)
        {
            int[] wanted = split.HeldOut.ItemsOf(user).ToArray(), seen = split.Train.ItemsOf(user).ToArray();
            if (wanted.Length == 0) continue;
            int[] top = [.. Enumerable.Range(0, model.ItemCount).Except(seen)
                .OrderByDescending(item => model.ScoreOf(user, item)).ThenBy(item => item).Take(k)];
            given.UnionWith(top);
            int[] ranks = [.. Enumerable.Range(1, top.Length).Where(rank => wanted.Contains(top[rank - 1]))];
            double ideal = Enumerable.Range(1, Math.Min(k, wanted.Length)).Sum(rank => 1 / Math.Log2(rank + 1));
            Add("recall", (double)ranks.Length / wanted.Length);
            Add("precision", (double)ranks.Length / k);
            Add("hr", ranks.Length > 0 ? 1 : 0);
            Add("mrr", ranks.Length > 0 ? 1.0 / ranks[0] : 0);
            Add("ndcg", ranks.Sum(rank => 1 / Math.Log2(rank + 1)) / ideal);
            Add("map", ranks.Select((rank, n) => (n + 1.0) / rank).Sum() / Math.Min(k, wanted.Length));
        }

        Dictionary<string, double> means = sums.ToDictionary(s => s.Key, s => s.Value.Average());
        means["coverage"] = (double)given.Count / model.ItemCount;
        return means;

        void Add(string name, double value)
        {
            if (!sums.TryGetValue(name, out List<double>? values)) sums[name] = values = [];
            values.Add(value);
        }
    }

    private sealed class RandomScores(int items) : IRankingModel
    {
        public int ItemCount => items;

        // Few distinct scores, so that ties are met.
        public float ScoreOf(int user, int item) => new Xoshiro256(TestSeed.Value, (ulong)((user * items) + item)).NextInt(40);

        public void Score(ReadOnlySpan<int> users, Span<float> scores)
        {
            for (int n = 0; n < users.Length; n++)
            {
                for (int item = 0; item < items; item++) scores[(n * items) + item] = ScoreOf(users[n], item);
            }
        }
    }

    private sealed class Descending : IRankingModel
    {
        public int ItemCount => 10;

        public void Score(ReadOnlySpan<int> users, Span<float> scores)
        {
            for (int item = 0; item < 10; item++) scores[item] = 9 - item;
        }
    }

    private sealed class NotANumber(int items) : IRankingModel
    {
        public int ItemCount => items;

        public void Score(ReadOnlySpan<int> users, Span<float> scores) => scores.Fill(float.NaN);
    }
}
