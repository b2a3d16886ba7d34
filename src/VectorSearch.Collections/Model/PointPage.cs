namespace VectorSearch.Collections;

/// <summary>One page of a scroll.</summary>
/// <param name="Rows">Its points.</param>
/// <param name="NextSlot">Where the next page begins; null after the last one.</param>
public sealed record PointPage(PointRows Rows, int? NextSlot);
