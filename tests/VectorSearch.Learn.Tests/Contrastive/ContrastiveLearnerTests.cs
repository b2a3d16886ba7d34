using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed class ContrastiveLearnerTests
{
    private static readonly DatasetSplit Split = DatasetSplitter.RandomFraction(Samples.Grouped(200, 80, 16), 0.25, 9);
    private static readonly ContrastiveOptions Options = new() { Dimension = 8, Epochs = 12, BatchSize = 64, Negatives = 40, LearningRate = 0.02, Temperature = 0.2 };

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    public void Every_vector_that_was_trained_has_unit_length_without_a_graph(double historyWeight)
    {
        ContrastiveTrainer trainer = new(Split.Train, Options with { HistoryWeight = historyWeight });

        trainer.Epoch(CancellationToken.None);
        trainer.Epoch(CancellationToken.None);

        foreach (Parameter parameter in trainer.Parameters)
        {
            for (int row = 0; row < parameter.Rows; row++)
                Assert.Equal(1, FixedLanes.Dot(parameter.Table[row], parameter.Table[row]), 4);
        }
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(2, 0)]
    public void Histories_and_graphs_leave_the_result_the_same_at_any_thread_count(int layers, double historyWeight)
    {
        ContrastiveOptions options = Options with { Layers = layers, HistoryWeight = historyWeight };

        SpaceId[] one = Spaces(options with { Threads = 1 }), two = Spaces(options with { Threads = 2 }), four = Spaces(options with { Threads = 4 });

        Assert.Equal(one, two);
        Assert.Equal(one, four);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void With_a_graph_a_history_is_encoded_as_its_user_without_a_start_value(int layers)
    {
        ContrastiveTrainer trainer = new(Split.Train, Options with { Layers = layers });
        trainer.Epoch(CancellationToken.None);
        LearnedModel model = trainer.ToModel();
        float[] user = new float[Options.Dimension], history = new float[Options.Dimension];

        for (int row = 0; row < Split.Train.UserCount; row++)
        {
            model.Question("user").Encode([row], default, user);
            model.Question("history").Encode(Split.Train.ItemsOf(row), default, history);
            FixedLanes.Add(history, 1f / (layers + 1), trainer.Parameters[0].Table[row]);
            FixedLanes.TryNormalise(history);
            for (int d = 0; d < user.Length; d++) Assert.Equal(user[d], history[d], 1e-5f);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Popularity_is_one_more_dimension_of_the_answer_and_no_part_of_likeness(int layers)
    {
        InteractionDataset skewed = Skewed();
        int[] counts = skewed.ItemCounts();
        LearnedModel model = ContrastiveLearner.Train(skewed, Options with { Layers = layers, NegativePower = 1, Popularity = 0.5 }).Model;
        Assert.Equal((Metric.Cosine, Options.Dimension), (model.Question("similar").Metric, model.Question("similar").Dimension));
        VectorTable unit = model.Question("similar").Items;

        foreach (ModelQuestion question in new[] { model.Question("user"), model.Question("history") })
        {
            Assert.Equal((Metric.InnerProduct, Options.Dimension + 1), (question.Metric, question.Dimension));
            float[] query = new float[question.Dimension];
            question.Encode([3, 5], default, query);
            Assert.Equal(1, FixedLanes.Dot(query.AsSpan(..^1), query.AsSpan(..^1)), 4);
            Assert.Equal(1, query[^1]);
            for (int item = 0; item < counts.Length; item++)
            {
                Assert.Equal(unit[item].ToArray(), question.Items[item][..^1].ToArray());
                Assert.Equal(counts[item] == 0 ? 0 : Options.Temperature * 0.5 * Math.Log(counts[item]), question.Items[item][^1], 4);
            }
        }

        LearnedModel without = ContrastiveLearner.Train(skewed, Options with { Layers = layers }).Model;
        Assert.Equal((Metric.Cosine, Options.Dimension), (without.Question("user").Metric, without.Question("user").Dimension));
    }

    [Fact]
    public void A_user_with_a_history_weight_lies_nearer_to_what_they_watched()
    {
        Assert.True(NearnessToHistory(0.5) > NearnessToHistory(0) + 0.02, $"{NearnessToHistory(0.5):f3} against {NearnessToHistory(0):f3}");
    }

    [Fact]
    public void Options_that_exclude_each_other_or_are_out_of_range_are_all_named()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(() => (Options with { Layers = 2, HistoryWeight = 0.5, Temperature = 0, Negatives = 0 }).Validate());

        foreach (string part in new[] { "HistoryWeight is 0.5 and Layers 2", "Temperature is 0", "Negatives is 0" }) Assert.Contains(part, fault.Message, StringComparison.Ordinal);
    }

    private static SpaceId[] Spaces(ContrastiveOptions options) =>
        [.. ContrastiveLearner.Train(Split.Train, options).Model.Questions.Values.Select(question => question.Space)];

    /// <summary>Groups of users with films of their own, of which the first are watched far more than the last.</summary>
    private static InteractionDataset Skewed()
    {
        Xoshiro256 random = new(TestSeed.Value, 5);
        InteractionDatasetBuilder builder = new();
        for (int user = 0; user < 200; user++)
        {
            for (int n = 0; n < 12; n++) builder.Add(user, ((int)(20 * Math.Pow(random.NextDouble(), 3)) * 4) + (user % 4), null, n);
        }

        return builder.Build(Samples.Names("u", 200), Samples.Names("i", 80));
    }

    private static double NearnessToHistory(double weight)
    {
        LearnedModel model = ContrastiveLearner.Train(Split.Train, Options with { HistoryWeight = weight }).Model;
        ModelQuestion question = model.Question("user");
        float[] vector = new float[question.Dimension];
        double sum = 0, count = 0;
        for (int user = 0; user < Split.Train.UserCount; user++)
        {
            question.Encode([user], default, vector);
            foreach (int item in Split.Train.ItemsOf(user))
            {
                sum += FixedLanes.Dot(vector, question.Items[item]);
                count++;
            }
        }

        return sum / count;
    }
}
