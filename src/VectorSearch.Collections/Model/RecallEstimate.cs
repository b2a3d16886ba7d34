using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>What recall shall be measured.</summary>
public sealed record RecallQuestion
{
    /// <summary>Queries to sample.</summary>
    public int Samples { get; init; } = (int)CollectionLimits.RecallSamples.Default;

    /// <summary>Answers per query: the k of recall@k.</summary>
    public int Limit { get; init; } = (int)CollectionLimits.Answers.Default;

    /// <summary>Beam; 0 means the collection's default.</summary>
    public int Ef { get; init; }

    /// <summary>As <see cref="QueryBatch.Exact"/>: the measure of the measure, 1 by definition.</summary>
    public bool Exact { get; init; }

    /// <summary>As <see cref="QueryBatch.TargetRecall"/>.</summary>
    public float TargetRecall { get; init; }

    /// <summary>Which points may be answers; null for all.</summary>
    public PayloadFilter? Filter { get; init; }

    /// <summary>The space the caller believes in; the default asks for no check.</summary>
    public SpaceId Space { get; init; }
}

/// <summary>Recall as it was measured.</summary>
/// <param name="Recall">Mean over the sample of the share of the true nearest points among the answers.</param>
/// <param name="Margin">Half the width of the 95 % confidence interval of the mean.</param>
/// <param name="Percentile5">The recall that 95 % of the queries reach.</param>
/// <param name="LiveQueries">Queries of the sample that callers asked of late.</param>
/// <param name="PointQueries">Points of the collection in the sample, each left out of its own answer.</param>
/// <param name="Ef">Beam that was used.</param>
/// <param name="Distances">Distances that the answers cost, those of the comparison not counted.</param>
/// <param name="Hops">Nodes that the answers cost.</param>
/// <param name="Lsn">Newest log sequence number that the estimate reflects.</param>
/// <param name="Generation">The generation that was measured.</param>
/// <param name="Space">The space of that generation.</param>
public sealed record RecallEstimate(
    double Recall, double Margin, double Percentile5, int LiveQueries, int PointQueries, int Ef, long Distances, long Hops, ulong Lsn,
    ulong Generation, SpaceId Space);
