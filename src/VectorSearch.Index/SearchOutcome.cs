namespace VectorSearch.Index;

/// <summary>How many hits a search wrote and what it cost.</summary>
/// <param name="Count">Hits written, nearest first.</param>
/// <param name="Distances">Distances computed.</param>
/// <param name="Hops">Nodes whose links were followed, or lists visited.</param>
/// <param name="Scanned">True when the answer comes from an exact scan: asked for, or cheaper than a walk, or needed to find enough hits.</param>
public readonly record struct SearchOutcome(int Count, long Distances, long Hops, bool Scanned)
{
    /// <summary>True when fewer hits came than were asked for because no more rows match.</summary>
    public bool Exhausted { get; init; }

    /// <summary>The same outcome of a search that was asked for so many hits.</summary>
    internal SearchOutcome For(int wanted) => this with { Exhausted = Count < wanted };
}
