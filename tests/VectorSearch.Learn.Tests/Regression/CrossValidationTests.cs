namespace VectorSearch.Learn.Tests.Regression;

public sealed class CrossValidationTests
{
    private static readonly LearnerRequest Request = new()
    {
        Dimension = 4, Epochs = 10, Threads = 1,
        Fixed = new Dictionary<string, double> { ["members"] = 1, ["hidden"] = 8, ["learning-rate"] = 1e-2, ["dropout"] = 0.1, ["min-ngram-texts"] = 100, ["min-count"] = 1, ["batch"] = 16 },
    };

    [Fact]
    public void Folds_hold_each_row_once_and_the_first_is_the_part_that_is_held_out_without_them()
    {
        RegressionTable table = AdSamples.Make(103, salt: 11);
        IReadOnlyList<int[]> folds = table.Folds(5, seed: 3);
        Assert.Equal(Enumerable.Range(0, 103), folds.SelectMany(fold => fold).Order());
        Assert.All(folds, fold => Assert.InRange(fold.Length, 20, 21));
        Assert.Equal(table.Take(folds[0][..20]).Schema, table.Schema);
        Assert.NotEqual(folds[0], table.Folds(5, seed: 4)[0]);
        RegressionTable even = table.Take([.. Enumerable.Range(0, 100)]);
        Assert.Equal(even.Split(0.2, 3).HeldOut.Targets, even.Take(even.Folds(5, 3)[0]).Targets);
    }

    [Fact]
    public void Every_row_is_predicted_by_models_that_did_not_see_it()
    {
        RegressionTable table = AdSamples.Make(120, salt: 12);
        RegressionOutcome outcome = RegressionLearning.CrossValidate(table, 3, Request, baselines: true, null, CancellationToken.None);
        Assert.Equal(table.Count, outcome.Report.Errors.Count);
        Assert.Equal(["mean", "nearest rows", "ridge on TF-IDF and the same numbers", "the same with ranges and place cells"], outcome.Baselines.Select(b => b.Name));
        int[] fold = table.Folds(3, Request.Seed)[1];
        RegressionTable others = table.Take([.. Enumerable.Range(0, table.Count).Except(fold)]);
        Assert.Equal(others.Targets.Average() - table.Targets[fold[5]], outcome.Baselines[0].Report.Errors[fold[5]], 9);
        RegressionOutcome alone = RegressionLearning.Run(others, null, table.Take(fold), Request, baselines: false, null, CancellationToken.None);
        Assert.Equal(alone.Report.Errors, fold.Select(row => outcome.Report.Errors[row]));
        Assert.Equal(outcome.Model.Card.Metrics["rmse"], outcome.Report.Rmse);
        Assert.Equal(table.Count, outcome.Model.Card.Counts["rows"]);
    }

    [Theory]
    [InlineData(10, 1500)]
    [InlineData(960, 100)]
    [InlineData(4000, 40)]
    public void Few_rows_are_passed_over_more_often_so_that_there_are_steps_enough(int rows, int epochs) =>
        Assert.Equal(epochs, new RegressionOptions { Batch = 64, Epochs = 40 }.EpochsFor(rows));

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    public void Too_few_or_too_many_folds_are_refused(int folds)
    {
        RegressionTable table = AdSamples.Make(30, salt: 13);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => RegressionLearning.CrossValidate(table, folds, Request, false, null, CancellationToken.None));
        Assert.Contains($"{folds} folds of 30 rows", refused.Message, StringComparison.Ordinal);
    }
}
