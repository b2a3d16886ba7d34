using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>
/// One or more queries of one form: exactly one of <see cref="Vectors"/>, <see cref="Ids"/> and <see cref="Features"/>.
/// </summary>
public sealed record QueryBatch
{
    /// <summary>Row-major query vectors of the collection's space.</summary>
    public ReadOnlyMemory<float> Vectors { get; init; }

    /// <summary>Points of the collection: more like this. A point is not its own answer.</summary>
    public IReadOnlyList<PointId>? Ids { get; init; }

    /// <summary>Features that the collection's model encodes, such as a user's history.</summary>
    public IReadOnlyList<PointFeatures>? Features { get; init; }

    /// <summary>Answers wanted per query.</summary>
    public int Limit { get; init; } = (int)CollectionLimits.Answers.Default;

    /// <summary>Candidates kept during the walk; 0 means the collection's default. Never less than <see cref="Limit"/>.</summary>
    public int Ef { get; init; }

    /// <summary>Compare with every point instead of walking the graph.</summary>
    public bool Exact { get; init; }

    /// <summary>Which points may be answers; null for all.</summary>
    public PayloadFilter? Filter { get; init; }

    /// <summary>Bring the payloads of the answers.</summary>
    public bool WithPayload { get; init; }

    /// <summary>Bring the vectors of the answers.</summary>
    public bool WithVectors { get; init; }

    /// <summary>With features of kind history: leave out the items of the history themselves.</summary>
    public bool ExcludeHistory { get; init; }

    /// <summary>The space the caller believes in; the default asks for no check.</summary>
    public SpaceId Space { get; init; }

    /// <summary>Read your writes: the answer reflects at least the write acknowledged with this number.</summary>
    public ulong MinLsn { get; init; }
}
