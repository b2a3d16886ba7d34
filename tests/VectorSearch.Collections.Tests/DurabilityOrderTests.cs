using VectorSearch.Storage;

namespace VectorSearch.Collections.Tests;

/// <summary>
/// What a power loss would need, and no kill −9 can show: nothing is named before its bytes are on the disk, and nothing
/// goes before what takes its place is. Seen from the order of all file operations.
/// </summary>
public class DurabilityOrderTests
{
    private readonly Recorder _disk = new();

    private sealed record Step(StorageOperation Operation, string Path)
    {
        public string Name => System.IO.Path.GetFileName(Path);

        public bool Is(StorageOperation operation, string path) => Operation == operation && Path == path;
    }

    [Fact]
    public async Task What_is_named_was_forced_to_the_disk_before_and_its_name_after()
    {
        Step[] steps = await LiveAsync();
        int renames = 0;
        for (int i = 0; i < steps.Length; i++)
        {
            if (steps[i].Operation != StorageOperation.Rename) continue;
            renames++;
            string from = steps[i].Path;
            IEnumerable<Step> before = steps.Take(i).Where(step => step.Path == from || step.Path.StartsWith(from + Path.DirectorySeparatorChar, StringComparison.Ordinal));

            // The log's own files are opened so that a write is on the disk when it ends.
            foreach (IGrouping<string, Step> file in before.Where(step => !step.Name.StartsWith("wal.log", StringComparison.Ordinal)).GroupBy(step => step.Path))
            {
                Step? last = file.LastOrDefault(step => step.Operation is StorageOperation.Write or StorageOperation.Flush);
                Assert.True(last is null or { Operation: StorageOperation.Flush }, $"{file.Key} is renamed before it was forced to the disk");
            }

            Step[] next = [.. steps.Skip(i + 1).TakeWhile(step => step.Operation is not (StorageOperation.Delete or StorageOperation.Rename) && step.Name != "manifest")];
            Assert.True(next.Any(step => step.Is(StorageOperation.Flush, Path.GetDirectoryName(from)!)), $"the new name of {from} was not forced to the disk");
        }

        Assert.True(renames > 8);
    }

    [Fact]
    public async Task What_a_file_replaces_goes_after_the_file_that_says_so_was_forced_to_the_disk()
    {
        Step[] steps = await LiveAsync();
        Dictionary<string, int> deleted = [];
        for (int i = 0; i < steps.Length; i++)
        {
            // A log's segment goes when its head says so, a snapshot and sealed rows when the manifest does.
            string? witness = steps[i] switch
            {
                { Operation: StorageOperation.Delete, Name: var name } when name.StartsWith("wal.log", StringComparison.Ordinal) => "log.head",
                { Operation: StorageOperation.Delete, Name: var name } when name.EndsWith(".snapshot", StringComparison.Ordinal) || name == "sealed" => "manifest",
                _ => null,
            };
            if (witness is null) continue;
            deleted[Path.GetExtension(steps[i].Name)] = deleted.GetValueOrDefault(Path.GetExtension(steps[i].Name)) + 1;
            Step last = steps.Take(i).Last(step => step.Name == witness && step.Operation is (StorageOperation.Write or StorageOperation.Flush));
            Assert.True(last.Operation == StorageOperation.Flush, $"{steps[i].Path} is deleted while {witness} is not forced to the disk");
        }

        Assert.True(deleted.GetValueOrDefault(".snapshot") > 1, "snapshots were deleted");
        Assert.True(deleted.GetValueOrDefault("") > 0, "sealed rows were deleted");
    }

    [Fact]
    public async Task A_snapshot_is_named_once_the_log_has_all_that_it_may_show()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync(new CatalogOptions { LinkerThreads = 1, Fault = _disk });
        Collection points = await test.Catalog.CreateAsync(
            TestCatalog.Define("points") with { Durability = Durability.Applied, CommitIntervalMs = (int)CollectionLimits.CommitIntervalMs.Max });
        int begun = _disk.Steps.Length;
        await points.UpsertAsync(TestCatalog.Points(0, 20)); // nobody waits for its commit
        await points.SnapshotAsync();
        Step[] steps = _disk.Steps[begun..];
        int logged = Array.FindIndex(steps, step => step.Operation == StorageOperation.Write && step.Name.StartsWith("wal.log", StringComparison.Ordinal));
        int named = Array.FindIndex(steps, step => step is { Operation: StorageOperation.Write, Name: "manifest" });
        Assert.True(logged >= 0 && logged < named, $"the log was written as operation {logged}, the manifest as {named}");
    }

    [Fact]
    public async Task A_new_segment_of_the_log_has_its_name_on_the_disk_before_its_first_byte()
    {
        Step[] steps = await LiveAsync();
        foreach (string segment in steps.Where(step => step.Name.StartsWith("wal.log", StringComparison.Ordinal)).Select(step => step.Path).Distinct())
        {
            int written = Array.FindIndex(steps, step => step.Is(StorageOperation.Write, segment));
            if (written < 0) continue;
            int opened = Array.FindIndex(steps, step => step.Is(StorageOperation.Open, segment));
            Assert.True(
                steps.Skip(opened).Take(written - opened).Any(step => step.Is(StorageOperation.Flush, Path.GetDirectoryName(segment)!)),
                $"{segment} is written before its name was forced to the disk");
        }
    }

    /// <summary>All that happens to files in the life of a collection. Nothing in it runs beside anything else.</summary>
    private async Task<Step[]> LiveAsync()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync(new CatalogOptions { LinkerThreads = 1, Fault = _disk });
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 200));
        points.IndexFields(["title"]);
        await test.Catalog.UpdateAliasesAsync([new AliasAction.Set("current", "points")]);
        await points.SnapshotAsync();
        await points.UpsertAsync(TestCatalog.Points(100, 200, version: 1));
        await points.SnapshotAsync();
        foreach (IndexKind kind in new[] { IndexKind.Sealed, IndexKind.Hnsw, IndexKind.Sealed })
        {
            await points.RebuildAsync(new RebuildRequest { Target = new RebuildTarget { Index = kind }, Gate = (_, _) => Task.FromResult(new GateDecision(GateVerdict.Promote, "good", new byte[] { 1 })) });
            await points.UpsertAsync(TestCatalog.Points(0, 50, version: 2));
            await points.SnapshotAsync();
        }

        await points.RollbackAsync();
        await test.CloseAsync();
        return _disk.Steps;
    }

    private sealed class Recorder : StorageFault
    {
        private readonly List<Step> _steps = [];

        public Step[] Steps
        {
            get
            {
                lock (_steps) return [.. _steps];
            }
        }

        public override long Before(StorageOperation operation, string path, long length)
        {
            lock (_steps) _steps.Add(new Step(operation, path));
            return length;
        }
    }
}
