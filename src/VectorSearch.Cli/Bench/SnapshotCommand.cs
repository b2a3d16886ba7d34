using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using VectorSearch.Collections;
using VectorSearch.Numerics;

namespace VectorSearch.Cli.Bench;

/// <summary><c>vectorsearch bench snapshot</c>: how long committed writes wait while snapshots are taken, and while none is.</summary>
internal static class SnapshotCommand
{
    private const int ImportBatch = 1000;
    private const int Writers = 4;
    private static readonly SpaceId Space = SpaceId.Parse("client:bench@1");

    private sealed record Settings(int Points, int Dimension, double Seconds, IndexKind Index, int Threads, bool Json);

    /// <param name="Writes">How many.</param>
    /// <param name="P50">Milliseconds.</param>
    /// <param name="P99">Milliseconds.</param>
    /// <param name="Slowest">Milliseconds.</param>
    /// <param name="Paused">Milliseconds of the slowest write in which the garbage collector kept every thread waiting.</param>
    private sealed record Waits(int Writes, double P50, double P99, double Slowest, double Paused);

    public static Command Create()
    {
        Option<int> points = new("--points") { Description = "Points in the collection.", DefaultValueFactory = _ => 1_000_000 };
        Option<int> dimension = new("--dimension") { Description = "Coordinates of a point.", DefaultValueFactory = _ => 128 };
        Option<double> seconds = new("--seconds") { Description = "How long to write in each of the two parts.", DefaultValueFactory = _ => 10 };
        Option<string> index = new("--index") { Description = "hnsw, exact or sealed.", DefaultValueFactory = _ => "exact" };
        index.AcceptOnlyFromAmong("hnsw", "exact", "sealed");
        Option<int> threads = new("--threads") { Description = "Threads that build the index.", DefaultValueFactory = _ => Environment.ProcessorCount };
        Option<bool> json = new("--json") { Description = "The figures as one line of JSON at the end." };
        Command command = new("snapshot", "Measure how long committed writes wait beside snapshots.") { points, dimension, seconds, index, threads, json };
        command.SetAction((parsed, cancellation) => RunAsync(
            new Settings(
                parsed.GetValue(points), parsed.GetValue(dimension), parsed.GetValue(seconds), Enum.Parse<IndexKind>(parsed.GetValue(index)!, ignoreCase: true),
                parsed.GetValue(threads), parsed.GetValue(json)),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(Settings settings, CancellationToken cancellation)
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("vectorsearch-bench-");
        try
        {
            await using CollectionCatalog catalog = await CollectionCatalog.OpenAsync(scratch.FullName, new CatalogOptions(), cancellation);
            Collection points = await FillAsync(catalog, settings, cancellation);
            await points.SnapshotAsync(cancellation);
            Waits without = await WriteAsync(points, settings, snapshots: false, cancellation);
            int taken = 0;
            double longest = 0;
            using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Task snapshots = Task.Run(
                async () =>
                {
                    while (!over.IsCancellationRequested)
                    {
                        Stopwatch clock = Stopwatch.StartNew();
                        await points.SnapshotAsync(CancellationToken.None);
                        longest = Math.Max(longest, clock.Elapsed.TotalSeconds);
                        taken++;
                    }
                },
                cancellation);
            Waits beside = await WriteAsync(points, settings, snapshots: true, cancellation);
            await over.CancelAsync();
            await snapshots;
            Tell("without snapshots", without);
            Tell($"beside {taken} snapshots, the longest {longest.ToString("F1", CultureInfo.InvariantCulture)} s", beside);
            if (settings.Json)
            {
                Console.WriteLine(JsonLine.Of(new
                {
                    points = settings.Points, dim = settings.Dimension, index = settings.Index.ToString(), snapshots = taken, longest_snapshot_seconds = longest,
                    writes = without.Writes, p99_ms = without.P99, slowest_ms = without.Slowest,
                    writes_beside = beside.Writes, p99_beside_ms = beside.P99, slowest_beside_ms = beside.Slowest, slowest_beside_gc_ms = beside.Paused,
                }));
            }

            return 0;
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static async Task<Collection> FillAsync(CollectionCatalog catalog, Settings settings, CancellationToken cancellation)
    {
        Collection points = await catalog.CreateAsync(
            new CollectionDefinition
            {
                Name = "bench", Dimension = settings.Dimension, Metric = Metric.SquaredEuclidean, Space = Space, IdKind = IdKind.Number, Index = IndexKind.Exact,
            },
            cancellation);
        Xoshiro256 random = new(1, 0x5A);
        for (int first = 0; first < settings.Points; first += ImportBatch)
        {
            int count = Math.Min(ImportBatch, settings.Points - first);
            float[] vectors = new float[count * settings.Dimension];
            for (int i = 0; i < vectors.Length; i++) vectors[i] = (float)random.NextDouble();
            await points.UpsertAsync(
                new UpsertBatch { Ids = [.. Enumerable.Range(first, count).Select(id => new PointId((ulong)id))], Vectors = vectors, Durability = Durability.Applied }, cancellation);
        }

        if (settings.Index == IndexKind.Exact) return points;
        Console.WriteLine($"building the {settings.Index} index of {settings.Points} points");
        await points.RebuildAsync(new RebuildRequest { Target = new RebuildTarget { Index = settings.Index }, Processors = settings.Threads, Keep = 0 }, null, cancellation);
        return points;
    }

    /// <summary>Writers that each wait for one acknowledged point before they send the next.</summary>
    private static async Task<Waits> WriteAsync(Collection points, Settings settings, bool snapshots, CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        List<(double Wait, double Paused)>[] waits = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(
            async () =>
            {
                List<(double Wait, double Paused)> mine = [];
                ulong id = (ulong)settings.Points + ((ulong)(writer + (snapshots ? Writers : 0)) << 32);
                while (clock.Elapsed.TotalSeconds < settings.Seconds)
                {
                    float[] vector = new float[settings.Dimension];
                    vector[(int)(id % (ulong)vector.Length)] = 1;
                    TimeSpan pausedBefore = GC.GetTotalPauseDuration();
                    long began = Stopwatch.GetTimestamp();
                    await points.UpsertAsync(new UpsertBatch { Ids = [new PointId(id++)], Vectors = vector }, cancellation);
                    mine.Add((Stopwatch.GetElapsedTime(began).TotalMilliseconds, (GC.GetTotalPauseDuration() - pausedBefore).TotalMilliseconds));
                }

                return mine;
            },
            cancellation)));
        (double Wait, double Paused)[] all = [.. waits.SelectMany(mine => mine).Order()];
        return new Waits(all.Length, all[all.Length / 2].Wait, all[(int)(0.99 * (all.Length - 1))].Wait, all[^1].Wait, all[^1].Paused);
    }

    private static void Tell(string when, Waits waits) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{waits.Writes} committed writes {when}: median {waits.P50:F2} ms, 99 of 100 within {waits.P99:F1} ms, slowest {waits.Slowest:F1} ms, {waits.Paused:F1} of it in the garbage collector"));
}
