using System.Text.Json.Serialization;
using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>
/// What is written down about a generation when it is asked for: what it is, how it is built, and later how it ended. The
/// first generation of a collection is what the collection's definition says.
/// </summary>
internal sealed record GenerationRecord
{
    public required ulong Number { get; init; }

    /// <summary>Null for the first generation, which came with the collection.</summary>
    public DateTimeOffset? Created { get; init; }

    public required SpaceId Space { get; init; }

    public required int Dimension { get; init; }

    public required Metric Metric { get; init; }

    public required string Model { get; init; }

    public required string Question { get; init; }

    public required IndexKind Index { get; init; }

    public required int M { get; init; }

    public required int EfConstruction { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>What the rebuild was asked for; null for the first generation.</summary>
    public RebuildTarget? Target { get; init; }

    [JsonPropertyName("Threads")]
    public double Processors { get; init; } = 1;

    public long MemoryBytes { get; init; }

    public int Keep { get; init; } = (int)CollectionLimits.RetainedGenerations.Default;

    /// <summary>What the audit of the fresh index found; null before that.</summary>
    public GenerationAudit? Audit { get; init; }

    /// <summary><see cref="GenerationState.Retired"/> or <see cref="GenerationState.Refused"/>; counts once the manifest no longer names the generation.</summary>
    public GenerationState? Ended { get; init; }

    /// <summary>Why it was refused.</summary>
    public string Reason { get; init; } = "";

    public static GenerationRecord First(CollectionDefinition definition) => new()
    {
        Number = 1,
        Space = definition.Space,
        Dimension = definition.Dimension,
        Metric = definition.Metric,
        Model = definition.Model,
        Question = definition.Question,
        Index = definition.Index,
        M = definition.M,
        EfConstruction = definition.EfConstruction,
        Seed = definition.Seed,
    };

    /// <summary>The collection's definition as it is while this generation answers.</summary>
    public CollectionDefinition ApplyTo(CollectionDefinition collection) => collection with
    {
        Space = Space,
        Dimension = Dimension,
        Metric = Metric,
        Model = Model,
        Question = Question,
        Index = Index,
        M = M,
        EfConstruction = EfConstruction,
        Seed = Seed,
    };

    /// <summary>What callers see of it.</summary>
    public Generation ToGeneration(GenerationState state) => new()
    {
        Number = Number,
        State = state,
        Space = Space,
        Dimension = Dimension,
        Metric = Metric,
        Model = Model,
        Question = Question,
        Index = Index,
        M = M,
        EfConstruction = EfConstruction,
        Created = Created,
        Reason = Reason,
    };
}
