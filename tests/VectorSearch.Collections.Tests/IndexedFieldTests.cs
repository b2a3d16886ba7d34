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
    public async Task A_column_that_is_begun_while_a_point_is_written_has_the_point()
    {
        LiveGeneration generation = LiveGenerationSetup.Make(1);
        PayloadIndexes columns = generation.Table.Payloads;
        byte[] attachment = PointCodec.WriteAttachment(null, TestCatalog.PayloadOf(7, 3));
        int begun = columns.Put(5, attachment);
        columns.Require(["version"]); // the point is not in the table yet
        Assert.True(columns.HasBegunSince(begun));
        Assert.Null(columns.Read(all => all["version"][5]));
        begun = columns.Put(5, attachment);
        Assert.False(columns.HasBegunSince(begun));
        Assert.Equal(PayloadValue.From(3L), columns.Read(all => all["version"][5]));
        await generation.DisposeAsync();
    }

    [Fact]
    public async Task Every_acknowledged_point_is_in_columns_that_filters_begin_meanwhile()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 10));
        using CancellationTokenSource written = new();
        Task<int> writing = Task.Run(async () =>
        {
            int next = 10;
            for (; !written.IsCancellationRequested; next += 5) await points.UpsertAsync(TestCatalog.Points(next, 5) with { Durability = Durability.Applied });
            return next;
        });
        for (int i = 0; i < 50; i++)
        {
            // Each begins a column.
            PayloadFilter both = new() { MustNot = [new PayloadCondition.IsEmpty("title"), new PayloadCondition.IsEmpty($"none {i}")] };
            Assert.Equal(0, points.CountMatches(both));
        }

        await written.CancelAsync();
        int count = await writing;
        Assert.Equal(count, points.CountMatches(new PayloadFilter { MustNot = [new PayloadCondition.IsEmpty("title")] }));
        Assert.Equal(count, points.CountMatches(new PayloadFilter { Must = [new PayloadCondition.IsEmpty("none 7")] }));
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
