using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>Answers in columns: those of query 0, then those of query 1, and so on.</summary>
public sealed record QueryResult
{
    /// <summary>How many answers each query has.</summary>
    public required IReadOnlyList<int> Counts { get; init; }

    /// <summary>Names of the answers, nearest first within a query.</summary>
    public required IReadOnlyList<PointId> Ids { get; init; }

    /// <summary>
    /// Cosine or inner product, greatest first; or squared Euclidean distance, smallest first; or with fusion its score.
    /// </summary>
    public required IReadOnlyList<float> Scores { get; init; }

    /// <summary>Payloads beside <see cref="Ids"/>; null if they were not asked for.</summary>
    public IReadOnlyList<Payload>? Payloads { get; init; }

    /// <summary>Row-major vectors beside <see cref="Ids"/>; empty if they were not asked for.</summary>
    public ReadOnlyMemory<float> Vectors { get; init; }

    /// <summary>How many groups each query has; empty without grouping.</summary>
    public IReadOnlyList<int> GroupCounts { get; init; } = [];

    /// <summary>The groups of query 0, best first, then those of query 1; their answers stand together in this order.</summary>
    public IReadOnlyList<QueryGroup> Groups { get; init; } = [];

    /// <summary>The generation that answered.</summary>
    public required ulong Generation { get; init; }

    /// <summary>The space that the query was answered in.</summary>
    public required SpaceId Space { get; init; }

    /// <summary>Newest log sequence number that the answer reflects.</summary>
    public required ulong Lsn { get; init; }

    /// <summary>Whether every point that may be an answer was compared, for each of the queries: nothing nearer was missed.</summary>
    public bool IsExact { get; init; }

    /// <summary>Distances computed over all queries.</summary>
    public long Distances { get; init; }

    /// <summary>Nodes expanded over all queries.</summary>
    public long Hops { get; init; }

    /// <summary>Where the time went.</summary>
    public QueryPhases Phases { get; init; }
}

/// <summary>A group of answers.</summary>
/// <param name="Value">What they share.</param>
/// <param name="Hits">How many they are.</param>
public sealed record QueryGroup(PayloadValue Value, int Hits);

/// <summary>Time of each part of a query, in order.</summary>
/// <param name="Encode">Features, examples and ids became vectors.</param>
/// <param name="Filter">The filter became a set of slots.</param>
/// <param name="Search">The index was searched.</param>
/// <param name="Choose">Answers were fused, grouped or diversified.</param>
/// <param name="Gather">Ids, payloads and vectors were brought.</param>
public readonly record struct QueryPhases(TimeSpan Encode, TimeSpan Filter, TimeSpan Search, TimeSpan Choose, TimeSpan Gather);
