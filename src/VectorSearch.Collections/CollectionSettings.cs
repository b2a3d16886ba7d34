namespace VectorSearch.Collections;

/// <summary>What of a definition may change while the collection serves; readers and writers ask for it with every call.</summary>
internal sealed class CollectionSettings(CollectionDefinition definition)
{
    private volatile CollectionDefinition _definition = definition;

    public Durability Durability => _definition.Durability;

    public int Ef => _definition.Ef;

    public void Take(CollectionDefinition definition) => _definition = definition;
}
