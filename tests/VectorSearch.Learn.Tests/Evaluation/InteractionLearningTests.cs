using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed class InteractionLearningTests
{
    private static readonly DatasetSplit Test = DatasetSplitter.RandomFraction(Samples.Grouped(200, 80, 16), 0.25, 9);

    [Theory]
    [InlineData(LearningMethod.Ials)]
    [InlineData(LearningMethod.Ease)]
    [InlineData(LearningMethod.Contrastive)]
    [InlineData(LearningMethod.Graph)]
    [InlineData(LearningMethod.Deep)]
    public void Every_method_beats_popularity_and_is_the_same_with_one_two_and_four_threads(LearningMethod method)
    {
        LearningRequest request = new()
        {
            Method = method, Dimension = method == LearningMethod.Ease ? null : 8, Trials = 2, Epochs = 20, Threads = 1,
            Evaluation = new EvaluationOptions { BootstrapResamples = 50 },
        };

        LearningOutcome one = InteractionLearning.Run(Test.Train, null, Test.HeldOut, request);
        LearningOutcome two = InteractionLearning.Run(Test.Train, null, Test.HeldOut, request with { Threads = 2 });
        LearningOutcome four = InteractionLearning.Run(Test.Train, null, Test.HeldOut, request with { Threads = 4 });

        Assert.True(one.Report["ndcg@20"] > one.Popular["ndcg@20"], $"{one.Report["ndcg@20"]:f4} against {one.Popular["ndcg@20"]:f4}");
        Assert.Equal(one.Report.Metrics, four.Report.Metrics);
        Assert.Equal(
            one.Model.Questions.Values.Select(question => question.Space), four.Model.Questions.Values.Select(question => question.Space));
        using TempDirectory directory = new();
        string path = directory.Combine("a.model");
        string digest = ModelFile.Save(one.Model, path);
        Assert.All([two, four], other => Assert.Equal(digest, ModelFile.Save(other.Model, directory.Combine("b.model"))));
        LearnedModel loaded = ModelFile.Load(path);
        Assert.Equal(one.Report["recall@20"], loaded.Card.Metrics["recall@20"]);
        Assert.Contains(loaded.Card.Tuning, line => line.Contains("validation", StringComparison.Ordinal));
    }

    [Fact]
    public void The_budget_counts_trials_and_the_best_of_them_is_taken()
    {
        LearningRequest request = new() { Dimension = 4, Trials = 5, Epochs = 2 };

        LearningOutcome outcome = InteractionLearning.Run(Test.Train, null, Test.HeldOut, request);

        Assert.InRange(outcome.Trail.Count, 2, 5);
        Trial best = outcome.Trail.MaxBy(trial => trial.Score)!;
        Assert.Equal(best.Values["unobserved-weight"], outcome.Model.Card.HyperParameters["unobserved_weight"]);
        Assert.Equal(best.Values["regularisation"], outcome.Model.Card.HyperParameters["regularisation"]);
    }

    [Fact]
    public void An_automatic_dimension_sweeps_around_the_fourth_root_of_the_items()
    {
        LearningRequest request = new() { AutoDimension = true, Trials = 1, Epochs = 2 };

        LearningOutcome outcome = InteractionLearning.Run(Test.Train, null, Test.HeldOut, request);

        // 80 items have the fourth root 2.99; the first trial is the method's own dimension.
        Assert.Equal([64, 1, 3, 6, 12, 24], outcome.Trail.Select(trial => trial.Dimension));
        Assert.Equal(outcome.Trail.MaxBy(trial => trial.Score)!.Dimension, outcome.Dimension);
    }

    [Fact]
    public void The_table_protocol_never_fits_on_the_validation_file_and_refit_does()
    {
        DatasetSplit valid = DatasetSplitter.RandomFraction(Test.Train, 0.2, 4);
        LearningRequest table = new() { Dimension = 4, Trials = 0, Epochs = 2, Protocol = LearningProtocol.Table };

        LearningOutcome fromTable = InteractionLearning.Run(valid.Train, valid.HeldOut, Test.HeldOut, table);
        LearningOutcome refit = InteractionLearning.Run(valid.Train, valid.HeldOut, Test.HeldOut, table with { Protocol = LearningProtocol.Refit });

        Assert.Equal(valid.Train.InteractionCount, fromTable.Model.Card.Counts["interactions"]);
        Assert.Equal(Test.Train.InteractionCount, refit.Model.Card.Counts["interactions"]);
    }

    [Fact]
    public void A_leak_and_unknown_settings_are_refused()
    {
        Assert.Throws<DataLeakException>(() => InteractionLearning.Run(Test.Train, null, Test.Train, new LearningRequest()));
        ArgumentException fault = Assert.Throws<ArgumentException>(() => InteractionLearning.Run(
            Test.Train, null, Test.HeldOut,
            new LearningRequest { Dimension = 0, Trials = -1, Method = LearningMethod.Ease, Features = Samples.GroupFeatures, Fixed = new Dictionary<string, double> { ["alpha"] = 1 } }));
        foreach (string part in new[] { "Dimension is 0", "Trials is -1", "Features are given and Method is Ease", "'alpha'", "regularisation" })
            Assert.Contains(part, fault.Message, StringComparison.Ordinal);
    }
}
