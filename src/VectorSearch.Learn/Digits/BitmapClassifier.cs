using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Pictures of ink → classes, through an embedding of few dimensions: each inked pixel has a vector, a picture's embedding is
/// their sum divided by the root of their number, and hidden layers and a softmax read the class from it and from numbers beside
/// the picture. Immutable; safe from many threads.
/// </summary>
public sealed class BitmapClassifier : LearnedEncoder
{
    internal const string KindName = "bitmap-classifier/1";
    private const int Chunk = 256;

    private readonly BitmapOptions _bitmap;
    private readonly FeatureNetwork _network;
    private readonly VectorTable _centre;
    private readonly NumberScaling _scaling;

    internal BitmapClassifier(BitmapOptions bitmap, Vocabulary labels, NumberScaling scaling, FeatureNetwork network, VectorTable centre) =>
        (_bitmap, Labels, _scaling, _network, _centre) = (bitmap, labels, scaling, network, centre);

    /// <summary>The classes.</summary>
    public Vocabulary Labels { get; }

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override int Dimension => _network.Dimension;

    /// <summary>Pixels across of a picture.</summary>
    public int ImageWidth => _bitmap.Width;

    /// <summary>Pixels down of a picture.</summary>
    public int ImageHeight => _bitmap.Height;

    /// <summary>Learns from labelled pictures.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message lists all faults.</exception>
    /// <exception cref="LearningException">Training diverged.</exception>
    public static BitmapClassifier Train(
        LabelledImages images, BitmapClassifierOptions options, IProgress<LearnProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<string> faults = options.Validate();
        if (faults.Count > 0) throw new ArgumentException(string.Join(" ", faults), nameof(options));
        return new BitmapTrainer(images, options).Run(progress, cancellationToken);
    }

    /// <summary>The embedding of a picture as the hidden layers see it.</summary>
    /// <param name="image">A picture of the size trained on.</param>
    /// <param name="vector">Receives <see cref="LearnedEncoder.Dimension"/> coordinates.</param>
    /// <exception cref="ArgumentException">The picture has another size.</exception>
    public void Embed(PixelImage image, Span<float> vector)
    {
        RequireDimension(vector);
        _network.Embed(ToBag(image), vector);
    }

    /// <summary>The embedding less the mean of all training pictures, of unit length.</summary>
    /// <param name="image">A picture of the size trained on.</param>
    /// <param name="vector">Receives <see cref="LearnedEncoder.Dimension"/> coordinates.</param>
    /// <returns>False when the picture is the mean itself.</returns>
    public bool Encode(PixelImage image, Span<float> vector)
    {
        Embed(image, vector);
        FixedLanes.Add(vector, -1, _centre[0]);
        return FixedLanes.TryNormalise(vector);
    }

    /// <summary>The likeliest class of each picture.</summary>
    public int[] Predict(LabelledImages images, int threads = 0)
    {
        int[] predicted = new int[images.Count];
        DeterministicParallel.For(images.Count, Chunk, threads, (from, to) =>
        {
            FeatureNetwork network = _network.Share();
            FeatureBag[] bags = [.. Enumerable.Range(from, to - from).Select(n => ToBag(images.Images[n]))];
            float[] logits = network.Forward(bags, _scaling.Scale(images.Numbers, from, to));
            for (int n = from; n < to; n++)
            {
                ReadOnlySpan<float> row = logits.AsSpan((n - from) * network.OutputStride, Labels.Count);
                predicted[n] = IndexOfGreatest(row);
            }
        });
        return predicted;
    }

    /// <summary>Unit vectors of many pictures, one a row.</summary>
    public VectorTable EncodeAll(LabelledImages images, int threads = 0)
    {
        VectorTable vectors = new(images.Count, Dimension);
        DeterministicParallel.For(images.Count, Chunk, threads, (from, to) =>
        {
            for (int n = from; n < to; n++) Encode(images.Images[n], vectors.Writable(n));
        });
        return vectors;
    }

    /// <summary>Embeddings of many pictures as the hidden layers see them, one a row.</summary>
    public VectorTable EmbedAll(LabelledImages images, int threads = 0)
    {
        VectorTable vectors = new(images.Count, Dimension);
        DeterministicParallel.For(images.Count, Chunk, threads, (from, to) =>
        {
            for (int n = from; n < to; n++) Embed(images.Images[n], vectors.Writable(n));
        });
        return vectors;
    }

    internal override EncoderParts ToParts()
    {
        Dictionary<string, VectorTable> head = _network.LayerTables();
        if (_scaling.Table is { } scaling) head.Add("scaling", scaling);
        return new EncoderParts
        {
            Parameters = _bitmap.ToParameters(),
            Vocabularies = new Dictionary<string, Vocabulary> { ["labels"] = Labels, ["columns"] = _scaling.Columns },
            Weights = new Dictionary<string, VectorTable> { ["embedding"] = _network.Embedding, ["centre"] = _centre },
            Head = head,
        };
    }

    internal static BitmapClassifier OfParts(EncoderParts parts)
    {
        BitmapOptions bitmap = BitmapOptions.OfParameters(parts.Parameters);
        VectorTable embedding = parts.Weights["embedding"], centre = parts.Weights["centre"];
        if (embedding.Rows != bitmap.Width * bitmap.Height || centre.Rows != 1 || centre.Dimension != embedding.Dimension)
            throw new FormatException($"{embedding.Rows} pixels have vectors: expected {bitmap.Width} × {bitmap.Height}.");
        NumberScaling scaling = new(parts.Vocabularies["columns"], parts.Head.GetValueOrDefault("scaling"));
        return new BitmapClassifier(bitmap, parts.Vocabularies["labels"], scaling, FeatureNetwork.OfTables(embedding, parts.Head), centre);
    }

    private static int IndexOfGreatest(ReadOnlySpan<float> row)
    {
        int best = 0;
        for (int c = 1; c < row.Length; c++) best = row[c] > row[best] ? c : best;
        return best;
    }

    private FeatureBag ToBag(PixelImage image) => image.Width == _bitmap.Width && image.Height == _bitmap.Height
        ? BitmapOptions.ToBag(_bitmap.Ink(image))
        : throw new ArgumentException($"The picture is {image.Size}: expected {_bitmap.Width} × {_bitmap.Height}.", nameof(image));
}
