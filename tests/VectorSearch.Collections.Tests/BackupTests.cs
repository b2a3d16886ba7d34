using System.IO.Compression;
using VectorSearch.Storage;

namespace VectorSearch.Collections.Tests;

public class BackupTests
{
    private static string GoldenPath => Path.Combine(AppContext.BaseDirectory, "Golden", "collection-v1.zip");

    [Fact]
    public async Task A_backup_restores_under_any_name_and_goes_on_from_its_number()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 100));
        string backup = Path.Combine(Path.GetDirectoryName(test.Root)!, "backup");
        ulong lsn = await test.Catalog.BackupAsync("points", backup);
        Assert.Equal(points.Status.Lsn, lsn);
        await points.UpsertAsync(TestCatalog.Points(0, 100, version: 5));
        Collection copy = await test.Catalog.RestoreAsync(backup, "copy", replace: false);
        Assert.Equal(100, copy.Count);
        WriteReceipt receipt = await copy.UpsertAsync(TestCatalog.Points(100, 1));
        Assert.Equal(lsn + 1, receipt.Lsn);
        Assert.Equal(ErrorCode.AlreadyExists, (await Assert.ThrowsAsync<VectorSearchException>(() => test.Catalog.RestoreAsync(backup, "points", replace: false))).Code);
        await test.Catalog.RestoreAsync(backup, "points", replace: true);
        await test.ReopenAsync();
        Assert.Equal(101, test.Catalog.Get("copy").Count);
        PointRows rows = test.Catalog.Get("points").Get([7], true, true, false);
        Assert.Equal(TestCatalog.PayloadOf(7, 0), rows.Payloads![0]);
        Assert.Equal(TestCatalog.Vector(7), rows.Vectors.ToArray());
        Assert.Equal(ErrorCode.AlreadyExists, (await Assert.ThrowsAsync<VectorSearchException>(() => test.Catalog.BackupAsync("points", backup))).Code);
    }

    [Fact]
    public async Task A_damaged_backup_replaces_nothing()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 100));
        string backup = Path.Combine(Path.GetDirectoryName(test.Root)!, "backup");
        await test.Catalog.BackupAsync("points", backup);
        string snapshot = Directory.GetFiles(Path.Combine(backup, "snapshots")).Single();
        byte[] bytes = File.ReadAllBytes(snapshot);
        foreach (int at in new[] { 10, bytes.Length / 2, bytes.Length - 10 })
        {
            byte[] bad = [.. bytes];
            bad[at] ^= 1;
            File.WriteAllBytes(snapshot, bad);
            VectorSearchException refused = await Assert.ThrowsAsync<VectorSearchException>(() => test.Catalog.RestoreAsync(backup, "points", replace: true));
            Assert.Equal(ErrorCode.Damaged, refused.Code);
            Assert.Contains(Path.GetFileName(snapshot), refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(100, test.Catalog.Get("points").Count);
        await test.ReopenAsync();
        Assert.Equal(["points"], test.Catalog.List().Select(collection => collection.Name));
        Assert.Equal(100, test.Catalog.Get("points").Count);
    }

    /// <summary>From its nth rename on the disk refuses everything, also what would undo the half that was done: as a kill leaves it.</summary>
    [Fact]
    public async Task A_kill_at_any_step_of_a_replacement_leaves_the_old_collection_or_the_new_one()
    {
        SwitchFault fault = new() { Kinds = [StorageOperation.Rename, StorageOperation.Delete] };
        await using TestCatalog test = await TestCatalog.OpenAsync(new CatalogOptions { LinkerThreads = 1, Fault = fault });
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 40));
        string backup = Path.Combine(Path.GetDirectoryName(test.Root)!, "backup");
        await test.Catalog.BackupAsync("points", backup);
        HashSet<long> seen = [];
        bool isDone = false;
        for (int nth = 1; !isDone; nth++)
        {
            await test.Catalog.Get("points").UpsertAsync(TestCatalog.Points(100, 1));
            fault.Restart(nth);
            isDone = await Record.ExceptionAsync(() => test.Catalog.RestoreAsync(backup, "points", replace: true)) is null;
            fault.IsOn = false;
            if (Directory.Exists(test.Folder("points")) && test.Catalog.Get("points").Status.State == CollectionState.Serving) Assert.Contains(test.Catalog.Get("points").Count, new long[] { 40, 41 });
            await test.ReopenAsync();
            Assert.True(test.Catalog.Get("points").Status.State == CollectionState.Serving, $"operation {nth}: {test.Catalog.Get("points").Status.Detail}");
            seen.Add(test.Catalog.Get("points").Count);
            Assert.Equal(["points"], Directory.GetFileSystemEntries(Path.Combine(test.Root, "collections")).Select(path => Path.GetFileName(path)));
        }

        Assert.Equal([40, 41], seen.Order());
    }

    /// <summary>The disk refuses to put the restored collection into its place, and to remove it again.</summary>
    private static async Task<string> FailToReplaceAsync(TestCatalog test, SwitchFault fault)
    {
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 40));
        string backup = Path.Combine(Path.GetDirectoryName(test.Root)!, "backup"), ready = test.Folder(".ready-points");
        await test.Catalog.BackupAsync("points", backup);
        for (int nth = 1; !Directory.Exists(ready); nth++)
        {
            fault.Restart(nth);
            await Assert.ThrowsAsync<VectorSearchException>(() => test.Catalog.RestoreAsync(backup, "points", replace: true));
            fault.IsOn = false;
        }

        return ready;
    }

    [Fact]
    public async Task What_a_failed_replacement_left_does_not_come_back_for_a_collection_that_was_deleted_since()
    {
        SwitchFault fault = new() { Kinds = [StorageOperation.Rename, StorageOperation.Delete] };
        await using TestCatalog test = await TestCatalog.OpenAsync(new CatalogOptions { LinkerThreads = 1, Fault = fault });
        string ready = await FailToReplaceAsync(test, fault);
        await test.Catalog.DeleteAsync("points");
        Assert.False(Directory.Exists(ready));
        await test.ReopenAsync();
        Assert.Empty(test.Catalog.List());
    }

    [Theory]
    [InlineData(true, "still there. The next start removes")]
    [InlineData(false, "gone already. The next start puts it into its place")]
    public async Task Check_tells_what_a_replacement_left_and_repair_does_what_the_next_start_would(bool isOldThere, string told)
    {
        SwitchFault fault = new() { Kinds = [StorageOperation.Rename, StorageOperation.Delete] };
        await using TestCatalog test = await TestCatalog.OpenAsync(new CatalogOptions { LinkerThreads = 1, Fault = fault });
        string ready = await FailToReplaceAsync(test, fault);
        await test.CloseAsync();
        if (!isOldThere) Directory.Move(test.Folder("points"), test.Folder(".trash-1"));
        CheckReport report = CollectionChecker.Check(test.Root);
        Assert.All(report.Findings, finding => Assert.Equal("", finding.Loss));
        Assert.Equal((1, 40L), (report.Collections, report.Points));
        Assert.Contains(report.Findings, finding => finding.File == ready && finding.Collection == "points" && finding.Message.Contains(told, StringComparison.Ordinal));
        Assert.Equal(!isOldThere, report.Findings.Any(finding => finding.File == test.Folder(".trash-1")));
        CollectionChecker.Repair(test.Root);
        Assert.Empty(CollectionChecker.Check(test.Root).Findings);
        await test.ReopenAsync();
        Assert.Equal(40, test.Catalog.Get("points").Count);
    }

    /// <summary>The files of this version, kept so that every later version is seen to open them.</summary>
    [Fact]
    public async Task Files_of_version_1_open()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        await test.CloseAsync();
        if (Environment.GetEnvironmentVariable("VECTORSEARCH_WRITE_GOLDEN") is { Length: > 0 } target)
        {
            await WriteGoldenAsync(test, target);
            return;
        }

        ZipFile.ExtractToDirectory(GoldenPath, test.Folder("films"));
        await test.ReopenAsync();
        Collection films = test.Catalog.Get("films");
        Assert.True(films.Status.State == CollectionState.Serving, films.Status.Detail);
        Assert.Equal(29, films.Count);
        PointRows rows = films.Get([3, 25], withPayload: true, withVectors: true, skipMissing: false);
        Assert.Equal([TestCatalog.PayloadOf(3, 0), TestCatalog.PayloadOf(25, 1)], rows.Payloads!);
        Assert.Equal([.. TestCatalog.Vector(3), .. TestCatalog.Vector(1_000_025)], rows.Vectors.ToArray());
        Assert.Equal(new PointId(25), films.Query(new QueryBatch { Vectors = TestCatalog.Vector(1_000_025), Limit = 1 }).Ids[0]);
        WriteReceipt repeated = await films.DeleteAsync(TestCatalog.Ids(1) with { RequestId = "golden" });
        Assert.Equal((1, true), (repeated.Points, repeated.Repeated));
    }

    private static async Task WriteGoldenAsync(TestCatalog test, string target)
    {
        await test.ReopenAsync();
        Collection films = await test.CreateAsync("films", Numerics.Metric.Cosine);
        await films.UpsertAsync(TestCatalog.Points(0, 20));
        await films.SnapshotAsync();
        await films.UpsertAsync(TestCatalog.Points(15, 15, version: 1));
        await films.DeleteAsync(TestCatalog.Ids(1) with { RequestId = "golden" });
        await test.CloseAsync();
        File.Delete(target);
        ZipFile.CreateFromDirectory(test.Folder("films"), target);
    }
}
