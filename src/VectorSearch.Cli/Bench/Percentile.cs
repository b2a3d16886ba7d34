namespace VectorSearch.Cli.Bench;

/// <summary>Percentiles by rank.</summary>
internal static class Percentile
{
    /// <summary>The value that a share of the others, 0 to 1, does not exceed; 0 of none.</summary>
    /// <param name="sorted">Least first.</param>
    /// <param name="share">0.99 for the 99th percentile.</param>
    public static double Of(double[] sorted, double share) => sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
}
