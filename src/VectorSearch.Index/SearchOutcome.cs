namespace VectorSearch.Index;

/// <summary>How many hits a search wrote and what it cost.</summary>
/// <param name="Count">Hits written, nearest first.</param>
/// <param name="Distances">Distances computed.</param>
/// <param name="Hops">Nodes whose links were followed.</param>
/// <param name="Scanned">True when the answer comes from an exact scan: asked for, or cheaper than a walk, or needed to find enough hits.</param>
public readonly record struct SearchOutcome(int Count, long Distances, long Hops, bool Scanned);
