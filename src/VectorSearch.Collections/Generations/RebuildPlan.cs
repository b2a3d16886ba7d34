using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>What a rebuild would do, found without doing any of it.</summary>
public sealed record RebuildPlan
{
    /// <summary>The space of the new vectors.</summary>
    public required SpaceId Space { get; init; }

    /// <summary>Coordinates of a new vector.</summary>
    public required int Dimension { get; init; }

    /// <summary>How new vectors are compared.</summary>
    public required Metric Metric { get; init; }

    /// <summary>Digest of the model; empty where clients send vectors.</summary>
    public required string Model { get; init; }

    /// <summary>The model's question; empty where clients send vectors.</summary>
    public required string Question { get; init; }

    /// <summary>What finds the nearest points.</summary>
    public required IndexKind Index { get; init; }

    /// <summary>Links that a node makes per layer.</summary>
    public required int M { get; init; }

    /// <summary>Candidates kept while inserting.</summary>
    public required int EfConstruction { get; init; }

    /// <summary>Points there are.</summary>
    public long Points { get; init; }

    /// <summary>Points whose vector is of the new space already.</summary>
    public long AsVectors { get; init; }

    /// <summary>Points that are embedded from their features.</summary>
    public long FromFeatures { get; init; }

    /// <summary>Points whose vector is the row of the item that they are named after.</summary>
    public long FromItems { get; init; }

    /// <summary>Points whose vector the bridge maps.</summary>
    public long ByBridge { get; init; }

    /// <summary>Points that cannot be carried over.</summary>
    public long NotCarried { get; init; }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<PointId> NotCarriedIds { get; init; } = [];

    /// <summary>Most bytes of memory that it takes beside what is there; estimated.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Refuses a rebuild that would lose points.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.FailedPrecondition"/>: some cannot be carried over; how many, which, and what to do.</exception>
    public void RequireCarried()
    {
        if (NotCarried > 0) throw CannotCarry(NotCarried, Points, NotCarriedIds, Space);
    }

    /// <summary>Says how many points cannot be carried over, which, and what to do.</summary>
    internal static VectorSearchException CannotCarry(long count, long points, IEnumerable<PointId> ids, SpaceId space) => new(
        ErrorCode.FailedPrecondition,
        $"{PointNames.Describe(count, points, ids)} cannot be carried into the space {space}: they came as vectors of another space, and the new model has no row of " +
        "their name and makes no vector from their features. Write them again with features, delete them, train a model that knows them, or have them carried " +
        "over a bridge (carry_by_bridge). Nothing was done.");
}
