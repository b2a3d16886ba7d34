using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>
/// One generation of a collection as it is now: the model, the vectors that it made and their index, together.
/// </summary>
public sealed record Generation
{
    /// <summary>Points that are named where many may be meant.</summary>
    public const int NamedIds = 10;

    /// <summary>From 1; never given twice.</summary>
    public required ulong Number { get; init; }

    /// <summary>What it is for.</summary>
    public required GenerationState State { get; init; }

    /// <summary>The space of its vectors.</summary>
    public required SpaceId Space { get; init; }

    /// <summary>Coordinates of its vectors.</summary>
    public required int Dimension { get; init; }

    /// <summary>How two of its vectors are compared.</summary>
    public required Metric Metric { get; init; }

    /// <summary>Digest of its model; empty where clients send vectors.</summary>
    public string Model { get; init; } = "";

    /// <summary>The model's question; empty where clients send vectors.</summary>
    public string Question { get; init; } = "";

    /// <summary>What finds the nearest points.</summary>
    public required IndexKind Index { get; init; }

    /// <summary>Links that a node makes per layer.</summary>
    public int M { get; init; }

    /// <summary>Candidates kept while inserting.</summary>
    public int EfConstruction { get; init; }

    /// <summary>When it was asked for; null for the first generation, which came with the collection.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>When it last began to serve; null if it never did.</summary>
    public DateTimeOffset? Served { get; init; }

    /// <summary>Points it holds.</summary>
    public long Points { get; init; }

    /// <summary>
    /// Points of the collection that it does not hold, because what was written since cannot be carried into its space.
    /// </summary>
    public long Missing { get; init; }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<PointId> MissingIds { get; init; } = [];

    /// <summary>Share of the queries that it answers as a canary, 0 to 1.</summary>
    public double CanaryShare { get; init; }

    /// <summary>Why it was refused; empty otherwise.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Estimated bytes of memory held.</summary>
    public long MemoryBytes { get; init; }
}
