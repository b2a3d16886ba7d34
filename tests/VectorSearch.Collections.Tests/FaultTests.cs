using VectorSearch.Storage;
using VectorSearch.Testing;

namespace VectorSearch.Collections.Tests;

public class FaultTests
{
    private static CatalogOptions With(StorageFault fault) => new() { LinkerThreads = 1, Fault = fault };

    [Theory]
    [InlineData(Durability.Committed)]
    [InlineData(Durability.Applied)]
    public async Task A_full_disk_stops_writes_not_reads_and_writes_come_back_without_a_restart(Durability durability)
    {
        SwitchFault fault = new();
        await using TestCatalog test = await TestCatalog.OpenAsync(With(fault));
        Collection points = await test.Catalog.CreateAsync(TestCatalog.Define("points") with { Durability = durability });
        await points.UpsertAsync(TestCatalog.Points(0, 100));
        fault.IsOn = true;
        int kept = 100;
        VectorSearchException? refused = null;
        for (int i = 0; refused is null; i++)
        {
            try
            {
                await points.UpsertAsync(TestCatalog.Points(1000 + i, 1));
                kept++;
            }
            catch (VectorSearchException e)
            {
                refused = e;
            }
        }

        Assert.Equal(ErrorCode.ReadOnly, refused.Code);
        Assert.Contains("No space left", refused.Message, StringComparison.Ordinal);
        Assert.Equal(CollectionState.ReadOnly, points.Status.State);
        Assert.Contains("No space left", points.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(new PointId(42), points.Query(new QueryBatch { Vectors = TestCatalog.Vector(42), Limit = 1 }).Ids[0]);
        fault.IsOn = false;
        await TestCatalog.EventuallyAsync(() => points.Status.State == CollectionState.Serving);
        long before = points.Count;
        Assert.True(before >= kept);
        WriteReceipt receipt = await points.UpsertAsync(TestCatalog.Points(10_000_000, 10));
        await TestCatalog.EventuallyAsync(() => points.Status.DurableLsn >= receipt.Lsn);
        await test.ReopenAsync();
        Assert.Equal(before + 10, test.Catalog.Get("points").Count);
        Assert.Contains(test.Events, one => one.IsFault);
    }

    /// <summary>With a retained graph beside sealed rows each record and each snapshot is of two generations.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_the_nth_operation_fails_nothing_acknowledged_is_lost(bool ofGenerations)
    {
        for (int nth = 1; nth <= TestScale.Pick(20, 200); nth++)
        {
            SwitchFault fault = new() { Nth = nth };
            await using TestCatalog test = await TestCatalog.OpenAsync(With(fault));
            Collection points = await test.CreateAsync();
            if (ofGenerations)
            {
                await points.UpsertAsync(TestCatalog.Points(1000, 20));
                await points.RebuildAsync(new RebuildRequest { Target = new RebuildTarget { Index = IndexKind.Sealed } });
            }

            fault.IsOn = true;
            HashSet<int> acknowledged = [];
            for (int i = 0; i < 12; i++)
            {
                try
                {
                    await points.UpsertAsync(TestCatalog.Points(i, 1));
                    acknowledged.Add(i);
                    if (i % 4 == 3) await points.SnapshotAsync();
                }
                catch (VectorSearchException e)
                {
                    Assert.Equal(ErrorCode.ReadOnly, e.Code);
                }
            }

            Check(points);
            fault.IsOn = false;
            await TestCatalog.EventuallyAsync(() => points.Status.State == CollectionState.Serving);
            await points.UpsertAsync(TestCatalog.Points(100, 1));
            acknowledged.Add(100);
            await test.ReopenAsync();
            Assert.True(test.Catalog.Get("points").Status.State == CollectionState.Serving, $"operation {nth}: {test.Catalog.Get("points").Status.Detail}");
            Check(test.Catalog.Get("points"));

            void Check(Collection collection)
            {
                if (acknowledged.Count == 0) return;
                PointId[] ids = [.. acknowledged.Select(i => new PointId((ulong)i))];
                for (ulong generation = 1; generation <= (ofGenerations ? 2UL : 1); generation++)
                {
                    using GenerationReader reader = collection.Pin(generation);
                    Assert.True(reader.Get(ids, false, false, skipMissing: true).Ids.Count == ids.Length, $"failing operation {nth}, generation {generation}");
                }
            }
        }
    }

    [Fact]
    public async Task A_snapshot_that_fails_leaves_the_old_one_and_stops_nothing()
    {
        SwitchFault fault = new() { PathPart = "snapshot" };
        await using TestCatalog test = await TestCatalog.OpenAsync(With(fault));
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 100));
        ulong before = await points.SnapshotAsync();
        await points.UpsertAsync(TestCatalog.Points(100, 100));
        fault.IsOn = true;
        VectorSearchException refused = await Assert.ThrowsAsync<VectorSearchException>(() => points.SnapshotAsync());
        Assert.Equal(ErrorCode.ReadOnly, refused.Code);
        Assert.Equal(before, points.Status.SnapshotLsn);
        await points.UpsertAsync(TestCatalog.Points(200, 100));
        fault.IsOn = false;
        await test.ReopenAsync();
        Assert.Equal(300, test.Catalog.Get("points").Count);
        Assert.True(await test.Catalog.Get("points").SnapshotAsync() > before);
    }

    [Fact]
    public async Task A_log_that_fails_while_nobody_waits_for_it_is_told_and_keeps_what_was_acknowledged()
    {
        SwitchFault fault = new() { PathPart = "wal.log" };
        await using TestCatalog test = await TestCatalog.OpenAsync(With(fault));
        Collection points = await test.Catalog.CreateAsync(TestCatalog.Define("points") with { Durability = Durability.Applied });
        await points.UpsertAsync(TestCatalog.Points(0, 50));
        fault.IsOn = true;
        WriteReceipt receipt = await points.UpsertAsync(TestCatalog.Points(50, 1));
        await TestCatalog.EventuallyAsync(() => points.Status.State == CollectionState.ReadOnly);
        fault.IsOn = false;
        await TestCatalog.EventuallyAsync(() => points.Status.State == CollectionState.Serving);
        Assert.True(points.Status.DurableLsn >= receipt.Lsn);
        await test.ReopenAsync();
        Assert.Equal(51, test.Catalog.Get("points").Count);
    }

    [Fact]
    public async Task A_log_that_fails_after_a_snapshot_is_told_and_mended_before_the_next_write()
    {
        SwitchFault fault = new() { PathPart = "log.head" };
        LeapingTime time = new();
        await using TestCatalog test = await TestCatalog.OpenAsync(With(fault) with { Time = time });
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 50));
        await points.UpsertAsync(TestCatalog.Points(50, 50));
        time.Leap(TimeSpan.FromHours(1)); // the log's head, which says nothing of the second write, is due with the next commit
        fault.IsOn = true;
        await Assert.ThrowsAsync<VectorSearchException>(() => points.SnapshotAsync());
        await TestCatalog.EventuallyAsync(() => points.Status.State == CollectionState.ReadOnly);
        fault.IsOn = false;
        await TestCatalog.EventuallyAsync(() => points.Status.State == CollectionState.Serving);
        await points.UpsertAsync(TestCatalog.Points(100, 1));
        await test.ReopenAsync();
        Assert.Equal(101, test.Catalog.Get("points").Count);
    }

    /// <summary>Stands still but for its leaps.</summary>
    private sealed class LeapingTime : TimeProvider
    {
        private long _now = System.GetTimestamp();

        public void Leap(TimeSpan time) => Interlocked.Add(ref _now, (long)(time.TotalSeconds * TimestampFrequency));

        public override long GetTimestamp() => Interlocked.Read(ref _now);
    }

    [Fact]
    public async Task Over_the_memory_budget_writes_are_refused_and_reads_and_deletes_go_on()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync(new CatalogOptions { LinkerThreads = 1, MemoryBudgetBytes = 400_000 });
        Collection points = await test.CreateAsync();
        VectorSearchException? refused = null;
        for (int i = 0; refused is null; i++)
        {
            try
            {
                await points.UpsertAsync(TestCatalog.Points(i * 100, 100));
            }
            catch (VectorSearchException e)
            {
                refused = e;
            }
        }

        Assert.Equal(ErrorCode.ResourceExhausted, refused.Code);
        Assert.Equal("memory", refused.Field);
        Assert.Equal(new PointId(1), points.Query(new QueryBatch { Vectors = TestCatalog.Vector(1), Limit = 1 }).Ids[0]);
        await points.DeleteAsync(TestCatalog.Ids(1));
    }
}
