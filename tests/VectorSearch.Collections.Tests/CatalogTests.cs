using VectorSearch.Testing;

namespace VectorSearch.Collections.Tests;

public class CatalogTests
{
    [Fact]
    public async Task Durability_and_ef_change_at_once_and_for_good()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 2000));
        await points.WaitForLinkedAsync();
        long before = Cost();
        await test.Catalog.UpdateAsync("points", new CollectionChanges { Ef = 400, Durability = Durability.Applied });
        Assert.True(Cost() > 2 * before, $"{Cost()} distances with ef 400, {before} with the default");
        Assert.Equal("ef", (await Assert.ThrowsAsync<VectorSearchException>(() => test.Catalog.UpdateAsync("points", new CollectionChanges { Ef = 0 }))).Field);
        await test.ReopenAsync();
        points = test.Catalog.Get("points");
        Assert.Equal((400, Durability.Applied), (points.Definition.Ef, points.Definition.Durability));
        await points.WaitForLinkedAsync();
        Assert.True(Cost() > 2 * before);

        long Cost() => points.Query(new QueryBatch { Vectors = TestCatalog.Vector(-1), Limit = 1 }).Distances;
    }

    [Fact]
    public async Task Collections_are_made_listed_and_deleted_and_stay_so()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        foreach (string name in new[] { "b", "a", "c" }) await test.CreateAsync(name);
        await test.Catalog.DeleteAsync("b");
        Assert.Equal(["a", "c"], test.Catalog.List().Select(collection => collection.Name));
        await test.ReopenAsync();
        Assert.Equal(["a", "c"], test.Catalog.List().Select(collection => collection.Name));
        Assert.Equal(TestCatalog.Define("a"), test.Catalog.Get("a").Definition);
        await test.CreateAsync("b");
        Assert.Equal(0, test.Catalog.Get("b").Count);
        Assert.Equal(3, Directory.GetDirectories(Path.Combine(test.Root, "collections")).Length);
    }

    [Fact]
    public async Task An_unknown_name_is_answered_with_near_ones()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        await test.CreateAsync("movies");
        await test.CreateAsync("songs");
        VectorSearchException missing = Assert.Throws<VectorSearchException>(() => test.Catalog.Get("movie"));
        Assert.Equal(ErrorCode.NotFound, missing.Code);
        Assert.Contains("'movies'", missing.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("songs", missing.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.NotFound, (await Assert.ThrowsAsync<VectorSearchException>(() => test.Catalog.DeleteAsync("x"))).Code);
        Assert.Equal(ErrorCode.AlreadyExists, (await Assert.ThrowsAsync<VectorSearchException>(() => test.CreateAsync("songs"))).Code);
    }

    [Fact]
    public async Task A_wrong_definition_is_refused_with_every_fault()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        VectorSearchException wrong = await Assert.ThrowsAsync<VectorSearchException>(() =>
            test.Catalog.CreateAsync(TestCatalog.Define("../up") with { Dimension = 0, M = 1000, Space = default, Model = "sha256:x" }));
        Assert.Equal(ErrorCode.InvalidArgument, wrong.Code);
        foreach (string field in new[] { "name", "dimension", "m:", "space_id", "question" })
            Assert.Contains(field, wrong.Message, StringComparison.Ordinal);
        Assert.Empty(test.Catalog.List());
    }

    [Fact]
    public async Task A_directory_that_is_open_is_refused_to_others_and_unharmed()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        for (int i = 0; i < 20; i++)
        {
            Task<WriteReceipt> writing = points.UpsertAsync(TestCatalog.Points(i * 10, 10));
            VectorSearchException held = await Assert.ThrowsAsync<VectorSearchException>(() => CollectionCatalog.OpenAsync(test.Root, new CatalogOptions()));
            Assert.Equal(ErrorCode.FailedPrecondition, held.Code);
            Assert.Equal(ErrorCode.FailedPrecondition, Assert.Throws<VectorSearchException>(() => CollectionChecker.Check(test.Root)).Code);
            await writing;
        }

        await test.ReopenAsync();
        Assert.Equal(200, test.Catalog.Get("points").Count);
    }

    [Fact]
    public async Task A_collection_half_made_or_half_deleted_is_not_there()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        await test.CreateAsync("whole");
        await test.CloseAsync();
        Directory.CreateDirectory(test.Folder(".new-123"));
        Directory.Move(test.Folder("whole"), test.Folder(".trash-9"));
        await test.ReopenAsync();
        Assert.Empty(test.Catalog.List());
        Assert.Empty(Directory.GetDirectories(Path.Combine(test.Root, "collections")));
    }

    [Theory]
    [InlineData("definition", "delete")]
    [InlineData("definition", "flip")]
    [InlineData("manifest", "delete")]
    [InlineData("manifest", "empty")]
    [InlineData("log/log.head", "delete")]
    [InlineData("log/wal.log.0", "delete")]
    [InlineData("log/wal.log.0", "empty")]
    [InlineData("log/wal.log.0", "flip")]
    [InlineData("snapshots", "delete")]
    [InlineData("snapshots", "flip")]
    public async Task A_damaged_collection_is_named_with_its_file_while_others_serve(string file, string damage)
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection bad = await test.CreateAsync("bad");
        Collection good = await test.CreateAsync("good");
        await good.UpsertAsync(TestCatalog.Points(0, 5));
        await bad.UpsertAsync(TestCatalog.Points(0, 50));
        if (file == "snapshots") await bad.SnapshotAsync();
        await bad.UpsertAsync(TestCatalog.Points(50, 50));
        await test.CloseAsync();
        string path = Path.Combine(test.Folder("bad"), file);
        if (file == "snapshots") path = Directory.GetFiles(path).Single();
        switch (damage)
        {
            case "delete": File.Delete(path); break;
            case "empty": File.WriteAllBytes(path, []); break;
            default:
                byte[] bytes = File.ReadAllBytes(path);
                bytes[file == "snapshots" ? (1 << 16) + 9 : Math.Min(200, bytes.Length / 2)] ^= 4;
                File.WriteAllBytes(path, bytes);
                break;
        }

        CheckReport report = CollectionChecker.Check(test.Root);
        Assert.Contains(report.Findings, finding => finding.Collection == "bad" && finding.Loss is null && finding.File.StartsWith(test.Folder("bad"), StringComparison.Ordinal));
        await test.ReopenAsync();
        Assert.Equal(5, test.Catalog.Get("good").Count);
        CollectionStatus status = test.Catalog.Get("bad").Status;
        Assert.Equal(CollectionState.Damaged, status.State);
        Assert.Contains(Path.GetFileName(path), status.Detail, StringComparison.Ordinal);
        VectorSearchException refused = Assert.Throws<VectorSearchException>(() => test.Catalog.Get("bad").Query(new QueryBatch { Vectors = TestCatalog.Vector(1) }));
        Assert.Equal(ErrorCode.Damaged, refused.Code);
        Assert.Contains(test.Events, one => one is { Collection: "bad", IsFault: true });
        await test.Catalog.DeleteAsync("bad");
    }

    [Fact]
    public async Task A_log_that_is_older_than_the_snapshots_is_refused()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        await (await test.CreateAsync()).UpsertAsync(TestCatalog.Points(0, 10));
        await test.CloseAsync();
        using TempDirectory old = new();
        string log = Path.Combine(test.Folder("points"), "log");
        DirectoryCopy.Make(log, old.Path);
        await test.ReopenAsync();
        await test.Catalog.Get("points").UpsertAsync(TestCatalog.Points(10, 10));
        await test.Catalog.Get("points").SnapshotAsync();
        await test.CloseAsync();
        Directory.Delete(log, recursive: true);
        DirectoryCopy.Make(old.Path, log);
        Assert.Contains(CollectionChecker.Check(test.Root).Findings, finding => finding.Loss is null && finding.Message.Contains("a log that reaches record 2", StringComparison.Ordinal));
        await test.ReopenAsync();
        Assert.Equal(CollectionState.Damaged, test.Catalog.Get("points").Status.State);
        Assert.Contains("a log that reaches record 2", test.Catalog.Get("points").Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flipped_byte_anywhere_yields_the_right_answers_or_a_refusal_that_check_explains()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 100));
        await points.SnapshotAsync();
        await points.UpsertAsync(TestCatalog.Points(80, 100, version: 1));
        await points.DeleteAsync(TestCatalog.Ids(1, 2, 3));
        await test.CloseAsync();
        Random random = TestSeed.Random(11);
        string[] files = [.. Directory.GetFiles(test.Folder("points"), "*", SearchOption.AllDirectories).Where(file => new FileInfo(file).Length > 0)];
        for (int i = 0; i < TestScale.Pick(200, 2000); i++)
        {
            string file = files[random.Next(files.Length)];
            byte[] good = File.ReadAllBytes(file);
            byte[] bad = [.. good];
            int at = random.Next(bad.Length);
            bad[at] ^= (byte)random.Next(1, 256);
            File.WriteAllBytes(file, bad);
            string context = $"{Path.GetFileName(file)} at {at}; {TestSeed.Describe}";
            CheckReport report = CollectionChecker.Check(test.Root);
            string copy = Path.Combine(Path.GetDirectoryName(test.Root)!, "copy");
            DirectoryCopy.Make(test.Root, copy);
            await using (CollectionCatalog catalog = await CollectionCatalog.OpenAsync(copy, new CatalogOptions { LinkerThreads = 1 }))
            {
                Collection opened = catalog.Get("points");
                if (IsRefused(opened, context)) Assert.True(report.Findings.Any(finding => finding.Loss is null), context);
            }

            Directory.Delete(copy, recursive: true);
            File.WriteAllBytes(file, good);
        }

        await test.ReopenAsync();
    }

    /// <summary>A damaged payload is found when it is read: then the read is refused, naming file and offset.</summary>
    private static bool IsRefused(Collection opened, string context)
    {
        if (opened.Status.State == CollectionState.Damaged) return true;
        try
        {
            AssertWhole(opened, context);
            return false;
        }
        catch (VectorSearchException refused)
        {
            Assert.Equal(ErrorCode.Damaged, refused.Code);
            Assert.Contains("offset", refused.Message, StringComparison.Ordinal);
            return true;
        }
    }

    private static void AssertWhole(Collection points, string context)
    {
        Assert.True(points.Count == 177, context);
        PointRows rows = points.Get([.. Enumerable.Range(4, 176).Select(i => new PointId((ulong)i))], true, true, false);
        for (int i = 0; i < rows.Ids.Count; i++)
        {
            int id = (int)rows.Ids[i].Number, version = id >= 80 ? 1 : 0;
            Assert.True(TestCatalog.PayloadOf(id, version).Equals(rows.Payloads![i]), context);
            ReadOnlySpan<float> vector = rows.Vectors.Span.Slice(i * TestCatalog.Dimension, TestCatalog.Dimension);
            Assert.True(vector.SequenceEqual(TestCatalog.Vector(id + (version * 1_000_000))), context);
        }
    }
}
