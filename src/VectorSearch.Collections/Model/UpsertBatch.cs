using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>
/// Points to insert or replace, one row per id. All rows are checked before the first is written. Of two rows with one
/// id the last wins.
/// </summary>
public sealed record UpsertBatch
{
    /// <summary>Names of the points.</summary>
    public required IReadOnlyList<PointId> Ids { get; init; }

    /// <summary>Row-major vectors, one row of the collection's dimension per id; empty when <see cref="Features"/> is given.</summary>
    public ReadOnlyMemory<float> Vectors { get; init; }

    /// <summary>Features, one per id; null when <see cref="Vectors"/> is given.</summary>
    public IReadOnlyList<PointFeatures>? Features { get; init; }

    /// <summary>Payloads, one per id (null for none); null when no point has one.</summary>
    public IReadOnlyList<Payload?>? Payloads { get; init; }

    /// <summary>The space the caller believes in; the default asks for no check.</summary>
    public SpaceId Space { get; init; }

    /// <summary>The caller's name for this request; a repetition within the window is done once and answered alike.</summary>
    public string? RequestId { get; init; }

    /// <summary>When to acknowledge; null means as the collection says.</summary>
    public Durability? Durability { get; init; }
}
