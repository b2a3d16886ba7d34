using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>
/// A change of the payloads of points, named or filtered; vectors and features stay. Ids that are not there are no error;
/// the receipt counts those that were.
/// </summary>
public sealed record PayloadBatch
{
    /// <summary>Names of the points; null when <see cref="Filter"/> is given.</summary>
    public IReadOnlyList<PointId>? Ids { get; init; }

    /// <summary>Every point that it lets through when the write begins; null when <see cref="Ids"/> are given.</summary>
    public PayloadFilter? Filter { get; init; }

    /// <summary>What happens to each payload.</summary>
    public required PayloadChange Change { get; init; }

    /// <summary>The space the caller believes in; the default asks for no check.</summary>
    public SpaceId Space { get; init; }

    /// <summary>The caller's name for this request; a repetition within the window is done once and answered alike.</summary>
    public string? RequestId { get; init; }

    /// <summary>When to acknowledge; null means as the collection says.</summary>
    public Durability? Durability { get; init; }
}
