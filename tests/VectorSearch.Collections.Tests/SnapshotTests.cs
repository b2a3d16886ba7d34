using VectorSearch.Storage;
using VectorSearch.Testing;

namespace VectorSearch.Collections.Tests;

/// <summary>A snapshot under way keeps no write and no read waiting, and what is written meanwhile is there after it.</summary>
public class SnapshotTests
{
    [Theory]
    [InlineData(StorageOperation.Open)]
    [InlineData(StorageOperation.Write)]
    [InlineData(StorageOperation.Flush)]
    [InlineData(StorageOperation.Rename)]
    public async Task Writes_are_acknowledged_while_a_snapshot_stands_still(StorageOperation operation)
    {
        using ManualResetEventSlim released = new();
        HoldFault hold = new(operation, released);
        await using TestCatalog test = await TestCatalog.OpenAsync(new CatalogOptions { LinkerThreads = 1, Fault = hold });
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 2000));
        await points.WaitForLinkedAsync();
        hold.IsOn = true;
        Task<ulong> snapshot = Task.Run(() => points.SnapshotAsync());
        Assert.Same(hold.Reached, await Task.WhenAny(hold.Reached, snapshot));
        Assert.False(await hold.Reached); // calls need the pool's threads, and a snapshot takes seconds
        ulong before = points.Status.Lsn;

        await points.UpsertAsync(TestCatalog.Points(1990, 30, version: 1));
        await points.DeleteAsync(TestCatalog.Ids(1, 2, 3));
        await points.UpdatePayloadAsync(new PayloadBatch { Ids = [4], Change = new PayloadChange.Replace(Payload.Empty) });
        Assert.Equal(new PointId(2010), points.Query(new QueryBatch { Vectors = TestCatalog.Vector(1_002_010), Limit = 1 }).Ids[0]);
        await points.WaitForLinkedAsync();
        Assert.False(snapshot.IsCompleted);
        released.Set();
        Assert.Equal(before, await snapshot);
        await test.ReopenAsync();
        points = test.Catalog.Get("points");
        Assert.Equal(2017, points.Count);

        // Vectors that were written while the snapshot was, and whose points it does not hold, are gone.
        await points.WaitForLinkedAsync();
        Assert.Equal(2017, points.Statistics.LinkedPoints);
        PointRows rows = points.Get([4, 5, 1990, 2019], true, true, false);
        Assert.Equal([Payload.Empty, TestCatalog.PayloadOf(5, 0), TestCatalog.PayloadOf(1990, 1), TestCatalog.PayloadOf(2019, 1)], rows.Payloads!);
        Assert.Equal([.. TestCatalog.Vector(4), .. TestCatalog.Vector(5), .. TestCatalog.Vector(1_001_990), .. TestCatalog.Vector(1_002_019)], rows.Vectors.ToArray());
    }

    /// <summary>The index in a snapshot may show records that came while it was written, so the log must have these.</summary>
    [Fact]
    public async Task A_log_that_ends_before_what_a_snapshot_may_show_is_refused()
    {
        using ManualResetEventSlim released = new();
        HoldFault hold = new(StorageOperation.Flush, released);
        await using TestCatalog test = await TestCatalog.OpenAsync(new CatalogOptions { LinkerThreads = 1, Fault = hold });
        await (await test.CreateAsync()).UpsertAsync(TestCatalog.Points(0, 10));
        await test.CloseAsync();
        using TempDirectory old = new();
        string log = Path.Combine(test.Folder("points"), "log");
        DirectoryCopy.Make(log, old.Path);
        await test.ReopenAsync();
        Collection points = test.Catalog.Get("points");
        hold.IsOn = true;
        Task<ulong> snapshot = Task.Run(() => points.SnapshotAsync());
        Assert.Same(hold.Reached, await Task.WhenAny(hold.Reached, snapshot));
        WriteReceipt meanwhile = await points.UpsertAsync(TestCatalog.Points(10, 10));
        released.Set();
        Assert.Equal(meanwhile.Lsn - 1, await snapshot);
        await test.CloseAsync();
        Directory.Delete(log, recursive: true);
        DirectoryCopy.Make(old.Path, log);
        await test.ReopenAsync();
        Assert.Equal(CollectionState.Damaged, test.Catalog.Get("points").Status.State);
        Assert.Contains($"a log that reaches record {meanwhile.Lsn}, as the manifest says", test.Catalog.Get("points").Status.Detail, StringComparison.Ordinal);
    }

    /// <summary>Holds the first operation of a kind on a snapshot until it is released.</summary>
    private sealed class HoldFault(StorageOperation kind, ManualResetEventSlim released) : StorageFault
    {
        private readonly TaskCompletionSource<bool> _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsOn { get; set; }

        /// <summary>Ends when an operation is held: whether its thread is of the pool.</summary>
        public Task<bool> Reached => _reached.Task;

        public override long Before(StorageOperation operation, string path, long length)
        {
            if (IsOn && operation == kind && path.Contains(".snapshot", StringComparison.Ordinal) && _reached.TrySetResult(Thread.CurrentThread.IsThreadPoolThread)) released.Wait();
            return length;
        }
    }
}
