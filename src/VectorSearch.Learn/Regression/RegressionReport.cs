using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>How far predictions of a number are off, on rows held out.</summary>
/// <param name="Errors">Predicted less true, of each row.</param>
public sealed record RegressionReport(IReadOnlyList<double> Errors)
{
    private const int Resamples = 2000;
    private const double Tail = 0.025;

    /// <summary>Compares predictions with the truth.</summary>
    public static RegressionReport Of(IReadOnlyList<double> truth, IReadOnlyList<double> predicted) => new([.. truth.Select((value, n) => predicted[n] - value)]);

    /// <summary>Mean absolute error.</summary>
    public double Mae => Errors.Average(Math.Abs);

    /// <summary>Root of the mean squared error.</summary>
    public double Rmse => Math.Sqrt(Errors.Average(error => error * error));

    /// <summary>
    /// 95 % intervals of this report's figures less those of another on the same rows, over rows drawn anew with replacement, the
    /// same for both (percentile bootstrap; Efron, 1979). Below zero throughout: this one is better.
    /// </summary>
    /// <param name="other">The other report.</param>
    /// <param name="seed">Seed of the draws.</param>
    public ((double Low, double High) Mae, (double Low, double High) Rmse) Against(RegressionReport other, ulong seed)
    {
        if (other.Errors.Count != Errors.Count) throw new ArgumentException($"{other.Errors.Count} errors: expected {Errors.Count}, of the same rows.", nameof(other));
        double[] mae = new double[Resamples], rmse = new double[Resamples];
        for (int r = 0; r < Resamples; r++)
        {
            Xoshiro256 random = new(seed, (ulong)r + 5000);
            double absolute = 0, own = 0, others = 0;
            for (int n = 0; n < Errors.Count; n++)
            {
                int row = random.NextInt(Errors.Count);
                (double mine, double theirs) = (Errors[row], other.Errors[row]);
                absolute += Math.Abs(mine) - Math.Abs(theirs);
                own += mine * mine;
                others += theirs * theirs;
            }

            mae[r] = absolute / Errors.Count;
            rmse[r] = Math.Sqrt(own / Errors.Count) - Math.Sqrt(others / Errors.Count);
        }

        return (Interval(mae), Interval(rmse));
    }

    private static (double Low, double High) Interval(double[] values)
    {
        Array.Sort(values);
        int low = (int)(Tail * (values.Length - 1));
        return (values[low], values[^(low + 1)]);
    }
}
