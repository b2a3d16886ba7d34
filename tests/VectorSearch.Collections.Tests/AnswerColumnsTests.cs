namespace VectorSearch.Collections.Tests;

/// <summary>Gathering ends, whatever the table says.</summary>
public class AnswerColumnsTests
{
    [Fact]
    public async Task A_live_point_without_a_vector_is_a_fault_and_no_endless_search_for_a_newer_one()
    {
        CollectionDefinition definition = TestCatalog.Define("points") with { Index = IndexKind.Exact };
        LiveGeneration generation = LiveGenerationSetup.Make(1);
        PointTable table = generation.Table;
        table.Apply(
            new Mutation { Kind = MutationKind.Upsert, Space = definition.Space, Ids = [new PointId(7)], Vectors = TestCatalog.Vector(7), Attachments = [[]] }, 1);
        Assert.True(table.TryGet(new PointId(7), out PointEntry entry));
        AnswerColumns columns = new(definition, table, withPayload: false, withVectors: true, 1);
        Assert.True(columns.TryAdd(entry));

        table.Index.Remove(entry.Slot); // as only a defect could
        InvalidOperationException told = Assert.Throws<InvalidOperationException>(() => columns.TryAdd(entry));
        Assert.Contains("point 7", told.Message, StringComparison.Ordinal);
        Assert.False(columns.TryAdd(entry, takeNewer: false));
        await generation.DisposeAsync();
    }
}
