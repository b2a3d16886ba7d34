namespace VectorSearch.Learn;

/// <summary>What a metric learner is asked for.</summary>
public sealed record MetricLearningRequest
{
    /// <summary>Coordinates of a vector; null for the default.</summary>
    public int? Dimension { get; init; }

    /// <summary>Passes over the examples; null for the default.</summary>
    public int? Epochs { get; init; }

    /// <summary>The loss.</summary>
    public MetricLoss Loss { get; init; }

    /// <summary>Settings tried on a part of the training examples held out; 0 takes the defaults.</summary>
    public int Trials { get; init; }

    /// <summary>Neighbours that vote.</summary>
    public int Neighbours { get; init; } = 5;

    /// <summary>Seed of everything random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Most threads; 0 for all cores.</summary>
    public int Threads { get; init; }

    /// <summary>Hyper-parameters set by hand, by the names of <see cref="MetricTuning.HyperParameters"/>.</summary>
    public IReadOnlyDictionary<string, double> Fixed { get; init; } = new Dictionary<string, double>();
}

/// <summary>What came of learning a metric.</summary>
/// <param name="Model">The encoder and its card.</param>
/// <param name="Report">k-NN under cosine in the learned space, on the test examples.</param>
/// <param name="Trail">The settings tried.</param>
/// <param name="TrainSeconds">Time of the final training alone.</param>
/// <param name="Baselines">Nearest neighbours without learning, by name.</param>
public sealed record MetricLearningOutcome(
    EncoderModel Model, ClassificationReport Report, IReadOnlyList<ValidationTrial> Trail, double TrainSeconds,
    IReadOnlyDictionary<string, ClassificationReport> Baselines);

/// <summary>The hyper-parameters of metric learning, and their search on a part of the training examples.</summary>
public static class MetricTuning
{
    internal const double ValidationFraction = 0.2;

    /// <summary>What tuning may vary, and what may be set by hand.</summary>
    public static IReadOnlyList<HyperParameter> HyperParameters { get; } =
    [
        new("hidden", 256, [64, 128, 256, 512]),
        new("layers", 1, [0, 1, 2]),
        new("learning-rate", 1e-3, [3e-4, 1e-3, 3e-3]),
        new("temperature", 0.2, [0.05, 0.1, 0.2]),
        new("noise", 0.3, [0, 0.1, 0.3, 0.5, 0.8]),
        new("decay", 1e-5, [0, 1e-5, 1e-4]),
        new("batch", 64, [64]),
        new("margin", 0.5, [0.5]),
    ];

    internal static MetricLearningOptions ToOptions(IReadOnlyDictionary<string, double> setting, MetricLearningRequest request)
    {
        MetricLearningOptions defaults = new();
        return defaults with
        {
            Dimension = request.Dimension ?? defaults.Dimension,
            Epochs = request.Epochs ?? defaults.Epochs,
            Loss = request.Loss,
            Hidden = [.. Enumerable.Repeat((int)setting["hidden"], (int)setting["layers"])],
            LearningRate = setting["learning-rate"],
            Temperature = setting["temperature"],
            Decay = setting["decay"],
            Batch = (int)setting["batch"],
            Margin = setting["margin"],
            Seed = request.Seed,
            Threads = request.Threads,
        };
    }

    internal static void RequireKnown(MetricLearningRequest request)
    {
        foreach (string name in request.Fixed.Keys)
        {
            if (HyperParameters.All(p => p.Name != name))
                throw new ArgumentException($"--set names '{name}': expected one of {string.Join(", ", HyperParameters.Select(p => p.Name))}.", nameof(request));
        }
    }

    internal static ModelCard Card(
        ClassificationReport report, MetricLearningRequest request, IReadOnlyDictionary<string, double> setting, IReadOnlyList<ValidationTrial> trail, string hash, long examples) => new()
        {
            Created = DateTimeOffset.UtcNow,
            DataHash = hash,
            Counts = new Dictionary<string, long> { ["examples"] = examples },
            Seed = request.Seed,
            HyperParameters = setting,
            Tuning = [.. trail.Select(trial => trial.ToString())],
            Metrics = new Dictionary<string, double> { ["knn_accuracy"] = report.Accuracy, ["macro_f1"] = report.MacroF1 },
            Intervals = new Dictionary<string, double[]> { ["knn_accuracy"] = [report.Interval.Low, report.Interval.High] },
        };
}
