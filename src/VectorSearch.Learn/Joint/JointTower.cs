using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>The way of one column into the common space.</summary>
internal abstract class JointTower
{
    /// <summary>What is learned.</summary>
    public abstract IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Outputs, not yet of unit length, of some things of the column as they are trained on in an epoch; batch × stride.</summary>
    public abstract float[] Forward(int[] items, ulong seed, int epoch);

    /// <summary>Leaves the gradients of all parameters.</summary>
    public abstract void Backward(float[] gradient, int batch);

    /// <summary>What a model file keeps.</summary>
    public abstract EncoderParts ToParts();

    /// <summary>The random numbers of one thing in one epoch.</summary>
    protected static Xoshiro256 RandomOf(ulong seed, int epoch, int item) => new(seed, ((ulong)(epoch + 1) << 32) + (ulong)item);
}

/// <summary>Texts: the weighted bag of words and parts of words, each with a vector, and a linear layer. Ids: a vector each.</summary>
internal sealed class BagTower(TextFeatures? features, Vocabulary? ids, FeatureNetwork network, FeatureBag[] bags, double dropout) : JointTower
{
    public override IReadOnlyList<Parameter> Parameters => network.Parameters;

    public static BagTower OfTexts(IReadOnlyList<string> texts, JointOptions options, ulong salt)
    {
        TextFeatures features = TextFeatures.Of(texts, options.Texts);
        return new BagTower(features, null, Network(features.Rows, options, salt), [.. texts.Select(features.Encode)], options.Dropout);
    }

    public static BagTower OfIds(IReadOnlyList<string> ids, JointOptions options, ulong salt) =>
        new(null, new Vocabulary(ids), Network(ids.Count, options, salt), [.. Enumerable.Range(0, ids.Count).Select(n => new FeatureBag([n], [1]))], dropout: 0);

    public static BagTower OfParts(EncoderParts parts)
    {
        FeatureNetwork network = FeatureNetwork.OfTables(parts.Weights["embedding"], parts.Weights);
        if (parts.Vocabularies.TryGetValue("ids", out Vocabulary? ids)) return new BagTower(null, ids, network, [], 0);
        ulong[] keys = parts.Keys["features"];
        return new BagTower(new TextFeatures(TextFeatureOptions.OfParameters(parts.Parameters), keys, parts.Weights["feature-weights"][0][..keys.Length].ToArray()), null, network, [], 0);
    }

    public override float[] Forward(int[] items, ulong seed, int epoch) => network.Forward([.. items.Select(item => Drop(item, seed, epoch))], []);

    public override void Backward(float[] gradient, int batch) => network.Backward(gradient);

    /// <summary>The output of a text; false when none of its words or parts is known.</summary>
    public bool Encode(string text, Span<float> vector)
    {
        FeatureBag bag = features!.Encode(text);
        return bag.Rows.Length > 0 && Encode(bag, vector);
    }

    /// <summary>The output of some ids; false when none is known.</summary>
    public bool Encode(IReadOnlyList<string> known, Span<float> vector)
    {
        int[] rows = [.. known.Select(id => ids!.TryGetRow(id, out int row) ? row : -1).Where(row => row >= 0).Distinct().Order()];
        float[] weights = new float[rows.Length];
        Array.Fill(weights, EmbeddingBag.Scale(rows.Length));
        return rows.Length > 0 && Encode(new FeatureBag(rows, weights), vector);
    }

    public override EncoderParts ToParts()
    {
        Dictionary<string, VectorTable> weights = new(network.LayerTables()) { ["embedding"] = network.Embedding };
        if (features is null) return new EncoderParts { Vocabularies = new Dictionary<string, Vocabulary> { ["ids"] = ids! }, Weights = weights };
        VectorTable rows = new(1, Math.Max(1, features.Rows));
        features.RowWeights.CopyTo(rows.Writable(0));
        weights.Add("feature-weights", rows);
        return new EncoderParts { Parameters = features.Options.ToParameters(), Keys = new Dictionary<string, ulong[]> { ["features"] = features.Keys }, Weights = weights };
    }

    private static FeatureNetwork Network(int rows, JointOptions options, ulong salt) => FeatureNetwork.Create(
        new FeatureNetworkShape(rows, options.Dimension, 0, [], options.Dimension, Linear: false), deviation: 0.3, options.Seed + salt, options.Threads);

    private bool Encode(FeatureBag bag, Span<float> vector)
    {
        network.Share().Forward([bag], []).AsSpan(0, vector.Length).CopyTo(vector);
        return FixedLanes.TryNormalise(vector);
    }

    private FeatureBag Drop(int item, ulong seed, int epoch)
    {
        FeatureBag bag = bags[item];
        if (dropout == 0) return bag;
        Xoshiro256 random = RandomOf(seed, epoch, item);
        int[] rows = new int[bag.Rows.Length];
        float[] weights = new float[rows.Length];
        int kept = 0;
        for (int n = 0; n < rows.Length; n++)
        {
            if (random.NextSingle() < dropout) continue;
            (rows[kept], weights[kept++]) = (bag.Rows[n], bag.Weights[n]);
        }

        return kept == 0 ? bag : new FeatureBag(rows[..kept], weights[..kept]);
    }
}

/// <summary>Pictures and clips of sound: numbers of a fixed count, standardised, through a network.</summary>
internal sealed class DenseTower : JointTower
{
    private const int Chunk = 8;
    private static readonly ImageAugmentation Pictures = new(Shift: 0.08, Scale: 0.12, Rotation: 10, Colour: 0.25);

    private readonly ImageFeatures? _picture;
    private readonly LogMelSpectrum? _spectrum;
    private readonly MetricNetwork _network;
    private readonly IDenseExamples? _examples;
    private readonly int _threads;

    private DenseTower(ImageFeatures? picture, LogMelSpectrum? spectrum, MetricNetwork network, IDenseExamples? examples, int threads) =>
        (_picture, _spectrum, _network, _examples, _threads) = (picture, spectrum, network, examples, threads);

    public override IReadOnlyList<Parameter> Parameters => _network.Parameters;

    public static DenseTower OfImages(IReadOnlyList<PixelImage> images, JointOptions options, ulong salt)
    {
        ImageFeatures picture = new(images.Any(image => image.Channels == 3) ? 3 : 1);
        PictureExamples examples = new(picture, images, Pictures.Times(options.Augmentation));
        return new DenseTower(picture, null, Network(examples, options, salt), examples, options.Threads);
    }

    public static DenseTower OfClips(IReadOnlyList<AudioClip> clips, JointOptions options, ulong salt)
    {
        LogMelSpectrum spectrum = new(new SpectrumOptions());
        SpectrumAugmentation full = SpectrumAugmentation.Default;
        double factor = options.Augmentation;
        SpectrumExamples examples = new(
            spectrum, clips, new SpectrumAugmentation(full.Crop * factor, full.Warp * factor, full.Bend * factor, full.Mask * factor, full.Noise * factor), options.Threads);
        return new DenseTower(null, spectrum, Network(examples, options, salt), examples, options.Threads);
    }

    public static DenseTower OfParts(EncoderParts parts)
    {
        MetricNetwork network = MetricNetwork.OfTables(parts.Weights);
        bool picture = parts.Parameters.ContainsKey("channels");
        DenseTower tower = new(
            picture ? new ImageFeatures((int)parts.Parameters["channels"]) : null, picture ? null : new LogMelSpectrum(SpectrumOptions.OfParameters(parts.Parameters)),
            network, null, threads: 1);
        int width = tower._picture?.Width ?? SpectrumGrid.Width(tower._spectrum!.Options);
        return network.Width == width ? tower : throw new FormatException($"the network takes {network.Width} values: expected {width}.");
    }

    public override float[] Forward(int[] items, ulong seed, int epoch)
    {
        float[] input = new float[items.Length * _network.InputStride];
        DeterministicParallel.For(items.Length, Chunk, _threads, () => new float[_network.Width], (from, to, row) =>
        {
            for (int n = from; n < to; n++)
            {
                _examples!.ReadAugmented(items[n], seed, epoch, row);
                _network.Standardise(row, input.AsSpan(n * _network.InputStride));
            }
        });
        return _network.Forward(input, items.Length);
    }

    public override void Backward(float[] gradient, int batch) => _network.Backward(gradient, batch);

    public bool Encode(PixelImage image, Span<float> vector)
    {
        float[] features = new float[_network.Width];
        _picture!.Fill(image, features);
        return _network.Encode(features, vector);
    }

    public bool Encode(AudioClip clip, Span<float> vector)
    {
        float[] grid = new float[_network.Width];
        SpectrumGrid.Fill(_spectrum!.Frames(clip), _spectrum.Options, grid);
        return _network.Encode(grid, vector);
    }

    public override EncoderParts ToParts() => new()
    {
        Parameters = _picture is null ? _spectrum!.Options.ToParameters() : new Dictionary<string, double> { ["channels"] = _picture.Channels },
        Weights = _network.ToTables(),
    };

    private static MetricNetwork Network(IDenseExamples examples, JointOptions options, ulong salt)
    {
        (float[] means, float[] deviations) = MetricLearner.Standard(examples);
        return MetricNetwork.Create(means, deviations, new MetricLearningOptions
        {
            Dimension = options.Dimension, Hidden = [options.Hidden], Seed = options.Seed + salt, Threads = options.Threads,
        });
    }

    private sealed class PictureExamples(ImageFeatures picture, IReadOnlyList<PixelImage> images, ImageAugmentation strength) : IDenseExamples
    {
        public int Count => images.Count;

        public int Width => picture.Width;

        public void Read(int example, Span<float> row) => picture.Fill(images[example], row);

        public void ReadAugmented(int example, ulong seed, int epoch, Span<float> row)
        {
            Xoshiro256 random = RandomOf(seed, epoch, example);
            picture.Fill(images[example], strength, ref random, row);
        }
    }
}
