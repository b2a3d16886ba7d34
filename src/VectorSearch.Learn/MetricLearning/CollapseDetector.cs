using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Notices when all vectors come to point one way, where every loss on distances has a flat place (at the margin, or at
/// log n) that it never leaves. Measures the length of the mean unit vector of an epoch: 0 when they spread, 1 when they agree.
/// </summary>
internal sealed class CollapseDetector(int dimension)
{
    /// <summary>Agreement from which on the vectors count as one.</summary>
    public const double Limit = 0.995;

    private readonly double[] _sum = new double[dimension];
    private long _count, _zeros;

    /// <summary>Takes a vector of any length.</summary>
    public void Add(ReadOnlySpan<float> vector)
    {
        _count++;
        float norm = MathF.Sqrt(FixedLanes.Dot(vector, vector));
        if (!(norm > 1e-12f))
        {
            _zeros++;
            return;
        }

        for (int n = 0; n < dimension; n++) _sum[n] += vector[n] / norm;
    }

    /// <summary>Ends an epoch.</summary>
    /// <exception cref="LearningException">The vectors have collapsed.</exception>
    public void EndEpoch(int epoch, double learningRate)
    {
        double squares = 0;
        foreach (ref double value in _sum.AsSpan())
        {
            squares += value * value;
            value = 0;
        }

        double agreement = Math.Sqrt(squares) / Math.Max(1, _count - _zeros);
        (long count, long zeros) = (_count, _zeros);
        (_count, _zeros) = (0, 0);
        if (count > 1 && (agreement > Limit || zeros > count / 2))
        {
            throw new LearningException(FormattableString.Invariant(
                $"The embedding collapsed in epoch {epoch}: the mean of its {count} unit vectors has length {agreement:f4}, {zeros} are zero. Lower the learning rate (now {learningRate}), or take the proxy loss."));
        }
    }
}
