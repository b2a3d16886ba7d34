using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>
/// One or more queries of one form, one per row: exactly one of <see cref="Vectors"/>, <see cref="Ids"/>,
/// <see cref="Features"/>, <see cref="Examples"/>, <see cref="Histories"/> and <see cref="Fusion"/>. The rest holds for
/// each of them.
/// <para>
/// The steps: <see cref="Prefetch"/> or the index gives candidates that <see cref="Filter"/> lets through; they are scored;
/// <see cref="ScoreThreshold"/> cuts; <see cref="Diversify"/> or <see cref="GroupBy"/> chooses; <see cref="Limit"/> ends.
/// </para>
/// </summary>
public sealed record QueryBatch
{
    /// <summary>Row-major query vectors of the collection's space.</summary>
    public ReadOnlyMemory<float> Vectors { get; init; }

    /// <summary>Points of the collection: more like this. A point is not its own answer.</summary>
    public IReadOnlyList<PointId>? Ids { get; init; }

    /// <summary>Features that the collection's model encodes, such as a user's history.</summary>
    public IReadOnlyList<PointFeatures>? Features { get; init; }

    /// <summary>What is wanted and what is not, by example.</summary>
    public IReadOnlyList<QueryExamples>? Examples { get; init; }

    /// <summary>Points whose names are the items of a history that the collection's model encodes. They are not answers.</summary>
    public IReadOnlyList<PointHistory>? Histories { get; init; }

    /// <summary>No question of its own: one ranking of what the prefetches found.</summary>
    public RankFusion? Fusion { get; init; }

    /// <summary>Answers wanted per query; groups if there is a <see cref="GroupBy"/>.</summary>
    public int Limit { get; init; } = (int)CollectionLimits.Answers.Default;

    /// <summary>Candidates kept during the walk; 0 means the collection's default. Never less than <see cref="Limit"/>.</summary>
    public int Ef { get; init; }

    /// <summary>Compare with every point instead of walking the graph.</summary>
    public bool Exact { get; init; }

    /// <summary>
    /// In the place of <see cref="Ef"/>: the share of the true nearest points to find on average, above 0 to 1; 0 asks for
    /// nothing. See <see cref="EffortCalibration"/>.
    /// </summary>
    public float TargetRecall { get; init; }

    /// <summary>Which points may be answers, of the prefetches too; null for all.</summary>
    public PayloadFilter? Filter { get; init; }

    /// <summary>Only answers whose score is at least this, for Euclidean distances at most; null for all.</summary>
    public float? ScoreThreshold { get; init; }

    /// <summary>Answers by the value of a field; null for a plain list.</summary>
    public Grouping? GroupBy { get; init; }

    /// <summary>Answers that are not near each other; null for the nearest whatever they are.</summary>
    public Diversity? Diversify { get; init; }

    /// <summary>Questions whose answers are the candidates, in the place of the index. They have no grouping and no diversity.</summary>
    public IReadOnlyList<QueryBatch> Prefetch { get; init; } = [];

    /// <summary>Bring the payloads of the answers.</summary>
    public bool WithPayload { get; init; }

    /// <summary>Bring the vectors of the answers.</summary>
    public bool WithVectors { get; init; }

    /// <summary>With features of kind history: leave out the items of the history themselves.</summary>
    public bool ExcludeHistory { get; init; }

    /// <summary>The space the caller believes in; the default asks for no check.</summary>
    public SpaceId Space { get; init; }

    /// <summary>Asked by the collection of itself: not remembered as a query that someone asked.</summary>
    internal bool IsOwn { get; init; }

    /// <summary>Read your writes: the answer reflects at least the write acknowledged with this number.</summary>
    public ulong MinLsn { get; init; }
}
