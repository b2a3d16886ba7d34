using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// An encoder that was learned: it turns an input of its kind into a vector, exactly as in training. Kinds are a closed
/// list, since a model file names its encoder and must find it again. Immutable; safe from many threads.
/// </summary>
public abstract class LearnedEncoder
{
    private SpaceId? _space;

    private protected LearnedEncoder()
    {
    }

    /// <summary>Kind and version, such as <c>text-classifier/1</c>: part of the space id.</summary>
    public abstract string Kind { get; }

    /// <summary>Coordinates of what it makes.</summary>
    public abstract int Dimension { get; }

    /// <summary>How two of its vectors are compared; all are of unit length.</summary>
    public virtual Metric Metric => Metric.Cosine;

    /// <summary>The space of its vectors.</summary>
    public SpaceId Space => _space ??= ToParts().ToSpace(Kind, Dimension);

    internal abstract EncoderParts ToParts();

    /// <summary>Finds the encoder that a model file names.</summary>
    internal static LearnedEncoder Create(string kind, EncoderParts parts) => kind switch
    {
        TextClassifier.KindName => TextClassifier.OfParts(parts),
        DenseEncoder.KindName => DenseEncoder.OfParts(parts),
        AudioEncoder.KindName => AudioEncoder.OfParts(parts),
        BitmapClassifier.KindName => BitmapClassifier.OfParts(parts),
        RegressionModel.KindName => RegressionModel.OfParts(parts),
        JointEncoder.KindName => JointEncoder.OfParts(parts),
        WordVectors.KindName => WordVectors.OfParts(parts),
        _ => throw new NotSupportedException($"encoder '{kind}' is not known to this version"),
    };

    private protected void RequireDimension(ReadOnlySpan<float> vector)
    {
        if (vector.Length != Dimension) throw new ArgumentException($"The vector has {vector.Length} places, expected {Dimension}.", nameof(vector));
    }
}
