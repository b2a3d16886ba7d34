using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>Points as read back, in columns.</summary>
public sealed record PointRows
{
    /// <summary>Names of the points found, in the order they were asked for.</summary>
    public required IReadOnlyList<PointId> Ids { get; init; }

    /// <summary>Payloads beside <see cref="Ids"/>; null if they were not asked for.</summary>
    public IReadOnlyList<Payload>? Payloads { get; init; }

    /// <summary>Row-major vectors as they were sent (or derived from features); empty if they were not asked for.</summary>
    public ReadOnlyMemory<float> Vectors { get; init; }

    /// <summary>Newest log sequence number that the answer reflects.</summary>
    public required ulong Lsn { get; init; }

    /// <summary>The generation that answered.</summary>
    public required ulong Generation { get; init; }

    /// <summary>The space of the vectors.</summary>
    public required SpaceId Space { get; init; }
}
