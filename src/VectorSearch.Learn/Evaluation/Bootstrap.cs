using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Percentile bootstrap over users (Efron, 1979): how far a mean would move had other users been drawn.</summary>
internal static class Bootstrap
{
    private const double Tail = 0.025;

    /// <summary>Mean of the values that are not NaN; NaN when none is.</summary>
    public static double Mean(double[] values)
    {
        double sum = 0;
        int count = 0;
        foreach (double value in values)
        {
            if (double.IsNaN(value)) continue;
            sum += value;
            count++;
        }

        return count == 0 ? double.NaN : sum / count;
    }

    /// <summary>95 % intervals of the means; all metrics share the resampled users.</summary>
    public static Dictionary<string, (double Low, double High)> Intervals(Dictionary<string, double[]> perUser, EvaluationOptions options)
    {
        Dictionary<string, (double, double)> intervals = [];
        if (options.BootstrapResamples == 0) return intervals;
        string[] names = [.. perUser.Keys];
        int users = perUser[names[0]].Length;
        double[][] means = [.. names.Select(_ => new double[options.BootstrapResamples])];
        DeterministicParallel.For(
            options.BootstrapResamples, 16, options.Threads, () => new int[users],
            (from, to, times) =>
            {
                for (int resample = from; resample < to; resample++)
                {
                    Draw(times, options.Seed, (ulong)resample);
                    for (int m = 0; m < names.Length; m++) means[m][resample] = WeightedMean(perUser[names[m]], times);
                }
            });
        for (int m = 0; m < names.Length; m++)
        {
            Array.Sort(means[m]);
            int low = (int)(Tail * (means[m].Length - 1));
            intervals[names[m]] = (means[m][low], means[m][means[m].Length - 1 - low]);
        }

        return intervals;
    }

    private static void Draw(int[] times, ulong seed, ulong resample)
    {
        Array.Clear(times);
        Xoshiro256 random = new(seed, resample + 1000);
        for (int n = 0; n < times.Length; n++) times[random.NextInt(times.Length)]++;
    }

    private static double WeightedMean(double[] values, int[] times)
    {
        double sum = 0;
        long count = 0;
        for (int n = 0; n < values.Length; n++)
        {
            if (times[n] == 0 || double.IsNaN(values[n])) continue;
            sum += times[n] * values[n];
            count += times[n];
        }

        return count == 0 ? double.NaN : sum / count;
    }
}
