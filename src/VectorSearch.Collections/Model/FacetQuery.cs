using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>Asks which values a payload field has, and how many points have each.</summary>
public sealed record FacetQuery
{
    /// <summary>The payload field. A point whose field holds a list counts once for each distinct item.</summary>
    public required string Field { get; init; }

    /// <summary>Only points that it lets through; null for all.</summary>
    public PayloadFilter? Filter { get; init; }

    /// <summary>Values wanted.</summary>
    public int Limit { get; init; } = (int)CollectionLimits.Answers.Default;
}

/// <summary>A value and how many points have it.</summary>
/// <param name="Value">The value; an integral float counts as its integer.</param>
/// <param name="Points">Points that have it.</param>
public readonly record struct FacetCount(PayloadValue Value, long Points);

/// <summary>Answer to a <see cref="FacetQuery"/>.</summary>
/// <param name="Counts">The most frequent values, most frequent first.</param>
/// <param name="Distinct">How many distinct values there are, those beyond the limit included.</param>
/// <param name="Lsn">Newest log sequence number that the answer reflects.</param>
/// <param name="Generation">The generation that answered.</param>
/// <param name="Space">The space of that generation.</param>
public sealed record FacetResult(IReadOnlyList<FacetCount> Counts, long Distinct, ulong Lsn, ulong Generation, SpaceId Space);
