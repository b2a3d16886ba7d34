namespace VectorSearch.Learn;

/// <summary>
/// Head, middle and tail: items by falling popularity, cut where the most popular hold one third and two thirds of all
/// training interactions.
/// </summary>
internal static class PopularityBands
{
    public static readonly string[] Names = ["head", "middle", "tail"];

    /// <summary>The band of each item, 0 to 2.</summary>
    public static byte[] Of(int[] counts)
    {
        int[] order = [.. Enumerable.Range(0, counts.Length)];
        Array.Sort(order, (x, y) => counts[x] != counts[y] ? counts[y].CompareTo(counts[x]) : x.CompareTo(y));
        double total = counts.Sum(count => (double)count), before = 0;
        byte[] bands = new byte[counts.Length];
        foreach (int item in order)
        {
            bands[item] = before < total / 3 ? (byte)0 : before < 2 * total / 3 ? (byte)1 : (byte)2;
            before += counts[item];
        }

        return bands;
    }

    /// <summary>Gini coefficient of how often each item was recommended: 0 all alike, towards 1 always the same few.</summary>
    public static double Gini(long[] counts)
    {
        long[] sorted = [.. counts];
        Array.Sort(sorted);
        double sum = 0, weighted = 0;
        for (int n = 0; n < sorted.Length; n++)
        {
            sum += sorted[n];
            weighted += (n + 1.0) * sorted[n];
        }

        return sum == 0 ? 0 : ((2 * weighted) / (sorted.Length * sum)) - ((sorted.Length + 1.0) / sorted.Length);
    }
}
