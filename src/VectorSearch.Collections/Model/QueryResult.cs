namespace VectorSearch.Collections;

/// <summary>Answers in columns: those of query 0, then those of query 1, and so on.</summary>
public sealed record QueryResult
{
    /// <summary>How many answers each query has.</summary>
    public required IReadOnlyList<int> Counts { get; init; }

    /// <summary>Names of the answers, nearest first within a query.</summary>
    public required IReadOnlyList<PointId> Ids { get; init; }

    /// <summary>
    /// Cosine or inner product, greatest first; or squared Euclidean distance, smallest first.
    /// </summary>
    public required IReadOnlyList<float> Scores { get; init; }

    /// <summary>Payloads beside <see cref="Ids"/>; null if they were not asked for.</summary>
    public IReadOnlyList<Payload>? Payloads { get; init; }

    /// <summary>Row-major vectors beside <see cref="Ids"/>; empty if they were not asked for.</summary>
    public ReadOnlyMemory<float> Vectors { get; init; }

    /// <summary>The generation that answered.</summary>
    public required ulong Generation { get; init; }

    /// <summary>Newest log sequence number that the answer reflects.</summary>
    public required ulong Lsn { get; init; }

    /// <summary>Distances computed over all queries.</summary>
    public long Distances { get; init; }

    /// <summary>Nodes expanded over all queries.</summary>
    public long Hops { get; init; }
}
