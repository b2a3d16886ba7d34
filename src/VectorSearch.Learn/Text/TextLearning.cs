using System.Diagnostics;

namespace VectorSearch.Learn;

/// <summary>What <see cref="TextLearning"/> is asked for.</summary>
public sealed record TextLearningRequest
{
    /// <summary>Coordinates of a vector; null for the default.</summary>
    public int? Dimension { get; init; }

    /// <summary>Passes over the texts; null for the default.</summary>
    public int? Epochs { get; init; }

    /// <summary>Settings tried on the validation part; 0 takes the defaults.</summary>
    public int Trials { get; init; }

    /// <summary>Seed of everything random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Most threads; 0 for all cores.</summary>
    public int Threads { get; init; }

    /// <summary>Neighbours that vote in the k-NN measure.</summary>
    public int Neighbours { get; init; } = 10;

    /// <summary>An encoder of texts from another task to start from; null for none. Its dimension is taken.</summary>
    public LearnedEncoder? Start { get; init; }

    /// <summary>Whether the vectors of <see cref="Start"/> stay as they are.</summary>
    public bool Freeze { get; init; }

    /// <summary>Hyper-parameters set by hand, by the names of <see cref="TextLearning.HyperParameters"/>.</summary>
    public IReadOnlyDictionary<string, double> Fixed { get; init; } = new Dictionary<string, double>();
}

/// <summary>What came of learning from texts.</summary>
/// <param name="Model">The encoder and its card.</param>
/// <param name="Classifier">The encoder with its classes.</param>
/// <param name="Report">The classifier on the test texts.</param>
/// <param name="NearestNeighbours">k-NN under cosine in the learned space on the test texts.</param>
/// <param name="Options">What the final model was trained with.</param>
/// <param name="Trail">The settings tried.</param>
/// <param name="TrainSeconds">Time of the final training alone, without reading and tuning.</param>
public sealed record TextLearningOutcome(
    EncoderModel Model, TextClassifier Classifier, ClassificationReport Report, ClassificationReport NearestNeighbours,
    TextClassifierOptions Options, IReadOnlyList<ValidationTrial> Trail, double TrainSeconds);

/// <summary>
/// From labelled texts to a measured encoder: tunes on a validation part, trains anew on everything but the test texts,
/// and looks at those once.
/// </summary>
public static class TextLearning
{
    private const double ValidationFraction = 0.1;

    /// <summary>What tuning may vary, and what may be set by hand.</summary>
    public static IReadOnlyList<HyperParameter> HyperParameters { get; } =
    [
        new("word-ngrams", 3, [1, 2, 3]),
        new("idf-power", 0.5, [0, 0.5, 1]),
        new("damping", 1, [0.1, 0.3, 1, 3, 10]),
        new("char-weight", 0.3, [0.1, 0.3, 1]),
        new("min-ngram-texts", 1, [1, 2, 3]),
        new("learning-rate", 0.1, [0.05, 0.1, 0.2, 0.5]),
        new("dropout", 0, [0, 0.2, 0.4]),
        new("one-versus-all", 0, [0, 1]),
        new("min-chars", 3, [3]),
        new("max-chars", 6, [6]),
        new("min-count", 1, [1]),
        new("lowercase", 1, [1]),
        new("batch", 16, [16]),
    ];

    /// <summary>Learns and measures.</summary>
    /// <param name="train">Texts to learn from.</param>
    /// <param name="valid">Texts to tune on; null holds out a tenth of each class of <paramref name="train"/>.</param>
    /// <param name="test">Texts looked at once, at the end.</param>
    /// <param name="request">Budget and settings.</param>
    /// <param name="progress">Receives how far it is.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="ArgumentException">A setting is unknown or out of range.</exception>
    public static TextLearningOutcome Run(
        LabelledTexts train, LabelledTexts? valid, LabelledTexts test, TextLearningRequest request, IProgress<LearnProgress>? progress,
        CancellationToken cancellationToken)
    {
        foreach (string name in request.Fixed.Keys)
        {
            if (HyperParameters.All(p => p.Name != name))
                throw new ArgumentException($"--set names '{name}': expected one of {string.Join(", ", HyperParameters.Select(p => p.Name))}.", nameof(request));
        }

        (LabelledTexts fit, LabelledTexts look) = (train, valid ?? train);
        if (valid is null && request.Trials > 0)
        {
            (int[] rows, int[] held) = StratifiedSplit.Of(train.LabelOf, ValidationFraction, request.Seed);
            (fit, look) = (train.Take(rows), train.Take(held));
        }

        (Dictionary<string, double> best, List<ValidationTrial> trail) = ValidationSearch.Run(HyperParameters, request.Fixed, request.Trials, setting =>
        {
            TextClassifier tried = TextClassifier.Train(fit, ToOptions(setting, request, fit.Count), null, cancellationToken);
            return Measure(look, tried.Predict(look.Texts, request.Threads)).Accuracy;
        });
        LabelledTexts all = valid is null ? train : train with { Texts = [.. train.Texts, .. valid.Texts], LabelOf = [.. train.LabelOf, .. valid.LabelOf] };
        TextClassifierOptions options = ToOptions(best, request, all.Count);
        long started = Stopwatch.GetTimestamp();
        TextClassifier classifier = TextClassifier.Train(all, options, progress, cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        ClassificationReport report = Measure(test, classifier.Predict(test.Texts, request.Threads));
        int[] nearest = Learn.NearestNeighbours.Classify(
            classifier.EncodeAll(all.Texts, request.Threads), all.LabelOf, classifier.EncodeAll(test.Texts, request.Threads), request.Neighbours, request.Threads);
        ClassificationReport neighbours = Measure(test, nearest);
        ModelCard card = new()
        {
            Created = DateTimeOffset.UtcNow,
            DataHash = all.ContentHash(),
            Counts = new Dictionary<string, long> { ["texts"] = all.Count, ["labels"] = all.Labels.Count, ["features"] = classifier.FeatureCount },
            Seed = request.Seed,
            HyperParameters = best,
            Tuning = [.. trail.Select(trial => trial.ToString())],
            Metrics = new Dictionary<string, double> { ["accuracy"] = report.Accuracy, ["macro_f1"] = report.MacroF1, ["knn_accuracy"] = neighbours.Accuracy },
            Intervals = new Dictionary<string, double[]>
            {
                ["accuracy"] = [report.Interval.Low, report.Interval.High], ["knn_accuracy"] = [neighbours.Interval.Low, neighbours.Interval.High],
            },
        };
        return new TextLearningOutcome(new EncoderModel(classifier, card), classifier, report, neighbours, options, trail, seconds);
    }

    private static ClassificationReport Measure(LabelledTexts texts, int[] predicted) => new(texts.Labels.Count, texts.LabelOf, predicted);

    private static TextClassifierOptions ToOptions(IReadOnlyDictionary<string, double> setting, TextLearningRequest request, int texts)
    {
        TextClassifierOptions defaults = new();
        return defaults with
        {
            Features = defaults.Features with
            {
                WordNgrams = (int)setting["word-ngrams"],
                IdfPower = setting["idf-power"],
                CharacterWeight = setting["char-weight"],
                MinNgramTexts = (int)setting["min-ngram-texts"],
                MinCharacters = (int)setting["min-chars"],
                MaxCharacterNgram = (int)setting["max-chars"],
                MinCount = (int)setting["min-count"],
                Lowercase = setting["lowercase"] != 0,
            },
            Dimension = request.Dimension ?? request.Start?.Dimension ?? defaults.Dimension,
            Start = request.Start,
            Freeze = request.Freeze,
            Epochs = request.Epochs ?? defaults.EpochsFor(texts),
            LearningRate = setting["learning-rate"],
            Damping = setting["damping"],
            Dropout = setting["dropout"],
            Batch = (int)setting["batch"],
            Loss = setting["one-versus-all"] == 0 ? ClassificationLoss.Softmax : ClassificationLoss.OneVersusAll,
            Seed = request.Seed,
            Threads = request.Threads,
        };
    }
}
