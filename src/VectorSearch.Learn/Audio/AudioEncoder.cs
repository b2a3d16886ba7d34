using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Sound → unit vectors of a learned metric: log-mel spectrum on a fixed grid, then a network.</summary>
public sealed class AudioEncoder : LearnedEncoder
{
    internal const string KindName = "audio-metric/1";

    private readonly LogMelSpectrum _spectrum;
    private readonly MetricNetwork _network;

    internal AudioEncoder(LogMelSpectrum spectrum, MetricNetwork network) => (_spectrum, _network) = (spectrum, network);

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override int Dimension => _network.Dimension;

    /// <summary>Learns from labelled clips.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message lists all faults.</exception>
    /// <exception cref="LearningException">Training diverged or collapsed.</exception>
    public static AudioEncoder Train(
        LabelledClips clips, SpectrumOptions spectrum, SpectrumAugmentation augmentation, MetricLearningOptions options,
        IProgress<LearnProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<string> faults = spectrum.Validate();
        if (faults.Count > 0) throw new ArgumentException(string.Join(" ", faults), nameof(spectrum));
        LogMelSpectrum front = new(spectrum);
        SpectrumExamples examples = new(front, clips.Clips, augmentation, options.Threads);
        return new AudioEncoder(front, MetricLearner.Train(examples, clips.LabelOf, options, progress, cancellationToken));
    }

    /// <summary>The vector of a WAV file.</summary>
    /// <param name="wav">Its bytes.</param>
    /// <param name="name">What to call it in an error.</param>
    /// <param name="vector">Receives <see cref="LearnedEncoder.Dimension"/> coordinates of unit length.</param>
    /// <exception cref="DataFormatException">The bytes are no WAV that can be read.</exception>
    public void Encode(ReadOnlySpan<byte> wav, string name, Span<float> vector) => Encode(WavReader.Read(wav, name), vector);

    /// <summary>The vector of a clip.</summary>
    public void Encode(AudioClip clip, Span<float> vector)
    {
        RequireDimension(vector);
        float[] grid = new float[SpectrumGrid.Width(_spectrum.Options)];
        SpectrumGrid.Fill(_spectrum.Frames(clip), _spectrum.Options, grid);
        _network.Encode(grid, vector);
    }

    /// <summary>Vectors of many clips, one a row.</summary>
    public VectorTable EncodeAll(IReadOnlyList<AudioClip> clips, int threads = 0)
    {
        VectorTable vectors = new(clips.Count, Dimension);
        DeterministicParallel.For(clips.Count, 8, threads, (from, to) =>
        {
            for (int n = from; n < to; n++) Encode(clips[n], vectors.Writable(n));
        });
        return vectors;
    }

    internal override EncoderParts ToParts() => new() { Parameters = _spectrum.Options.ToParameters(), Weights = _network.ToTables() };

    internal static AudioEncoder OfParts(EncoderParts parts)
    {
        SpectrumOptions options = SpectrumOptions.OfParameters(parts.Parameters);
        MetricNetwork network = MetricNetwork.OfTables(parts.Weights);
        return network.Width == SpectrumGrid.Width(options)
            ? new AudioEncoder(new LogMelSpectrum(options), network)
            : throw new FormatException($"the network takes {network.Width} values, the spectrum has {SpectrumGrid.Width(options)}.");
    }
}

/// <summary>Spectra to train on, changed at random in each epoch.</summary>
internal sealed class SpectrumExamples : IDenseExamples
{
    private readonly SpectrumOptions _options;
    private readonly SpectrumAugmentation _augmentation;
    private readonly float[][][] _frames;

    public SpectrumExamples(LogMelSpectrum front, IReadOnlyList<AudioClip> clips, SpectrumAugmentation augmentation, int threads)
    {
        (_options, _augmentation) = (front.Options, augmentation);
        _frames = new float[clips.Count][][];
        DeterministicParallel.For(clips.Count, 8, threads, (from, to) =>
        {
            for (int n = from; n < to; n++) _frames[n] = front.Frames(clips[n]);
        });
    }

    public int Count => _frames.Length;

    public int Width => SpectrumGrid.Width(_options);

    public void Read(int example, Span<float> row) => SpectrumGrid.Fill(_frames[example], _options, row);

    public void ReadAugmented(int example, ulong seed, int epoch, Span<float> row)
    {
        Xoshiro256 random = new(seed, ((ulong)(epoch + 1) << 32) + (ulong)example);
        SpectrumGrid.Fill(_frames[example], _options, _augmentation, ref random, row);
    }
}
