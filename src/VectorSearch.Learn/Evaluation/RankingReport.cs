namespace VectorSearch.Learn;

/// <summary>The result of an evaluation: means over users, with what lies behind them.</summary>
public sealed class RankingReport
{
    internal RankingReport(
        IReadOnlyDictionary<string, double> metrics, IReadOnlyDictionary<string, (double Low, double High)> intervals,
        IReadOnlyList<int> users, IReadOnlyDictionary<string, double[]> perUser, int skippedUsers)
    {
        Metrics = metrics;
        Intervals = intervals;
        Users = users;
        PerUser = perUser;
        SkippedUsers = skippedUsers;
    }

    /// <summary>Each metric by name, such as <c>recall@20</c>, <c>ndcg@20</c>, <c>coverage@20</c>.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; }

    /// <summary>95 % bootstrap intervals over users of the metrics that are means over users.</summary>
    public IReadOnlyDictionary<string, (double Low, double High)> Intervals { get; }

    /// <summary>Rows of the users evaluated.</summary>
    public IReadOnlyList<int> Users { get; }

    /// <summary>Each per-user metric in the order of <see cref="Users"/>; NaN where it is not defined for the user.</summary>
    public IReadOnlyDictionary<string, double[]> PerUser { get; }

    /// <summary>Users left out because the training data does not know them.</summary>
    public int SkippedUsers { get; }

    /// <summary>One metric.</summary>
    /// <exception cref="KeyNotFoundException">It was not measured; the message lists what was.</exception>
    public double this[string metric] =>
        Metrics.TryGetValue(metric, out double value)
            ? value
            : throw new KeyNotFoundException($"No metric '{metric}'; measured were {string.Join(", ", Metrics.Keys)}.");
}
