using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace VectorSearch.Learn;

/// <summary>From a table of features to a measured metric; test rows are looked at once.</summary>
public static class DenseLearning
{
    /// <summary>Learns and measures.</summary>
    /// <exception cref="ArgumentException">A setting is unknown or out of range.</exception>
    /// <exception cref="LearningException">Training diverged or collapsed.</exception>
    public static MetricLearningOutcome Run(
        DenseTable train, DenseTable test, MetricLearningRequest request, IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        MetricTuning.RequireKnown(request);
        (int[] fitRows, int[] heldRows) = StratifiedSplit.Of(train.LabelOf, MetricTuning.ValidationFraction, request.Seed);
        (DenseTable fit, DenseTable held) = (train.Take(fitRows), train.Take(heldRows));
        (Dictionary<string, double> best, List<ValidationTrial> trail) = ValidationSearch.Run(
            MetricTuning.HyperParameters, request.Fixed, request.Trials,
            setting => Measure(Train(fit, setting, request, null, cancellationToken), fit, held, request).Accuracy);
        long started = Stopwatch.GetTimestamp();
        DenseEncoder encoder = Train(train, best, request, progress, cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        ClassificationReport report = Measure(encoder, train, test, request);
        ModelCard card = MetricTuning.Card(report, request, best, trail, Hash(train), train.Rows.Rows);
        return new MetricLearningOutcome(new EncoderModel(encoder, card), report, trail, seconds, new Dictionary<string, ClassificationReport>());
    }

    private static DenseEncoder Train(
        DenseTable table, IReadOnlyDictionary<string, double> setting, MetricLearningRequest request, IProgress<LearnProgress>? progress, CancellationToken cancellationToken) =>
        DenseEncoder.Train(table, MetricTuning.ToOptions(setting, request), setting["noise"], progress, cancellationToken);

    private static ClassificationReport Measure(DenseEncoder encoder, DenseTable known, DenseTable asked, MetricLearningRequest request)
    {
        VectorTable vectors = encoder.EncodeAll(known, request.Threads), queries = encoder.EncodeAll(asked, request.Threads);
        int[] predicted = NearestNeighbours.Classify(vectors, known.LabelOf, queries, request.Neighbours, request.Threads);
        return new ClassificationReport(known.Labels.Count, asked.LabelOf, predicted);
    }

    private static string Hash(DenseTable table)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int n = 0; n < table.Rows.Rows; n++)
        {
            hash.AppendData(MemoryMarshal.AsBytes(table.Rows[n]));
            hash.AppendData(Encoding.UTF8.GetBytes(table.Labels[table.LabelOf[n]]));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
