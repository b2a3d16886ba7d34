namespace VectorSearch.Collections.Tests;

public class IndexedFieldTests
{
    private static PayloadFilter Of(string field, long value) => new() { Must = [new PayloadCondition.Match(field, [PayloadValue.From(value)])] };

    [Fact]
    public async Task Fields_that_had_indexes_have_them_again_after_a_start()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 100));
        Assert.Equal(1, points.CountMatches(Of("id", 7)));
        points.IndexFields(["version"]);
        await test.ReopenAsync();
        points = test.Catalog.Get("points");
        await TestCatalog.EventuallyAsync(() => points.IndexedFields.Count == 2);
        Assert.Equal(["id", "version"], points.IndexedFields);
        await points.UpsertAsync(TestCatalog.Points(100, 1, version: 3));
        Assert.Equal(1, points.CountMatches(Of("version", 3)));
        Assert.Equal(100, points.CountMatches(Of("version", 0)));
        await test.CloseAsync();
        Assert.Empty(CollectionChecker.Check(test.Root).Findings);
    }

    [Fact]
    public async Task A_damaged_list_of_fields_costs_nothing_but_the_indexes()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 100));
        points.IndexFields(["version"]);
        await test.CloseAsync();
        string path = Path.Combine(test.Folder("points"), "fields");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        CheckFinding finding = Assert.Single(CollectionChecker.Check(test.Root).Findings);
        Assert.Equal((path, ""), (finding.File, finding.Loss));
        await test.ReopenAsync();
        points = test.Catalog.Get("points");
        Assert.Contains(test.Events, one => one.IsFault && one.Message.Contains("fields", StringComparison.Ordinal));
        Assert.Empty(points.IndexedFields);
        Assert.Equal(100, points.CountMatches(Of("version", 0)));
        await test.CloseAsync();
        Assert.Empty(CollectionChecker.Repair(test.Root).Findings);
    }
}
