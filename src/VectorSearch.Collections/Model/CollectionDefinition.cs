using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>What a collection is; fixed when it is created.</summary>
public sealed record CollectionDefinition
{
    /// <summary>Name within the catalog: letters, digits, '.', '_' and '-', starting with a letter or digit.</summary>
    public required string Name { get; init; }

    /// <summary>Coordinates of a vector.</summary>
    public required int Dimension { get; init; }

    /// <summary>How two vectors are compared.</summary>
    public required Metric Metric { get; init; }

    /// <summary>The space of its vectors.</summary>
    public required SpaceId Space { get; init; }

    /// <summary>What names its points.</summary>
    public required IdKind IdKind { get; init; }

    /// <summary>What finds the nearest points.</summary>
    public IndexKind Index { get; init; } = IndexKind.Hnsw;

    /// <summary>Links that a node makes per layer, 2 M on layer 0.</summary>
    public int M { get; init; } = (int)CollectionLimits.M.Default;

    /// <summary>Candidates kept while inserting.</summary>
    public int EfConstruction { get; init; } = (int)CollectionLimits.EfConstruction.Default;

    /// <summary>Candidates kept while searching when a query says nothing.</summary>
    public int Ef { get; init; } = (int)CollectionLimits.Ef.Default;

    /// <summary>Seed of the level sampler.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>When a write is acknowledged if it says nothing.</summary>
    public Durability Durability { get; init; } = Durability.Committed;

    /// <summary>Milliseconds until a write acknowledged as <see cref="Durability.Applied"/> is on disk.</summary>
    public int CommitIntervalMs { get; init; } = (int)CollectionLimits.CommitIntervalMs.Default;

    /// <summary>Digest of the model that turns features into vectors; empty where clients send vectors.</summary>
    public string Model { get; init; } = "";

    /// <summary>The model's question, such as <c>items</c>; empty where clients send vectors.</summary>
    public string Question { get; init; } = "";
}
