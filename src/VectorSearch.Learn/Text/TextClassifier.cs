using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// A text encoder that was learned by telling classes apart: a text's vector is the weighted sum of its features'
/// vectors, and its classes come from a softmax (or one yes or no each) on top. Immutable; safe from many threads.
/// </summary>
public sealed class TextClassifier : LearnedEncoder
{
    internal const string KindName = "text-classifier/1";

    private readonly VectorTable _input, _output;
    private readonly float[] _bias;

    internal TextClassifier(TextFeatures features, Vocabulary labels, VectorTable input, VectorTable output, float[] bias, ClassificationLoss loss)
    {
        (Features, Labels, _input, _output, _bias, Loss) = (features, labels, input, output, bias, loss);
    }

    /// <summary>The classes.</summary>
    public Vocabulary Labels { get; }

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override int Dimension => _input.Dimension;

    /// <summary>How many features have a vector.</summary>
    public int FeatureCount => Features.Rows;

    internal TextFeatures Features { get; }

    internal ClassificationLoss Loss { get; }

    /// <summary>Learns from labelled texts.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message lists all faults.</exception>
    /// <exception cref="LearningException">Training diverged.</exception>
    public static TextClassifier Train(
        LabelledTexts texts, TextClassifierOptions options, IProgress<LearnProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<string> faults = options.Validate();
        if (faults.Count > 0) throw new ArgumentException(string.Join(" ", faults), nameof(options));
        TextFeatures features = TextFeatures.Of(texts.Texts, options.Features);
        EncoderParts? start = options.Start?.ToParts();
        if (start is not null) features = features.With(start.Keys["features"]);
        FeatureBag[] bags = new FeatureBag[texts.Count];
        DeterministicParallel.For(
            texts.Count, 64, options.Threads,
            (from, to) =>
            {
                for (int n = from; n < to; n++) bags[n] = features.Encode(texts.Texts[n]);
            },
            cancellationToken);
        TextClassifierTrainer trainer = new(bags, features.Rows, texts.LabelOf, texts.Labels.Count, options);
        if (start is not null) trainer.StartFrom(start.Weights["input"], [.. start.Keys["features"].Select(features.RowOf)]);
        trainer.Run(progress, cancellationToken);
        return new TextClassifier(features, texts.Labels, trainer.Input, trainer.Output, trainer.Bias, options.Loss);
    }

    /// <summary>The vector of a text, of unit length; zeros when none of its features was seen in training.</summary>
    /// <param name="text">The text.</param>
    /// <param name="vector">Receives <see cref="Dimension"/> coordinates.</param>
    /// <returns>False when no feature is known.</returns>
    public bool Encode(string text, Span<float> vector)
    {
        RequireDimension(vector);
        float[] pooled = Pool(text);
        pooled.AsSpan(0, Dimension).CopyTo(vector);
        return FixedLanes.TryNormalise(vector);
    }

    /// <summary>Probabilities of the classes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="probabilities">Receives one for each of <see cref="Labels"/>.</param>
    public void Classify(string text, Span<float> probabilities)
    {
        if (probabilities.Length != Labels.Count)
            throw new ArgumentException($"{probabilities.Length} places for {Labels.Count} classes.", nameof(probabilities));
        float[] pooled = Pool(text);
        for (int c = 0; c < probabilities.Length; c++)
            probabilities[c] = _bias[c] + FixedLanes.Dot(pooled, _output.Values.AsSpan(c * _output.Stride, _output.Stride));
        ClassificationLosses.ToProbabilities(probabilities, Loss);
    }

    /// <summary>The likeliest class of each text.</summary>
    public int[] Predict(IReadOnlyList<string> texts, int threads = 0)
    {
        int[] predicted = new int[texts.Count];
        DeterministicParallel.For(texts.Count, 64, threads, (from, to) =>
        {
            float[] probabilities = new float[Labels.Count];
            for (int n = from; n < to; n++)
            {
                Classify(texts[n], probabilities);
                predicted[n] = probabilities.AsSpan().IndexOf(probabilities.Max());
            }
        });
        return predicted;
    }

    /// <summary>Vectors of many texts, one a row.</summary>
    public VectorTable EncodeAll(IReadOnlyList<string> texts, int threads = 0)
    {
        VectorTable vectors = new(texts.Count, Dimension);
        DeterministicParallel.For(texts.Count, 64, threads, (from, to) =>
        {
            for (int n = from; n < to; n++) Encode(texts[n], vectors.Writable(n));
        });
        return vectors;
    }

    internal override EncoderParts ToParts()
    {
        VectorTable weights = new(1, Features.Rows), bias = new(1, _bias.Length);
        Features.RowWeights.CopyTo(weights.Writable(0));
        _bias.CopyTo(bias.Writable(0));
        return new EncoderParts
        {
            Parameters = Features.Options.ToParameters(),
            Vocabularies = new Dictionary<string, Vocabulary> { ["labels"] = Labels },
            Keys = new Dictionary<string, ulong[]> { ["features"] = Features.Keys },
            Weights = new Dictionary<string, VectorTable> { ["feature-weights"] = weights, ["input"] = _input },
            Head = new Dictionary<string, VectorTable> { ["bias"] = bias, [Loss == ClassificationLoss.Softmax ? "softmax" : "one-versus-all"] = _output },
        };
    }

    internal static TextClassifier OfParts(EncoderParts parts)
    {
        ulong[] keys = parts.Keys["features"];
        VectorTable weights = parts.Weights["feature-weights"], input = parts.Weights["input"], bias = parts.Head["bias"];
        Vocabulary labels = parts.Vocabularies["labels"];
        bool softmax = parts.Head.ContainsKey("softmax");
        VectorTable output = parts.Head[softmax ? "softmax" : "one-versus-all"];
        if (weights.Dimension != keys.Length || input.Rows != keys.Length || output.Rows != labels.Count || bias.Dimension != labels.Count || output.Dimension != input.Dimension)
            throw new FormatException($"{keys.Length} features and {labels.Count} labels do not fit tables of {input.Rows} and {output.Rows} rows.");
        TextFeatures features = new(TextFeatureOptions.OfParameters(parts.Parameters), keys, weights[0].ToArray());
        return new TextClassifier(
            features, labels, input, output, bias[0].ToArray(), softmax ? ClassificationLoss.Softmax : ClassificationLoss.OneVersusAll);
    }

    private unsafe float[] Pool(string text)
    {
        FeatureBag bag = Features.Encode(text);
        float[] pooled = new float[_input.Stride];
        fixed (float* table = _input.Values, sum = pooled) WeightedRows.Sum(table, _input.Stride, bag.Rows, bag.Weights, sum);
        return pooled;
    }
}
