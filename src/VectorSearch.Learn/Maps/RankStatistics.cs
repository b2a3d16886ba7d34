namespace VectorSearch.Learn;

/// <summary>How well an order agrees with a truth.</summary>
public static class RankStatistics
{
    /// <summary>
    /// The area under the ROC curve: how often a positive lies above a negative, equal values counting half (Mann and
    /// Whitney, 1947). NaN without both kinds.
    /// </summary>
    /// <param name="values">The values that order.</param>
    /// <param name="positive">Which are positive.</param>
    public static double Auc(IReadOnlyList<double> values, IReadOnlyList<bool> positive)
    {
        if (values.Count != positive.Count) throw new ArgumentException($"{values.Count} values came with {positive.Count} labels.", nameof(positive));
        double[] ranks = Ranks(values);
        double sum = 0, count = 0;
        for (int n = 0; n < ranks.Length; n++)
        {
            if (!positive[n]) continue;
            sum += ranks[n];
            count++;
        }

        return (sum - (count * (count + 1) / 2)) / (count * (ranks.Length - count));
    }

    /// <summary>Spearman's rank correlation; equal values share the mean of their ranks. NaN where one side is constant.</summary>
    public static double Spearman(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count != y.Count) throw new ArgumentException($"{x.Count} values came with {y.Count}.", nameof(y));
        double[] a = Ranks(x), b = Ranks(y);
        double mean = (a.Length + 1) / 2.0, covariance = 0, varianceA = 0, varianceB = 0;
        for (int n = 0; n < a.Length; n++)
        {
            covariance += (a[n] - mean) * (b[n] - mean);
            varianceA += (a[n] - mean) * (a[n] - mean);
            varianceB += (b[n] - mean) * (b[n] - mean);
        }

        return covariance / Math.Sqrt(varianceA * varianceB);
    }

    /// <summary>Ranks from 1; equal values share the mean of theirs.</summary>
    private static double[] Ranks(IReadOnlyList<double> values)
    {
        int[] order = [.. Enumerable.Range(0, values.Count).OrderBy(n => values[n])];
        double[] ranks = new double[order.Length];
        for (int from = 0; from < order.Length;)
        {
            int to = from + 1;
            while (to < order.Length && values[order[to]] == values[order[from]]) to++;
            for (int n = from; n < to; n++) ranks[order[n]] = (from + to + 1) / 2.0;
            from = to;
        }

        return ranks;
    }
}
