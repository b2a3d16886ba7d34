using VectorSearch.Index;
using VectorSearch.Storage;

namespace VectorSearch.Collections.Tests;

/// <summary>A point that no walk reaches is linked again: at the start, with a snapshot, and after removals.</summary>
public class GraphUpkeepTests
{
    private const int Points = 500;
    private const int Lost = 77;

    [Fact]
    public async Task A_start_links_what_the_snapshot_left_unreachable()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        await test.CreateAsync();
        await test.CloseAsync();
        CollectionFiles files = new(test.Folder("points"), new FileDurability());
        CollectionDefinition definition = files.ReadDefinition();
        using (PointTable table = Table(definition))
        {
            string name = CollectionFiles.SnapshotName(1, 1);
            using (SnapshotWriter writer = new(files.Snapshot(name), files.Disk))
            {
                SnapshotCodec.Write(writer, new TableMoment(table, [.. table.Entries()], []), [], default);
                writer.Complete();
            }

            Directory.Delete(files.Log, recursive: true);
            FasterRecordLog.Create(files.Log, new RecordLogOptions(), files.Disk, 1).Abandon();
            using ManifestKeeper manifest = ManifestKeeper.Open(files);
            manifest.Change(current => current with { Generations = [current.Generations[0] with { Snapshot = name }], SnapshotSequence = 1, FloorSequence = 1 });
        }

        await test.ReopenAsync();
        Collection points = test.Catalog.Get("points");
        Assert.Equal(Points, points.Count);
        Assert.Contains(test.Events, one => one.Message.Contains("1 points that walks no longer reached", StringComparison.Ordinal));
        Assert.Equal(new PointId(Lost), points.Query(new QueryBatch { Vectors = TestCatalog.Vector(Lost), Limit = 1 }).Ids[0]);
    }

    [Fact]
    public async Task Many_removals_bring_a_look_at_the_graph()
    {
        using PointTable table = Table(TestCatalog.Define("points"));
        table.Maintenance.Start(threads: 1);
        Assert.Equal(1, table.Index.Audit().Unreachable);
        ulong lsn = 1;
        for (int round = 0; round < 10; round++)
        {
            table.Apply(Upsert(1000, Points), ++lsn);
            await table.Maintenance.WaitForRoomAsync(0, default);
        }

        Assert.Equal(0, table.Index.Audit().Unreachable);
    }

    /// <summary>A table whose point <see cref="Lost"/> no list names.</summary>
    private static PointTable Table(CollectionDefinition definition)
    {
        PointTable table = new(1, definition.Space, PointIndexes.Empty(definition), 0);
        HnswGraph graph = ((GraphPointIndex)table.Index).Graph.Graph;
        table.Apply(Upsert(0, Points), 1);
        for (int slot = 0; slot < Points; slot++) table.Index.Link(slot);
        Assert.True(table.TryGet(Lost, out PointEntry lost));
        Span<int> links = stackalloc int[256];
        for (int slot = 0; slot < Points; slot++)
        {
            int count;
            unsafe
            {
                fixed (int* into = links) count = graph.ReadLinks(slot, 0, into);
            }

            graph.Bottom.Replace(slot, [.. links[..count].ToArray().Where(link => link != lost.Slot)]);
        }

        Assert.Equal(1, table.Index.Audit().Unreachable);
        return table;
    }

    private static Mutation Upsert(int first, int count) => new()
    {
        Kind = MutationKind.Upsert,
        Space = TestCatalog.Space,
        Ids = [.. Enumerable.Range(first, count).Select(id => new PointId((ulong)id))],
        Vectors = Enumerable.Range(first, count).SelectMany(id => TestCatalog.Vector(id)).ToArray(),
        Attachments = [.. Enumerable.Range(0, count).Select(_ => Array.Empty<byte>())],
    };
}
