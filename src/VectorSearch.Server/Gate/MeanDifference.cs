namespace VectorSearch.Server.Gate;

/// <summary>How much two series differ that were measured on the same queries, and how much of it may be chance.</summary>
/// <param name="First">Mean of the first.</param>
/// <param name="Second">Mean of the second.</param>
/// <param name="Margin">Half the width of the 95 % confidence interval of the mean difference.</param>
internal readonly record struct MeanDifference(double First, double Second, double Margin)
{
    /// <summary>Of the normal distribution: 95 % lie within so many standard deviations.</summary>
    private const double Within95 = 1.96;

    /// <summary>How much smaller the second is; negative where it is greater.</summary>
    public double Loss => First - Second;

    /// <summary>Compares two series pair by pair; they are as long as each other and not empty.</summary>
    public static MeanDifference Of(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        double mean = 0, squares = 0;
        for (int i = 0; i < first.Count; i++) mean += (first[i] - second[i]) / first.Count;
        for (int i = 0; i < first.Count; i++)
        {
            double off = first[i] - second[i] - mean;
            squares += off * off;
        }

        double deviation = first.Count < 2 ? 0 : Math.Sqrt(squares / (first.Count - 1));
        return new MeanDifference(first.Average(), second.Average(), Within95 * deviation / Math.Sqrt(first.Count));
    }

    /// <summary>Mean of one series, and half the width of its 95 % confidence interval.</summary>
    public static (double Mean, double Margin) Of(IReadOnlyList<double> series)
    {
        MeanDifference one = Of(series, new double[series.Count]);
        return (one.First, one.Margin);
    }
}
