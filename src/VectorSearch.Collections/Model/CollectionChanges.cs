namespace VectorSearch.Collections;

/// <summary>What may change about a collection after its creation; null leaves it as it is.</summary>
public sealed record CollectionChanges
{
    /// <summary>When a write is acknowledged if it says nothing.</summary>
    public Durability? Durability { get; init; }

    /// <summary>Candidates kept while searching when a query says nothing.</summary>
    public int? Ef { get; init; }

    /// <summary>The definition after the change.</summary>
    internal CollectionDefinition ApplyTo(CollectionDefinition definition) =>
        definition with { Durability = Durability ?? definition.Durability, Ef = Ef ?? definition.Ef };
}
