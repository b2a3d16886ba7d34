namespace VectorSearch.Learn;

/// <summary>How often the class said was the right one, on examples held out.</summary>
public sealed record ClassificationReport
{
    private const double Normal95 = 1.959963984540054;

    /// <summary>Compares predictions with the truth.</summary>
    /// <param name="classes">How many classes.</param>
    /// <param name="truth">Right class of each example.</param>
    /// <param name="predicted">Class said; −1 for none.</param>
    public ClassificationReport(int classes, ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted)
    {
        int[] right = new int[classes], said = new int[classes], present = new int[classes];
        for (int n = 0; n < truth.Length; n++)
        {
            present[truth[n]]++;
            if (predicted[n] >= 0) said[predicted[n]]++;
            if (predicted[n] == truth[n]) right[truth[n]]++;
        }

        Count = truth.Length;
        Correct = right.Sum();
        double sum = 0;
        for (int c = 0; c < classes; c++) sum += present[c] + said[c] == 0 ? 0 : 2.0 * right[c] / (present[c] + said[c]);
        MacroF1 = sum / Math.Max(1, present.Count(count => count > 0));
    }

    /// <summary>Examples.</summary>
    public int Count { get; }

    /// <summary>Examples whose class was said rightly.</summary>
    public int Correct { get; }

    /// <summary>Correct / Count.</summary>
    public double Accuracy => (double)Correct / Count;

    /// <summary>Mean over the classes present of 2PR/(P + R).</summary>
    public double MacroF1 { get; }

    /// <summary>95 % interval of the accuracy (Wilson, 1927).</summary>
    public (double Low, double High) Interval
    {
        get
        {
            double z2 = Normal95 * Normal95, centre = Accuracy + (z2 / (2 * Count));
            double half = Normal95 * Math.Sqrt(((Accuracy * (1 - Accuracy)) + (z2 / (4 * Count))) / Count);
            return ((centre - half) / (1 + (z2 / Count)), (centre + half) / (1 + (z2 / Count)));
        }
    }
}
