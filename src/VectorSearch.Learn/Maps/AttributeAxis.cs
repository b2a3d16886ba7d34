using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// A direction of the vector space that stands for an attribute: the ridge regression of the attribute on the vectors,
/// fitted on one half of the items that have it. What it is worth is measured on the other half.
/// </summary>
public sealed class AttributeAxis
{
    /// <summary>Fewest items with the attribute.</summary>
    public const int LeastItems = 20;

    private readonly double[] _mean;
    private readonly double[] _direction;

    private AttributeAxis(double[] mean, double[] direction, double quality, bool binary, int fitted, int heldOut)
    {
        _mean = mean;
        _direction = direction;
        Quality = quality;
        IsBinary = binary;
        Fitted = fitted;
        HeldOut = heldOut;
    }

    /// <summary>On items not fitted on: AUC for an attribute of two values, else Spearman's correlation.</summary>
    public double Quality { get; }

    /// <summary>True when the attribute has two values.</summary>
    public bool IsBinary { get; }

    /// <summary>Items fitted on.</summary>
    public int Fitted { get; }

    /// <summary>Items measured on.</summary>
    public int HeldOut { get; }

    /// <summary>Fits and measures.</summary>
    /// <param name="points">The vectors.</param>
    /// <param name="attribute">The attribute of each row; NaN where it is not known.</param>
    /// <param name="ridge">Ridge, against the mean variance of a coordinate times the items.</param>
    /// <param name="seed">Seed of the halves.</param>
    /// <exception cref="ArgumentException">Too few items have the attribute, or it is the same for all in one half.</exception>
    public static unsafe AttributeAxis Fit(VectorTable points, IReadOnlyList<double> attribute, double ridge = 1, ulong seed = 1)
    {
        if (attribute.Count != points.Rows) throw new ArgumentException($"{points.Rows} vectors came with {attribute.Count} attributes.", nameof(attribute));
        int[] known = [.. Enumerable.Range(0, points.Rows).Where(row => double.IsFinite(attribute[row]))];
        if (known.Length < LeastItems) throw new ArgumentException($"{known.Length} items have the attribute: expected at least {LeastItems}.", nameof(attribute));
        new Xoshiro256(seed, 21).Shuffle(known.AsSpan());
        int[] fit = known[..(known.Length / 2)], held = known[(known.Length / 2)..];
        int d = points.Dimension, stride = points.Stride;
        double[] mean = new double[d];
        foreach (int row in fit)
        {
            for (int i = 0; i < d; i++) mean[i] += points[row][i] / fit.Length;
        }

        double level = fit.Average(row => attribute[row]);
        float[] rows = new float[fit.Length * stride], matrix = new float[stride * stride], right = new float[stride];
        for (int n = 0; n < fit.Length; n++)
        {
            for (int i = 0; i < d; i++)
            {
                rows[(n * stride) + i] = (float)(points[fit[n]][i] - mean[i]);
                right[i] += (float)((attribute[fit[n]] - level) * rows[(n * stride) + i]);
            }
        }

        fixed (float* x = rows, a = matrix, b = right)
        {
            NormalEquations.AddGram(x, fit.Length, stride, a);
            double trace = 0;
            for (int i = 0; i < d; i++) trace += a[(i * stride) + i];
            for (int i = 0; i < d; i++) a[(i * stride) + i] += (float)((ridge * trace / d) + 1e-12);
            if (!NormalEquations.TryFactor(a, d, stride)) throw new ArgumentException("The vectors are all the same.", nameof(points));
            NormalEquations.Solve(a, d, stride, b);
        }

        return Measure(points, attribute, mean, [.. right.Take(d).Select(w => (double)w)], fit.Length, held);
    }

    /// <summary>Places of all points along the axis.</summary>
    public double[] Project(VectorTable points)
    {
        double[] places = new double[points.Rows];
        for (int row = 0; row < places.Length; row++)
        {
            ReadOnlySpan<float> point = points[row];
            for (int i = 0; i < point.Length; i++) places[row] += _direction[i] * (point[i] - _mean[i]);
        }

        return places;
    }

    private static AttributeAxis Measure(
        VectorTable points, IReadOnlyList<double> attribute, double[] mean, double[] direction, int fitted, int[] held)
    {
        double norm = Math.Sqrt(direction.Sum(w => w * w));
        if (!(norm > 0)) throw new ArgumentException("The attribute is the same for all items fitted on.", nameof(attribute));
        for (int i = 0; i < direction.Length; i++) direction[i] /= norm;
        double[] all = new AttributeAxis(mean, direction, 0, false, 0, 0).Project(points);
        double[] places = [.. held.Select(row => all[row])], truth = [.. held.Select(row => attribute[row])];
        double[] levels = [.. truth.Distinct().Take(3)];
        if (levels.Length < 2) throw new ArgumentException("The attribute is the same for all items measured on.", nameof(attribute));
        double quality = levels.Length == 2
            ? RankStatistics.Auc(places, [.. truth.Select(value => value == levels.Max())])
            : RankStatistics.Spearman(places, truth);
        return new AttributeAxis(mean, direction, quality, levels.Length == 2, fitted, held.Length);
    }
}
