namespace VectorSearch.Collections;

/// <summary>When a write is acknowledged. The numbers are part of the file formats.</summary>
public enum Durability
{
    /// <summary>On disk and findable.</summary>
    Committed = 1,

    /// <summary>Findable; on disk within <see cref="CollectionDefinition.CommitIntervalMs"/>.</summary>
    Applied = 2,
}
