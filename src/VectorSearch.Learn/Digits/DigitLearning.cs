using System.Diagnostics;

namespace VectorSearch.Learn;

/// <summary>What came of learning from labelled pictures.</summary>
/// <param name="Model">The encoder and its card.</param>
/// <param name="Classifier">The encoder with its classes.</param>
/// <param name="Report">The softmax on the test pictures.</param>
/// <param name="NearestNeighbours">k-NN under cosine in the embedding on the test pictures.</param>
/// <param name="Options">What the final model was trained with.</param>
/// <param name="Trail">The settings tried.</param>
/// <param name="TrainSeconds">Time of the final training alone.</param>
public sealed record DigitLearningOutcome(
    EncoderModel Model, BitmapClassifier Classifier, ClassificationReport Report, ClassificationReport NearestNeighbours,
    BitmapClassifierOptions Options, IReadOnlyList<ValidationTrial> Trail, double TrainSeconds);

/// <summary>From labelled pictures to a measured embedding: tunes on a part of training, trains anew, and looks at test once.</summary>
public static class DigitLearning
{
    private const double ValidationFraction = 1.0 / 6;
    private const int Neighbours = 10;

    /// <summary>What tuning may vary, and what may be set by hand.</summary>
    public static IReadOnlyList<HyperParameter> HyperParameters { get; } =
    [
        new("hidden", 512, [128, 256, 512, 1024]),
        new("layers", 2, [1, 2, 3]),
        new("augmentation", 1, [0, 0.5, 1, 1.5]),
        new("learning-rate", 3e-3, [1e-3, 3e-3, 1e-2]),
        new("decay", 1e-6, [0, 1e-6, 1e-5]),
        new("batch", 128, [64, 128, 256]),
    ];

    /// <summary>Learns and measures.</summary>
    /// <param name="train">Pictures to learn from.</param>
    /// <param name="valid">Pictures to tune on; null holds out a sixth of each class of <paramref name="train"/>.</param>
    /// <param name="test">Pictures looked at once, at the end.</param>
    /// <param name="request">Budget and settings.</param>
    /// <param name="progress">Receives how far it is.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="ArgumentException">A setting is unknown or out of range.</exception>
    /// <exception cref="LearningException">Training diverged.</exception>
    public static DigitLearningOutcome Run(
        LabelledImages train, LabelledImages? valid, LabelledImages test, LearnerRequest request, IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        request.RequireKnown(HyperParameters);
        (LabelledImages fit, LabelledImages look) = (train, valid ?? train);
        if (valid is null && request.Trials > 0)
        {
            (int[] rows, int[] held) = StratifiedSplit.Of(train.LabelOf, ValidationFraction, request.Seed);
            (fit, look) = (train.Take(rows), train.Take(held));
        }

        (Dictionary<string, double> best, List<ValidationTrial> trail) = ValidationSearch.Run(HyperParameters, request.Fixed, request.Trials, setting =>
        {
            BitmapClassifier tried = BitmapClassifier.Train(fit, ToOptions(setting, request), null, cancellationToken);
            double accuracy = Measure(look, tried.Predict(look, request.Threads)).Accuracy;
            progress?.Report(new LearnProgress("trial", 1, request.Trials, TimeSpan.Zero, null, "accuracy", accuracy));
            return accuracy;
        });
        BitmapClassifierOptions options = ToOptions(best, request);
        LabelledImages all = valid is null ? train : train with
        {
            Images = [.. train.Images, .. valid.Images], Numbers = [.. train.Numbers, .. valid.Numbers], LabelOf = [.. train.LabelOf, .. valid.LabelOf],
        };
        long started = Stopwatch.GetTimestamp();
        BitmapClassifier classifier = BitmapClassifier.Train(all, options, progress, cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        ClassificationReport report = Measure(test, classifier.Predict(test, request.Threads));
        ClassificationReport nearest = Measure(test, Learn.NearestNeighbours.Classify(
            classifier.EncodeAll(all, request.Threads), all.LabelOf, classifier.EncodeAll(test, request.Threads), Neighbours, request.Threads));
        ModelCard card = request.Card(
            all.ContentHash(), new Dictionary<string, long> { ["pictures"] = all.Count, ["labels"] = all.Labels.Count }, best, trail,
            new Dictionary<string, double> { ["error"] = 1 - report.Accuracy, ["accuracy"] = report.Accuracy, ["knn_accuracy"] = nearest.Accuracy },
            new Dictionary<string, double[]> { ["error"] = [1 - report.Interval.High, 1 - report.Interval.Low] });
        return new DigitLearningOutcome(new EncoderModel(classifier, card), classifier, report, nearest, options, trail, seconds);
    }

    private static ClassificationReport Measure(LabelledImages images, int[] predicted) => new(images.Labels.Count, images.LabelOf, predicted);

    private static BitmapClassifierOptions ToOptions(IReadOnlyDictionary<string, double> setting, LearnerRequest request)
    {
        BitmapClassifierOptions defaults = new();
        int hidden = (int)setting["hidden"];
        return defaults with
        {
            Dimension = request.Dimension ?? defaults.Dimension,
            Epochs = request.Epochs ?? defaults.Epochs,
            // Each layer has half the units of the one before.
            Hidden = [.. Enumerable.Range(0, (int)setting["layers"]).Select(n => Math.Max(1, hidden >> n))],
            Augmentation = defaults.Augmentation.Times(setting["augmentation"]),
            LearningRate = setting["learning-rate"],
            Decay = setting["decay"],
            Batch = (int)setting["batch"],
            Seed = request.Seed,
            Threads = request.Threads,
        };
    }
}
