namespace VectorSearch.Learn;

/// <summary>
/// Solves (K + λI) x = y for a kernel K = words + numbers·numbersᵀ by conjugate gradients (Hestenes and Stiefel, 1952). Rows share most
/// by their numbers, which are few, so their part M = numbers·numbersᵀ + λI is inverted exactly (Woodbury) and taken for a
/// preconditioner: M⁻¹ = (I − N (λI + NᵀN)⁻¹ Nᵀ) / λ. Without it small λ take a thousand steps and more.
/// </summary>
internal sealed class RidgeSolver
{
    private const int MaxSteps = 500;
    private const double Tolerance = 1e-6;

    private readonly float[][] _numbers;
    private readonly double[][] _gram;

    /// <summary>A solver for rows of numbers.</summary>
    public RidgeSolver(float[][] numbers)
    {
        _numbers = numbers;
        int count = numbers.Length == 0 ? 0 : numbers[0].Length;
        _gram = [.. Enumerable.Range(0, count).Select(c => new double[c + 1])];
        foreach (float[] row in numbers)
        {
            for (int c = 0; c < count; c++)
            {
                if (row[c] == 0) continue;
                double[] sums = _gram[c];
                for (int b = 0; b <= c; b++) sums[b] += row[c] * (double)row[b];
            }
        }
    }

    /// <summary>Solves from the x given.</summary>
    public void Solve(RidgeKernel kernel, double penalty, double[] y, double[] x)
    {
        double[][] factor = Factor(penalty);
        double[] product = kernel.Multiply(x), residual = new double[y.Length];
        for (int n = 0; n < y.Length; n++) residual[n] = y[n] - product[n] - (penalty * x[n]);
        double[] turned = Precondition(residual, factor, penalty), direction = [.. turned];
        double along = Dot(residual, turned), enough = Tolerance * Tolerance * Dot(y, y);
        for (int step = 0; step < MaxSteps && Dot(residual, residual) > enough; step++)
        {
            product = kernel.Multiply(direction);
            for (int n = 0; n < y.Length; n++) product[n] += penalty * direction[n];
            double length = along / Dot(direction, product), before = along;
            for (int n = 0; n < y.Length; n++)
            {
                x[n] += length * direction[n];
                residual[n] -= length * product[n];
            }

            turned = Precondition(residual, factor, penalty);
            along = Dot(residual, turned);
            for (int n = 0; n < y.Length; n++) direction[n] = turned[n] + (along / before * direction[n]);
        }
    }

    /// <summary>M⁻¹ r.</summary>
    private double[] Precondition(double[] residual, double[][] factor, double penalty)
    {
        double[] sums = new double[factor.Length], turned = new double[residual.Length];
        for (int n = 0; n < residual.Length; n++)
        {
            float[] row = _numbers[n];
            for (int c = 0; c < sums.Length; c++) sums[c] += residual[n] * row[c];
        }

        for (int c = 0; c < sums.Length; c++)
        {
            for (int b = 0; b < c; b++) sums[c] -= factor[c][b] * sums[b];
            sums[c] /= factor[c][c];
        }

        for (int c = sums.Length - 1; c >= 0; c--)
        {
            for (int a = c + 1; a < sums.Length; a++) sums[c] -= factor[a][c] * sums[a];
            sums[c] /= factor[c][c];
        }

        for (int n = 0; n < residual.Length; n++)
        {
            float[] row = _numbers[n];
            double inside = 0;
            for (int c = 0; c < sums.Length; c++) inside += row[c] * sums[c];
            turned[n] = (residual[n] - inside) / penalty;
        }

        return turned;
    }

    /// <summary>The lower triangle L with L·Lᵀ = λI + NᵀN (Cholesky).</summary>
    private double[][] Factor(double penalty)
    {
        double[][] factor = [.. _gram.Select(row => (double[])row.Clone())];
        for (int c = 0; c < factor.Length; c++)
        {
            factor[c][c] += penalty;
            for (int b = 0; b <= c; b++)
            {
                double sum = factor[c][b];
                for (int a = 0; a < b; a++) sum -= factor[c][a] * factor[b][a];
                factor[c][b] = b < c ? sum / factor[b][b] : Math.Sqrt(sum);
            }
        }

        return factor;
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int n = 0; n < a.Length; n++) sum += a[n] * b[n];
        return sum;
    }
}
