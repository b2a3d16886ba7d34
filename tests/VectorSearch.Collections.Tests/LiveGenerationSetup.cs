using VectorSearch.Storage;

namespace VectorSearch.Collections.Tests;

/// <summary>A generation on its own, with an empty table.</summary>
internal static class LiveGenerationSetup
{
    public static LiveGeneration Make(ulong number, IndexKind index = IndexKind.Exact)
    {
        CollectionDefinition definition = TestCatalog.Define("points") with { Index = index };
        PointTable table = new(number, definition.Space, PointIndexes.Empty(definition), 0);
        return new LiveGeneration(
            GenerationRecord.First(definition) with { Number = number }, new ManifestGeneration(number, (byte)GenerationState.Retained, 0, 0, 0, ""), definition,
            new CollectionSettings(definition), table, () => 0, new CatalogOptions(), null);
    }
}
