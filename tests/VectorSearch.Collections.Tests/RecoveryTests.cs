using System.Diagnostics;
using VectorSearch.Numerics;
using VectorSearch.Testing;
using Xunit.Abstractions;

namespace VectorSearch.Collections.Tests;

public class RecoveryTests(ITestOutputHelper output)
{
    private const int Dimension = 128;
    private const int Batch = 1000;

    /// <summary>Full form: 1,000,000 × 128 with 5 % of it in the log. Times are printed, not judged.</summary>
    [Fact]
    public async Task A_large_collection_with_a_twentieth_of_it_in_the_log_serves_again_whole()
    {
        int points = int.Parse(Environment.GetEnvironmentVariable("VECTORSEARCH_RECOVERY_POINTS") ?? $"{TestScale.Pick(4_000, 1_000_000)}", null);
        List<RecoveryProgress> progress = [];
        await using TestCatalog test = await TestCatalog.OpenAsync(new CatalogOptions
        {
            LinkerThreads = 1,
            MaxUnlinkedPoints = 1_000_000,
            SnapshotAfterLogBytes = long.MaxValue,
            Progress = new Collector(progress),
        });
        Collection collection = await test.Catalog.CreateAsync(new CollectionDefinition
        {
            Name = "large",
            Dimension = Dimension,
            Metric = Metric.SquaredEuclidean,
            Space = TestCatalog.Space,
            IdKind = IdKind.Number,
            EfConstruction = 16,
            Durability = Durability.Applied,
        });
        Stopwatch clock = Stopwatch.StartNew();
        int inSnapshot = points - (points / 20);
        await WriteAsync(collection, 0, inSnapshot);
        output.WriteLine($"written {inSnapshot} in {clock.Elapsed.TotalSeconds:F1} s");
        await collection.WaitForLinkedAsync();
        output.WriteLine($"linked after {clock.Elapsed.TotalSeconds:F1} s");
        clock.Restart();
        using CancellationTokenSource ending = new();
        Task<(double Seconds, double Collecting)> slowest = SlowestWriteAsync(collection, points, ending.Token);
        await collection.SnapshotAsync();
        output.WriteLine($"snapshot of {collection.Status.DiskBytes >> 20} MiB in {clock.Elapsed.TotalSeconds:F2} s");
        await ending.CancelAsync();
        (double seconds, double collecting) = await slowest;
        output.WriteLine($"slowest write meanwhile {seconds * 1000:F0} ms, {collecting * 1000:F0} of it in the garbage collector");
        await WriteAsync(collection, inSnapshot, points - inSnapshot);
        long before = collection.Count;
        await test.CloseAsync();
        clock.Restart();
        await test.ReopenAsync();
        output.WriteLine($"serving again after {clock.Elapsed.TotalSeconds:F2} s");
        collection = test.Catalog.Get("large");
        Assert.Equal(before, collection.Count);
        foreach (int id in new[] { 0, 17, inSnapshot - 1, inSnapshot, points - 1 })
        {
            PointRows rows = collection.Get([(ulong)id], false, withVectors: true, false);
            Assert.Equal(TestCatalog.Vector(id, Dimension), rows.Vectors.ToArray());
            QueryResult found = collection.Query(new QueryBatch { Vectors = rows.Vectors, Limit = 1, Exact = true });
            Assert.Equal(new PointId((ulong)id), found.Ids[0]);
        }

        Assert.Equal(
            [RecoveryPhase.Snapshot, RecoveryPhase.Replay, RecoveryPhase.Validate, RecoveryPhase.Done],
            progress.Select(one => one.Phase).Distinct().Order().Take(4));
    }

    private static async Task WriteAsync(Collection collection, int first, int count)
    {
        for (int at = first; at < first + count; at += Batch)
        {
            int[] ids = [.. Enumerable.Range(at, Math.Min(Batch, first + count - at))];
            await collection.UpsertAsync(new UpsertBatch
            {
                Ids = [.. ids.Select(id => new PointId((ulong)id))],
                Vectors = ids.SelectMany(id => TestCatalog.Vector(id, Dimension)).ToArray(),
            });
        }
    }

    /// <summary>The slowest write until the end, and how much of it the garbage collector took.</summary>
    private static async Task<(double Seconds, double Collecting)> SlowestWriteAsync(Collection collection, int id, CancellationToken ending)
    {
        (double Seconds, double Collecting) slowest = default;
        while (!ending.IsCancellationRequested)
        {
            long start = Stopwatch.GetTimestamp();
            TimeSpan collected = GC.GetTotalPauseDuration();
            await WriteAsync(collection, id, 1);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (seconds > slowest.Seconds) slowest = (seconds, (GC.GetTotalPauseDuration() - collected).TotalSeconds);
        }

        return slowest;
    }

    private sealed class Collector(List<RecoveryProgress> all) : IProgress<RecoveryProgress>
    {
        public void Report(RecoveryProgress value)
        {
            lock (all) all.Add(value);
        }
    }
}
