namespace VectorSearch.Index;

/// <summary>What <see cref="HnswIndex.Validate"/> found.</summary>
public sealed record GraphReport
{
    /// <summary>Faults listed by text; further ones are only counted.</summary>
    public const int MaxListedFaults = 50;

    /// <summary>True when no invariant is broken and every linked node is reachable.</summary>
    public bool IsSound => FaultCount == 0 && UnreachableCount == 0;

    /// <summary>Nodes in the graph.</summary>
    public required int Nodes { get; init; }

    /// <summary>Links on all levels.</summary>
    public required long Links { get; init; }

    /// <summary>Links to removed nodes that wait for the sweep: allowed, and 0 after <see cref="HnswIndex.Repair"/>.</summary>
    public required long LinksToRemoved { get; init; }

    /// <summary>Broken invariants.</summary>
    public required int FaultCount { get; init; }

    /// <summary>The first of them.</summary>
    public required IReadOnlyList<string> Faults { get; init; }

    /// <summary>
    /// Linked nodes that no path on level 0 leads to from the entry point. Paths may pass removed nodes, as searches do.
    /// </summary>
    public required int UnreachableCount { get; init; }

    /// <summary>Linked nodes that only paths through removed nodes lead to.</summary>
    public required int ReachableOnlyThroughRemovedCount { get; init; }

    /// <summary>The report in a line, for error messages.</summary>
    public override string ToString() =>
        $"{Nodes} nodes, {Links} links ({LinksToRemoved} to removed), {UnreachableCount} unreachable " +
        $"(+{ReachableOnlyThroughRemovedCount} only through removed), {FaultCount} faults{(FaultCount == 0 ? "" : ": " + string.Join(" ", Faults))}";
}
