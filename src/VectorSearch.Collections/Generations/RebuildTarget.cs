using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>
/// What the next generation shall be. What is not said stays as the serving generation has it; a target that says nothing
/// packs the same points into a fresh index.
/// </summary>
public sealed record RebuildTarget
{
    /// <summary>Digest of the model that makes the vectors; null for the model of the serving generation.</summary>
    public string? Model { get; init; }

    /// <summary>The model's question; null for that of the serving generation.</summary>
    public string? Question { get; init; }

    /// <summary>
    /// The space of the vectors; the default for that of the model, or without one that of the serving generation. Another
    /// space without a model needs a bridge for every point.
    /// </summary>
    public SpaceId Space { get; init; }

    /// <summary>Coordinates of a vector; 0 for those of the model, or without one those of the serving generation.</summary>
    public int Dimension { get; init; }

    /// <summary>How vectors are compared; null for that of the model, or without one that of the serving generation.</summary>
    public Metric? Metric { get; init; }

    /// <summary>What finds the nearest points; null for that of the serving generation.</summary>
    public IndexKind? Index { get; init; }

    /// <summary>Links that a node makes per layer; 0 for those of the serving generation.</summary>
    public int M { get; init; }

    /// <summary>Candidates kept while inserting; 0 for those of the serving generation.</summary>
    public int EfConstruction { get; init; }

    /// <summary>Seed of the level sampler; null for that of the serving generation.</summary>
    public ulong? Seed { get; init; }
}
