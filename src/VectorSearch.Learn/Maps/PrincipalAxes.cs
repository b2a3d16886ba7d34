namespace VectorSearch.Learn;

/// <summary>
/// Principal component analysis (Pearson, 1901; Hotelling, 1933): the mean and the directions of greatest variance, found
/// by orthogonal iteration on the covariance matrix. Each direction points to where its largest coordinate is positive.
/// </summary>
public sealed class PrincipalAxes
{
    private const int Iterations = 200;

    private readonly double[] _mean;
    private readonly double[][] _axes;

    private PrincipalAxes(double[] mean, double[][] axes, double[] shares)
    {
        _mean = mean;
        _axes = axes;
        Shares = shares;
    }

    /// <summary>The share of all variance that each axis holds.</summary>
    public IReadOnlyList<double> Shares { get; }

    /// <summary>Finds the first axes.</summary>
    /// <param name="points">One point a row, at least two.</param>
    /// <param name="count">How many axes, at most the dimension.</param>
    /// <exception cref="ArgumentException">There are too few points or dimensions.</exception>
    public static PrincipalAxes Of(VectorTable points, int count)
    {
        if (points.Rows < 2) throw new ArgumentException($"There are {points.Rows} points: expected at least 2.", nameof(points));
        if (count < 1 || count > points.Dimension) throw new ArgumentException($"{count} axes of {points.Dimension} dimensions: expected 1 to {points.Dimension}.", nameof(count));
        int d = points.Dimension;
        double[] mean = new double[d];
        for (int row = 0; row < points.Rows; row++)
        {
            for (int i = 0; i < d; i++) mean[i] += points[row][i] / points.Rows;
        }

        double[][] covariance = Covariance(points, mean);
        double[][] axes = Iterate(covariance, count);
        double trace = Enumerable.Range(0, d).Sum(i => covariance[i][i]);
        double[] shares = [.. axes.Select(axis => trace > 0 ? Dot(axis, Multiply(covariance, axis)) / trace : 0)];
        return new PrincipalAxes(mean, axes, shares);
    }

    /// <summary>Places of all points on the axes, one array a point.</summary>
    public double[][] Project(VectorTable points)
    {
        double[][] places = new double[points.Rows][];
        for (int row = 0; row < points.Rows; row++)
        {
            ReadOnlySpan<float> point = points[row];
            places[row] = new double[_axes.Length];
            for (int a = 0; a < _axes.Length; a++)
            {
                for (int i = 0; i < point.Length; i++) places[row][a] += _axes[a][i] * (point[i] - _mean[i]);
            }
        }

        return places;
    }

    private static double[][] Covariance(VectorTable points, double[] mean)
    {
        int d = mean.Length;
        double[][] covariance = [.. Enumerable.Range(0, d).Select(_ => new double[d])];
        double[] centred = new double[d];
        for (int row = 0; row < points.Rows; row++)
        {
            for (int i = 0; i < d; i++) centred[i] = points[row][i] - mean[i];
            for (int i = 0; i < d; i++)
            {
                for (int j = 0; j < d; j++) covariance[i][j] += centred[i] * centred[j] / points.Rows;
            }
        }

        return covariance;
    }

    private static double[][] Iterate(double[][] covariance, int count)
    {
        int d = covariance.Length;
        // Start directions that no data set is likely to be orthogonal to.
        double[][] axes = [.. Enumerable.Range(0, count).Select(a => Enumerable.Range(0, d).Select(i => 1.0 / (1 + ((i + (7 * a)) % d))).ToArray())];
        for (int n = 0; n < Iterations; n++)
        {
            for (int a = 0; a < count; a++)
            {
                axes[a] = Multiply(covariance, axes[a]);
                for (int before = 0; before < a; before++) Subtract(axes[a], axes[before], Dot(axes[a], axes[before]));
                double norm = Math.Sqrt(Dot(axes[a], axes[a]));
                if (norm > 0) Scale(axes[a], 1 / norm);
            }
        }

        foreach (double[] axis in axes)
        {
            if (axis.MaxBy(Math.Abs) < 0) Scale(axis, -1);
        }

        return axes;
    }

    private static double[] Multiply(double[][] matrix, double[] vector) => [.. matrix.Select(row => Dot(row, vector))];

    private static double Dot(double[] x, double[] y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++) sum += x[i] * y[i];
        return sum;
    }

    private static void Subtract(double[] x, double[] y, double scale)
    {
        for (int i = 0; i < x.Length; i++) x[i] -= scale * y[i];
    }

    private static void Scale(double[] x, double scale)
    {
        for (int i = 0; i < x.Length; i++) x[i] *= scale;
    }
}
