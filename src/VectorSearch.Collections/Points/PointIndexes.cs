using VectorSearch.Index;

namespace VectorSearch.Collections;

/// <summary>Indexes without points.</summary>
internal static class PointIndexes
{
    public static PointIndex Empty(CollectionDefinition definition) => definition.Index == IndexKind.Sealed
        ? SealedPointIndex.Empty(definition)
        : new GraphPointIndex(new HnswIndex(CollectionDefinitionValidator.ToHnswOptions(definition)), links: definition.Index == IndexKind.Hnsw);
}
