using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace VectorSearch.Learn;

/// <summary>From labelled clips of sound to a measured metric; test clips are looked at once.</summary>
public static class AudioLearning
{
    /// <summary>Learns and measures.</summary>
    /// <param name="train">Clips to learn from.</param>
    /// <param name="test">Clips held out.</param>
    /// <param name="request">Budget and settings.</param>
    /// <param name="baselines">Whether to measure nearest neighbours without learning beside it.</param>
    /// <param name="progress">Receives how far it is.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="ArgumentException">A setting is unknown or out of range.</exception>
    /// <exception cref="LearningException">Training diverged or collapsed.</exception>
    public static MetricLearningOutcome Run(
        LabelledClips train, LabelledClips test, MetricLearningRequest request, bool baselines, IProgress<LearnProgress>? progress,
        CancellationToken cancellationToken)
    {
        MetricTuning.RequireKnown(request);
        (int[] fitRows, int[] heldRows) = StratifiedSplit.Of(train.LabelOf, MetricTuning.ValidationFraction, request.Seed);
        (LabelledClips fit, LabelledClips held) = (train.Take(fitRows), train.Take(heldRows));
        (Dictionary<string, double> best, List<ValidationTrial> trail) = ValidationSearch.Run(
            MetricTuning.HyperParameters, request.Fixed, request.Trials,
            setting => Measure(Train(fit, setting, request, null, cancellationToken), fit, held, request).Accuracy);
        long started = Stopwatch.GetTimestamp();
        AudioEncoder encoder = Train(train, best, request, progress, cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        ClassificationReport report = Measure(encoder, train, test, request);
        Dictionary<string, ClassificationReport> beside = [];
        if (baselines)
        {
            SpectrumOptions options = new();
            beside["1-nn-euclidean-mfcc"] = new(train.Labels.Count, test.LabelOf, AudioBaselines.Euclidean(train, test, options, request.Threads));
            beside["1-nn-dtw-mfcc"] = new(train.Labels.Count, test.LabelOf, AudioBaselines.TimeWarping(train, test, options, request.Threads));
        }

        ModelCard card = MetricTuning.Card(report, request, best, trail, Hash(train), train.Clips.Count);
        return new MetricLearningOutcome(new EncoderModel(encoder, card), report, trail, seconds, beside);
    }

    private static AudioEncoder Train(
        LabelledClips clips, IReadOnlyDictionary<string, double> setting, MetricLearningRequest request, IProgress<LearnProgress>? progress,
        CancellationToken cancellationToken) =>
        AudioEncoder.Train(
            clips, new SpectrumOptions(), SpectrumAugmentation.Default with { Noise = setting["noise"] }, MetricTuning.ToOptions(setting, request), progress,
            cancellationToken);

    private static ClassificationReport Measure(AudioEncoder encoder, LabelledClips known, LabelledClips asked, MetricLearningRequest request)
    {
        VectorTable vectors = encoder.EncodeAll(known.Clips, request.Threads), queries = encoder.EncodeAll(asked.Clips, request.Threads);
        int[] predicted = NearestNeighbours.Classify(vectors, known.LabelOf, queries, request.Neighbours, request.Threads);
        return new ClassificationReport(known.Labels.Count, asked.LabelOf, predicted);
    }

    private static string Hash(LabelledClips clips)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int n = 0; n < clips.Clips.Count; n++)
        {
            hash.AppendData(MemoryMarshal.AsBytes(clips.Clips[n].Samples.AsSpan()));
            hash.AppendData(Encoding.UTF8.GetBytes(clips.Labels[clips.LabelOf[n]]));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
