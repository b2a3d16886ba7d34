using System.Diagnostics;

namespace VectorSearch.Learn;

/// <summary>A baseline beside a learned model.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Report">Its figures on the test rows.</param>
/// <param name="Mae">Interval of the learned model's mean absolute error less the baseline's.</param>
/// <param name="Rmse">The same for the root mean squared error.</param>
public sealed record RegressionBaseline(string Name, RegressionReport Report, (double Low, double High) Mae, (double Low, double High) Rmse);

/// <summary>What came of learning to predict a number.</summary>
/// <param name="Model">The encoder and its card.</param>
/// <param name="Regression">The encoder with its predictions.</param>
/// <param name="Report">Its errors on the test rows; under cross-validation those of its kind that did not see the row, on all rows.</param>
/// <param name="Baselines">What it must beat.</param>
/// <param name="Words">The words of the training rows in the learned space.</param>
/// <param name="Options">What the final model was trained with.</param>
/// <param name="Trail">The settings tried.</param>
/// <param name="TrainSeconds">Time of the final training alone.</param>
public sealed record RegressionOutcome(
    EncoderModel Model, RegressionModel Regression, RegressionReport Report, IReadOnlyList<RegressionBaseline> Baselines, WordEffects Words,
    RegressionOptions Options, IReadOnlyList<ValidationTrial> Trail, double TrainSeconds);

/// <summary>From a table of texts and numbers to a measured regression: tunes on a part of training, trains anew, and looks at test once, or at every row in turn.</summary>
public static class RegressionLearning
{
    private const int LeastFolds = 2;

    /// <summary>What tuning may vary, and what may be set by hand.</summary>
    public static IReadOnlyList<HyperParameter> HyperParameters { get; } =
    [
        new("hidden", 64, [16, 32, 64, 128, 256]),
        new("learning-rate", 5e-4, [2e-4, 5e-4, 1e-3, 3e-3]),
        new("decay", 1e-4, [1e-5, 3e-5, 1e-4, 3e-4, 1e-3]),
        new("dropout", 0.5, [0, 0.2, 0.35, 0.5, 0.65]),
        new("huber", 0.5, [0.3, 0.5, 1, 100]),
        new("members", 4, [4]),
        new("ridge", 1, [1]),
        new("batch", 64, [64]),
        new("word-ngrams", 2, [1, 2]),
        new("min-count", 3, [3]),
        new("min-ngram-texts", 5, [5]),
    ];

    /// <summary>Learns and measures.</summary>
    /// <param name="train">Rows to learn from.</param>
    /// <param name="valid">Rows to tune on; null holds out a fifth of <paramref name="train"/>.</param>
    /// <param name="test">Rows looked at once, at the end.</param>
    /// <param name="request">Budget and settings.</param>
    /// <param name="baselines">Whether to fit ridge regression and nearest rows too.</param>
    /// <param name="progress">Receives how far it is.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="ArgumentException">A setting is unknown or out of range.</exception>
    /// <exception cref="LearningException">Training diverged.</exception>
    public static RegressionOutcome Run(
        RegressionTable train, RegressionTable? valid, RegressionTable test, LearnerRequest request, bool baselines, IProgress<LearnProgress>? progress,
        CancellationToken cancellationToken)
    {
        request.RequireKnown(HyperParameters);
        (Dictionary<string, double> best, List<ValidationTrial> trail) = Tune(train, valid, request, progress, cancellationToken);
        RegressionTable all = valid is null ? train : train.With(valid);
        long started = Stopwatch.GetTimestamp();
        RegressionModel model = RegressionModel.Train(all, ToOptions(best, request, all.Count), progress, cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        RegressionReport report = RegressionReport.Of(test.Targets, model.Predict(test, request.Threads));
        IReadOnlyList<BaselinePrediction> beside = RegressionBaselines.Predict(all, test, baselines, request);
        return Conclude(model, all, report, [.. beside.Select(b => b with { Name = b.ToString() })], test.Targets, request, best, trail, seconds);
    }

    /// <summary>
    /// Learns from all rows, and measures by cross-validation: each row is predicted by a model, and by baselines, that were tuned and
    /// trained without its fold. For tables whose fifth is too small to tell two models apart.
    /// </summary>
    /// <param name="table">The rows.</param>
    /// <param name="folds">How many parts.</param>
    /// <param name="request">Budget and settings.</param>
    /// <param name="baselines">Whether to fit ridge regression and nearest rows too.</param>
    /// <param name="progress">Receives how far it is.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="ArgumentException">A setting is unknown or out of range.</exception>
    /// <exception cref="LearningException">Training diverged.</exception>
    public static RegressionOutcome CrossValidate(
        RegressionTable table, int folds, LearnerRequest request, bool baselines, IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        request.RequireKnown(HyperParameters);
        if (folds < LeastFolds || folds > table.Count) throw new ArgumentException($"{folds} folds of {table.Count} rows: expected {LeastFolds} to {table.Count}.", nameof(folds));
        double[] predicted = new double[table.Count];
        List<BaselinePrediction> beside = [];
        foreach (int[] held in table.Folds(folds, request.Seed))
        {
            (RegressionTable train, RegressionTable test) = (table.Take([.. Enumerable.Range(0, table.Count).Except(held)]), table.Take(held));
            (Dictionary<string, double> setting, _) = Tune(train, null, request, progress, cancellationToken);
            Scatter(RegressionModel.Train(train, ToOptions(setting, request, train.Count), progress, cancellationToken).Predict(test, request.Threads), held, predicted);
            IReadOnlyList<BaselinePrediction> some = RegressionBaselines.Predict(train, test, baselines, request);
            if (beside.Count == 0) beside = [.. some.Select(one => one with { Predicted = new double[table.Count] })];
            for (int b = 0; b < some.Count; b++) Scatter(some[b].Predicted, held, beside[b].Predicted);
        }

        (Dictionary<string, double> best, List<ValidationTrial> trail) = Tune(table, null, request, progress, cancellationToken);
        long started = Stopwatch.GetTimestamp();
        RegressionModel model = RegressionModel.Train(table, ToOptions(best, request, table.Count), progress, cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return Conclude(model, table, RegressionReport.Of(table.Targets, predicted), beside, table.Targets, request, best, trail, seconds);

        static void Scatter(double[] values, int[] rows, double[] all)
        {
            for (int n = 0; n < rows.Length; n++) all[rows[n]] = values[n];
        }
    }

    private static (Dictionary<string, double> Best, List<ValidationTrial> Trail) Tune(
        RegressionTable train, RegressionTable? valid, LearnerRequest request, IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        (RegressionTable fit, RegressionTable look) = valid is null ? train.Split(RegressionBaselines.ValidationFraction, request.Seed) : (train, valid);
        return ValidationSearch.Run(HyperParameters, request.Fixed, request.Trials, setting =>
        {
            RegressionModel tried = RegressionModel.Train(fit, ToOptions(setting, request, fit.Count), null, cancellationToken);
            double rmse = RegressionReport.Of(look.Targets, tried.Predict(look, request.Threads)).Rmse;
            progress?.Report(new LearnProgress("trial", 1, request.Trials, TimeSpan.Zero, null, "rmse", rmse));
            return -rmse;
        });
    }

    private static RegressionOutcome Conclude(
        RegressionModel model, RegressionTable known, RegressionReport report, IReadOnlyList<BaselinePrediction> beside, double[] truth, LearnerRequest request,
        Dictionary<string, double> setting, List<ValidationTrial> trail, double seconds)
    {
        ModelCard card = request.Card(
            known.ContentHash(), new Dictionary<string, long> { ["rows"] = known.Count, ["features"] = model.FeatureCount }, setting, trail,
            new Dictionary<string, double> { ["mae"] = report.Mae, ["rmse"] = report.Rmse }, new Dictionary<string, double[]>());
        return new RegressionOutcome(
            new EncoderModel(model, card), model, report, [.. beside.Select(Compare)], WordEffects.Of(model, known), ToOptions(setting, request, known.Count), trail, seconds);

        RegressionBaseline Compare(BaselinePrediction baseline)
        {
            RegressionReport other = RegressionReport.Of(truth, baseline.Predicted);
            ((double, double) mae, (double, double) rmse) = report.Against(other, request.Seed);
            return new RegressionBaseline(baseline.Name, other, mae, rmse);
        }
    }

    private static RegressionOptions ToOptions(IReadOnlyDictionary<string, double> setting, LearnerRequest request, int rows)
    {
        RegressionOptions defaults = new();
        RegressionOptions options = defaults with
        {
            Features = defaults.Features with { WordNgrams = (int)setting["word-ngrams"], MinCount = (int)setting["min-count"], MinNgramTexts = (int)setting["min-ngram-texts"] },
            Dimension = request.Dimension ?? defaults.Dimension,
            Members = (int)setting["members"],
            Ridge = setting["ridge"] != 0,
            Hidden = (int)setting["hidden"],
            LearningRate = setting["learning-rate"],
            Decay = setting["decay"],
            Dropout = setting["dropout"],
            Huber = setting["huber"],
            Batch = (int)setting["batch"],
            Seed = request.Seed,
            Threads = request.Threads,
        };
        return options with { Epochs = request.Epochs ?? options.EpochsFor(rows) };
    }
}
