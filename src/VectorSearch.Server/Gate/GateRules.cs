using System.Globalization;
using VectorSearch.Collections;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Gate;

/// <summary>The bounds by which a new generation is judged; <c>docs/generations.md</c> gives the rules in words.</summary>
internal sealed record GateRules
{
    /// <summary>Judgements from which on NDCG is believed.</summary>
    public const int LeastJudgements = 30;

    /// <summary>Fewest queries that both are asked.</summary>
    public const int LeastQueries = 50;

    /// <summary>Queries that both are asked, where nothing else is said.</summary>
    public const int DefaultQueries = 300;

    /// <summary>Most queries that both are asked.</summary>
    public const int MostQueries = 5_000;

    /// <summary>Greatest loss of recall against exact, absolute.</summary>
    public double MaxRecallLoss { get; init; } = 0.02;

    /// <summary>Least recall against exact, unless the serving generation is below it too.</summary>
    public double MinRecall { get; init; } = 0.9;

    /// <summary>Loss of NDCG, as part of the serving generation's, from which on it is tried on a share of the queries first.</summary>
    public double CanaryNdcgLoss { get; init; } = 0.05;

    /// <summary>Loss of NDCG from which on it is refused, if chance does not explain it.</summary>
    public double MaxNdcgLoss { get; init; } = 0.1;

    /// <summary>Share of changed answers from which on it is tried first; where NDCG is not known.</summary>
    public double CanaryChurn { get; init; } = 0.6;

    /// <summary>Share of changed answers from which on it is refused; where NDCG is not known.</summary>
    public double MaxChurn { get; init; } = 0.9;

    /// <summary>Skewness of k-occurrences, as a multiple of the serving generation's or of 1, from which on it is tried first.</summary>
    public double CanaryHubness { get; init; } = 2;

    /// <summary>Greatest share of points that no walk can reach.</summary>
    public double MaxUnreachable { get; init; } = 0.0005;

    /// <summary>Median time of a query, as a multiple of the serving generation's or of a millisecond, from which on it is tried first.</summary>
    public double CanaryLatency { get; init; } = 2;

    /// <summary>Share of the queries that a canary answers.</summary>
    public double CanaryShare { get; init; } = 0.1;

    /// <summary>Queries of callers and points that both are asked; null for <see cref="DefaultQueries"/>, or fewer if exact answers take long.</summary>
    public int? Queries { get; init; }

    /// <summary>Reads rules; what is not set has its default.</summary>
    /// <exception cref="VectorSearchException">A bound is out of its range.</exception>
    public static GateRules Read(Proto.GateRules? rules)
    {
        if (rules is null) return new GateRules();
        GateRules defaults = new();
        return new GateRules
        {
            MaxRecallLoss = Bound("max_recall_loss", rules.HasMaxRecallLoss ? rules.MaxRecallLoss : defaults.MaxRecallLoss, 0, 1),
            MinRecall = Bound("min_recall", rules.HasMinRecall ? rules.MinRecall : defaults.MinRecall, 0, 1),
            CanaryNdcgLoss = Bound("canary_ndcg_loss", rules.HasCanaryNdcgLoss ? rules.CanaryNdcgLoss : defaults.CanaryNdcgLoss, 0, 1),
            MaxNdcgLoss = Bound("max_ndcg_loss", rules.HasMaxNdcgLoss ? rules.MaxNdcgLoss : defaults.MaxNdcgLoss, 0, 1),
            CanaryChurn = Bound("canary_churn", rules.HasCanaryChurn ? rules.CanaryChurn : defaults.CanaryChurn, 0, 1),
            MaxChurn = Bound("max_churn", rules.HasMaxChurn ? rules.MaxChurn : defaults.MaxChurn, 0, 1),
            CanaryHubness = Bound("canary_hubness", rules.HasCanaryHubness ? rules.CanaryHubness : defaults.CanaryHubness, 1, 1000),
            MaxUnreachable = Bound("max_unreachable", rules.HasMaxUnreachable ? rules.MaxUnreachable : defaults.MaxUnreachable, 0, 1),
            CanaryLatency = Bound("canary_latency", rules.HasCanaryLatency ? rules.CanaryLatency : defaults.CanaryLatency, 1, 1000),
            CanaryShare = Bound("canary_share", rules.HasCanaryShare ? rules.CanaryShare : defaults.CanaryShare, 0.001, 0.999),
            Queries = rules.Queries == 0 ? null : (int)Bound("queries", rules.Queries, LeastQueries, MostQueries),
        };
    }

    private static double Bound(string field, double value, double least, double most) => value >= least && value <= most
        ? value
        : throw new VectorSearchException(
            ErrorCode.InvalidArgument, $"rules.{field}", value.ToString(CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"{least} to {most}"));
}
