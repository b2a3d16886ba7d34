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
/// <param name="Report">Its errors on the test rows.</param>
/// <param name="Baselines">What it must beat.</param>
/// <param name="Words">The words of the training rows in the learned space.</param>
/// <param name="Options">What the final model was trained with.</param>
/// <param name="Trail">The settings tried.</param>
/// <param name="TrainSeconds">Time of the final training alone.</param>
public sealed record RegressionOutcome(
    EncoderModel Model, RegressionModel Regression, RegressionReport Report, IReadOnlyList<RegressionBaseline> Baselines, WordEffects Words,
    RegressionOptions Options, IReadOnlyList<ValidationTrial> Trail, double TrainSeconds);

/// <summary>From a table of texts and numbers to a measured regression: tunes on a part of training, trains anew, and looks at test once.</summary>
public static class RegressionLearning
{
    private const double ValidationFraction = 0.2;

    /// <summary>What tuning may vary, and what may be set by hand.</summary>
    public static IReadOnlyList<HyperParameter> HyperParameters { get; } =
    [
        new("hidden", 64, [16, 32, 64, 128, 256]),
        new("learning-rate", 3e-3, [1e-3, 3e-3, 1e-2]),
        new("decay", 1e-4, [1e-5, 3e-5, 1e-4, 3e-4, 1e-3]),
        new("dropout", 0.2, [0, 0.1, 0.2, 0.3, 0.5]),
        new("huber", 1, [0.5, 1, 2, 100]),
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
        (RegressionTable fit, RegressionTable look) = valid is null ? train.Split(ValidationFraction, request.Seed) : (train, valid);
        (Dictionary<string, double> best, List<ValidationTrial> trail) = ValidationSearch.Run(HyperParameters, request.Fixed, request.Trials, setting =>
        {
            RegressionModel tried = RegressionModel.Train(fit, ToOptions(setting, request), null, cancellationToken);
            double rmse = RegressionReport.Of(look.Targets, tried.Predict(look, request.Threads)).Rmse;
            progress?.Report(new LearnProgress("trial", 1, request.Trials, TimeSpan.Zero, null, "rmse", rmse));
            return -rmse;
        });
        RegressionOptions options = ToOptions(best, request);
        RegressionTable all = valid is null ? train : train.With(valid);
        long started = Stopwatch.GetTimestamp();
        RegressionModel model = RegressionModel.Train(all, options, progress, cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        RegressionReport report = RegressionReport.Of(test.Targets, model.Predict(test, request.Threads));
        List<RegressionBaseline> beside = [Beside("mean", [.. test.Targets.Select(_ => all.Targets.Average())])];
        if (baselines)
        {
            double[] nearest = NearestRows.Predict(all, test, ValidationFraction, request.Seed, out int neighbours);
            beside.Add(Beside($"{neighbours} nearest rows", nearest));
            beside.Add(Ridge("ridge on TF-IDF and the same numbers", bent: false));
            if (model.Features.NumberCount > model.Features.PlainNumbers) beside.Add(Ridge("the same with ranges and place cells", bent: true));
        }

        ModelCard card = request.Card(
            all.ContentHash(), new Dictionary<string, long> { ["rows"] = all.Count, ["features"] = model.FeatureCount }, best, trail,
            new Dictionary<string, double> { ["mae"] = report.Mae, ["rmse"] = report.Rmse }, new Dictionary<string, double[]>());
        return new RegressionOutcome(new EncoderModel(model, card), model, report, beside, WordEffects.Of(model, all), options, trail, seconds);

        RegressionBaseline Ridge(string name, bool bent)
        {
            double[] predicted = RidgeRegression.Predict(all, test, ValidationFraction, bent, request.Seed, request.Threads, out RidgeSetting chosen);
            return Beside(FormattableString.Invariant($"{name} (λ {chosen.Penalty}, words × {chosen.WordWeight})"), predicted);
        }

        RegressionBaseline Beside(string name, double[] predicted)
        {
            RegressionReport other = RegressionReport.Of(test.Targets, predicted);
            ((double, double) mae, (double, double) rmse) = report.Against(other, request.Seed);
            return new RegressionBaseline(name, other, mae, rmse);
        }
    }

    private static RegressionOptions ToOptions(IReadOnlyDictionary<string, double> setting, LearnerRequest request)
    {
        RegressionOptions defaults = new();
        return defaults with
        {
            Features = defaults.Features with { WordNgrams = (int)setting["word-ngrams"], MinCount = (int)setting["min-count"], MinNgramTexts = (int)setting["min-ngram-texts"] },
            Dimension = request.Dimension ?? defaults.Dimension,
            Epochs = request.Epochs ?? defaults.Epochs,
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
    }
}
