namespace VectorSearch.Index;

/// <summary>What <see cref="LayeredIndex.Validate"/> found.</summary>
public sealed record LayeredReport
{
    /// <summary>Faults listed by text; further ones are only counted.</summary>
    public const int MaxListedFaults = 50;

    /// <summary>True when no invariant is broken.</summary>
    public bool IsSound => FaultCount == 0;

    /// <summary>Vectors that may be answered.</summary>
    public required int Live { get; init; }

    /// <summary>Live rows that no search can meet; each is a fault.</summary>
    public required int UnreachableCount { get; init; }

    /// <summary>Broken invariants.</summary>
    public required int FaultCount { get; init; }

    /// <summary>The first of them.</summary>
    public required IReadOnlyList<string> Faults { get; init; }

    /// <summary>The report in a line, for error messages.</summary>
    public override string ToString() =>
        $"{Live} live, {UnreachableCount} unreachable, {FaultCount} faults{(FaultCount == 0 ? "" : ": " + string.Join(" ", Faults))}";
}
