using System.Diagnostics;

namespace VectorSearch.Learn;

/// <summary>What came of learning a joint space.</summary>
/// <param name="Model">The encoder and its card.</param>
/// <param name="Encoder">The encoder with its columns.</param>
/// <param name="Reports">Retrieval in each direction between kinds of the test table.</param>
/// <param name="Baselines">The same by methods without a network, by name.</param>
/// <param name="Options">What the final model was trained with.</param>
/// <param name="Trail">The settings tried.</param>
/// <param name="TrainSeconds">Time of the final training alone.</param>
public sealed record JointOutcome(
    EncoderModel Model, JointEncoder Encoder, IReadOnlyList<RetrievalReport> Reports, IReadOnlyDictionary<string, IReadOnlyList<RetrievalReport>> Baselines,
    JointOptions Options, IReadOnlyList<ValidationTrial> Trail, double TrainSeconds);

/// <summary>From rows that show one thing in several kinds to a measured joint space: tunes on groups held out of training, trains anew, looks at test once.</summary>
public static class JointLearning
{
    private const double ValidationFraction = 0.15;

    /// <summary>What tuning may vary, and what may be set by hand.</summary>
    public static IReadOnlyList<HyperParameter> HyperParameters { get; } =
    [
        new("hidden", 256, [128, 256, 512]),
        new("learning-rate", 2e-3, [5e-4, 1e-3, 2e-3, 4e-3]),
        new("dropout", 0.2, [0, 0.2, 0.4, 0.6]),
        new("augmentation", 1, [0, 0.5, 1, 1.5]),
        new("decay", 1e-6, [0, 1e-6, 1e-5, 1e-4]),
        new("temperature", 0.07, [0.05, 0.07, 0.1]),
        new("batch", 256, [128, 256, 512]),
    ];

    /// <summary>Learns and measures.</summary>
    /// <param name="train">Rows to learn from.</param>
    /// <param name="valid">Rows to tune on; null holds out groups of <paramref name="train"/> whole.</param>
    /// <param name="test">Rows looked at once, at the end.</param>
    /// <param name="request">Budget and settings.</param>
    /// <param name="baselines">Whether to measure ridge regression and canonical correlations beside it.</param>
    /// <param name="progress">Receives how far it is.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="ArgumentException">A setting is unknown or out of range.</exception>
    /// <exception cref="LearningException">Training diverged or collapsed.</exception>
    public static JointOutcome Run(
        JointTable train, JointTable? valid, JointTable test, LearnerRequest request, bool baselines, IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        request.RequireKnown(HyperParameters);
        (JointTable fit, JointTable look) = valid is not null ? (train, valid) : request.Trials > 0 ? train.SplitGroups(ValidationFraction, request.Seed) : (train, train);
        (Dictionary<string, double> best, List<ValidationTrial> trail) = ValidationSearch.Run(HyperParameters, request.Fixed, request.Trials, setting =>
        {
            JointEncoder tried = JointEncoder.Train(fit, ToOptions(setting, request), null, cancellationToken);
            double recall = Measure(tried, look, request.Threads).Where(report => report.Part.Length == 0).Average(report => report.Recall[10]);
            progress?.Report(new LearnProgress("trial", 1, request.Trials, TimeSpan.Zero, null, "recall@10", recall));
            return recall;
        });
        JointOptions options = ToOptions(best, request);
        long started = Stopwatch.GetTimestamp();
        JointEncoder encoder = JointEncoder.Train(train, options, progress, cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        IReadOnlyList<RetrievalReport> reports = Measure(encoder, test, request.Threads);
        Dictionary<string, double> metrics = [];
        foreach (RetrievalReport report in reports.Where(report => report.Part.Length == 0))
        {
            foreach (int k in RetrievalReport.Depths) metrics[$"{report.Direction}:recall@{k}"] = report.Recall[k];
            metrics[$"{report.Direction}:precision@10"] = report.Precision;
        }

        ModelCard card = request.Card(
            train.ContentHash(), new Dictionary<string, long> { ["rows"] = train.Rows.Count, ["groups"] = train.GroupOf.Distinct().Count() }, best, trail, metrics,
            new Dictionary<string, double[]>());
        IReadOnlyDictionary<string, IReadOnlyList<RetrievalReport>> beside = baselines
            ? JointBaselines.Measure(train, test, request.Seed, request.Threads)
            : new Dictionary<string, IReadOnlyList<RetrievalReport>>();
        return new JointOutcome(new EncoderModel(encoder, card), encoder, reports, beside, options, trail, seconds);
    }

    /// <summary>Retrieval in each direction between the kinds of a table.</summary>
    public static IReadOnlyList<RetrievalReport> Measure(JointEncoder encoder, JointTable table, int threads = 0) =>
        RetrievalReport.OfAll(table, [.. table.Columns.Select((column, c) => encoder.EncodeAll(column, table.Items[c], threads))], threads);

    private static JointOptions ToOptions(IReadOnlyDictionary<string, double> setting, LearnerRequest request)
    {
        JointOptions defaults = new();
        return defaults with
        {
            Dimension = request.Dimension ?? defaults.Dimension,
            Epochs = request.Epochs ?? defaults.Epochs,
            Hidden = (int)setting["hidden"],
            LearningRate = setting["learning-rate"],
            Dropout = setting["dropout"],
            Augmentation = setting["augmentation"],
            Decay = setting["decay"],
            Temperature = setting["temperature"],
            Batch = (int)setting["batch"],
            Seed = request.Seed,
            Threads = request.Threads,
        };
    }
}
