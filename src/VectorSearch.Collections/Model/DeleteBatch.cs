using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>Points to delete. Ids that are not there are no error; the receipt counts those that were.</summary>
public sealed record DeleteBatch
{
    /// <summary>Names of the points.</summary>
    public required IReadOnlyList<PointId> Ids { get; init; }

    /// <summary>The space the caller believes in; the default asks for no check.</summary>
    public SpaceId Space { get; init; }

    /// <summary>The caller's name for this request; a repetition within the window is done once and answered alike.</summary>
    public string? RequestId { get; init; }

    /// <summary>When to acknowledge; null means as the collection says.</summary>
    public Durability? Durability { get; init; }
}
