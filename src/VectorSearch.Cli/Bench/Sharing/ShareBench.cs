using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using VectorSearch.Cli.Torture;
using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Numerics;
using VectorSearch.Protocol.V1;
using Metric = VectorSearch.Protocol.V1.Metric;

namespace VectorSearch.Cli.Bench.Sharing;

/// <summary>
/// Fills a server of its own with points, builds their index, asks at an even pace for a while, and goes on asking while the
/// index is built again: the two are compared, and what the server took of the processors and of memory is told.
/// </summary>
internal sealed class ShareBench(ShareBenchSettings settings, Action<string> say, CancellationToken cancellation)
{
    private const string Name = "points", Space = "client:bench@1";
    private const int BatchRows = 2_000, Answers = 10, DistinctQueries = 5_000;

    /// <summary>Points lie near a subspace of so many dimensions, as learned vectors do; spread evenly they would have no neighbours.</summary>
    private const int Intrinsic = 24;

    private const float Noise = 0.1f;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5), Glance = TimeSpan.FromMilliseconds(100);

    /// <summary>A query that waits is told by its time, not turned away.</summary>
    private static readonly Dictionary<string, string> Patience = new() { ["VECTORSEARCH_MAX_QUEUE_MILLISECONDS"] = "30000", ["VECTORSEARCH_MAX_QUEUED_READS"] = "100000" };

    private readonly float[] _directions = Directions(settings);
    private readonly PhaseClock _phases = new();

    /// <summary>Does all of it.</summary>
    public async Task<ShareBenchReport> RunAsync()
    {
        string directory = Directory.CreateTempSubdirectory("vectorsearch-bench-").FullName;
        try
        {
            using TortureServer server = await TortureServer.StartAsync(directory, Patience, cancellation) ?? throw new CliException("The server ended before it answered.");
            try
            {
                using VectorSearchClient client = new(server.Address, new VectorSearchClientOptions { Timeout = TimeSpan.FromMinutes(5) });
                await FillAsync(server, client);
                return await MeasureAsync(server, client);
            }
            finally
            {
                await server.KillAsync();
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Without an index first, which is fast to fill; then the index is built with all processors.</summary>
    private async Task FillAsync(TortureServer server, VectorSearchClient client)
    {
        long began = Stopwatch.GetTimestamp();
        await client.Collections.CreateAsync(
            new Collection { Name = Name, Dimension = (uint)settings.Dimension, Metric = Metric.Cosine, SpaceId = Space, IdKind = IdKind.Number, Index = IndexKind.Exact },
            cancellationToken: cancellation);
        using GrpcChannel channel = new(server.Address);
        GrpcMethod<UpsertRequest, UpsertReply> upsert = new(PointsReflection.Descriptor.Services[0], "Upsert");
        for (int first = 0; first < settings.Points; first += BatchRows)
        {
            int count = Math.Min(BatchRows, settings.Points - first);
            UpsertRequest request = new()
            {
                Collection = Name, Vectors = Rows(count, (ulong)first + 1), Durability = Durability.Applied,
                Ids = new IdColumn { Numbers = { Enumerable.Range(first, count).Select(id => (ulong)id) } },
            };
            await channel.UnaryAsync(upsert, request, cancellationToken: cancellation);
        }

        say(Text($"{settings.Points:N0} points of {settings.Dimension} coordinates after {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s"));
        RebuildResult built = await client.Generations.RebuildAsync(Rebuild(100), cancellationToken: cancellation);
        say(Text($"index built with all processors in {built.Time.ToTimeSpan().TotalSeconds:F0} s"));
    }

    private async Task<ShareBenchReport> MeasureAsync(TortureServer server, VectorSearchClient client)
    {
        QueryRequest[] requests = [.. Enumerable.Range(0, DistinctQueries).Select(query => new QueryRequest
        {
            Collection = Name, Context = new RequestContext { SpaceId = Space }, Limit = Answers, Vectors = Rows(1, ulong.MaxValue - (ulong)query),
        })];
        await using PacedQueries queries = new(server.Address, requests, settings.QueriesPerSecond);
        await Task.Delay(Settling, cancellation);
        (long at, TimeSpan cpu) idle = (Stopwatch.GetTimestamp(), server.ProcessorTime);
        await Task.Delay(settings.Idle, cancellation);
        (long at, TimeSpan cpu) begin = (Stopwatch.GetTimestamp(), server.ProcessorTime);
        long memory = server.WorkingSet(), peak = await RebuildAsync(server, client);
        (long at, TimeSpan cpu) end = (Stopwatch.GetTimestamp(), server.ProcessorTime);
        await queries.EndAsync(); // the slowest are answered last

        double idleSeconds = Stopwatch.GetElapsedTime(idle.at, begin.at).TotalSeconds, seconds = Stopwatch.GetElapsedTime(begin.at, end.at).TotalSeconds;
        double cpuOfQueries = (begin.cpu - idle.cpu).TotalSeconds / idleSeconds;
        double cpuOfRebuild = Math.Max(0, (end.cpu - begin.cpu).TotalSeconds - (cpuOfQueries * seconds));
        double[] before = Between(queries, idle.at, begin.at), during = Between(queries, begin.at, end.at);
        ShareBenchReport report = new()
        {
            Points = settings.Points, Dimension = settings.Dimension, Index = settings.Index.ToString().ToLowerInvariant(), QueriesPerSecond = settings.QueriesPerSecond,
            Processors = Environment.ProcessorCount, ShareProcessors = Environment.ProcessorCount * settings.CpuPercent / 100.0,
            RebuildProcessors = Math.Round(cpuOfRebuild / seconds, 3), RebuildSeconds = Math.Round(seconds, 3), RebuildCpuSeconds = Math.Round(cpuOfRebuild, 3),
            MemoryBeforeBytes = memory, MemoryPeakBytes = peak, CallsIdle = before.Length, CallsRebuild = during.Length, FailedCalls = queries.Failed,
            P50IdleUs = At(before, 0.5), P99IdleUs = At(before, 0.99), P50RebuildUs = At(during, 0.5), P99RebuildUs = At(during, 0.99),
        };
        Tell(report, queries, end.at);
        return report;
    }

    /// <summary>Rebuilds with the share that was asked for.</summary>
    /// <returns>Most resident bytes of the server meanwhile.</returns>
    private async Task<long> RebuildAsync(TortureServer server, VectorSearchClient client)
    {
        long peak = server.WorkingSet();
        Operation operation = await client.Generations.StartRebuildAsync(Rebuild(settings.CpuPercent), cancellation);
        while (operation.State == Operation.Types.State.Running)
        {
            await Task.Delay(Glance, cancellation);
            peak = Math.Max(peak, server.WorkingSet());
            operation = (await client.Generations.ListOperationsAsync(Name, cancellation)).Single(one => one.Name == operation.Name);
            _phases.Report(operation);
        }

        if (operation.State != Operation.Types.State.Succeeded) throw new CliException($"The rebuild ended as {operation.State}: {operation.Fault?.Message}");
        return peak;
    }

    private void Tell(ShareBenchReport report, PacedQueries queries, long end)
    {
        foreach ((string phase, long from, long to) in _phases.Until(end))
        {
            double[] micros = Between(queries, from, to);
            say(Text($"  {phase}: {Stopwatch.GetElapsedTime(from, to).TotalSeconds:F1} s, p50 {At(micros, 0.5):N0} us, p99 {At(micros, 0.99):N0} us of {micros.Length} queries"));
        }

        say(Text($"queries, {settings.QueriesPerSecond} a second: p99 {report.P99IdleUs:N0} us before, {report.P99RebuildUs:N0} us during the rebuild, {report.P99Ratio:F2} times as long"));
        say(Text($"rebuild: {report.RebuildSeconds:F0} s with {report.RebuildProcessors:F2} of {report.Processors} processors, allowed {report.ShareProcessors:F2}; resident {report.MemoryBeforeBytes >> 20} MiB before, {report.MemoryPeakBytes >> 20} MiB at most"));
    }

    private RebuildRequest Rebuild(int cpuPercent) =>
        new() { Collection = Name, Index = settings.Index, CpuPercent = (uint)cpuPercent, Decision = RebuildRequest.Types.Decision.Promote };

    /// <summary>Random rows near a subspace: the same for the same seed.</summary>
    private Matrix Rows(int count, ulong stream)
    {
        Xoshiro256 random = new(settings.Seed, stream);
        float[] rows = new float[count * settings.Dimension];
        Span<float> hidden = stackalloc float[Intrinsic];
        for (int row = 0; row < count; row++)
        {
            for (int i = 0; i < Intrinsic; i++) hidden[i] = random.NextNormal();
            Span<float> vector = rows.AsSpan(row * settings.Dimension, settings.Dimension);
            for (int d = 0; d < vector.Length; d++) vector[d] = VectorMath.Dot(_directions.AsSpan(d * Intrinsic, Intrinsic), hidden) + (Noise * random.NextNormal());
        }

        return new Matrix { Data = UnsafeByteOperations.UnsafeWrap(MemoryMarshal.AsBytes<float>(rows).ToArray()), Dim = (uint)settings.Dimension, Rows = (uint)count, Type = ElementType.Float32 };
    }

    private static float[] Directions(ShareBenchSettings settings)
    {
        Xoshiro256 random = new(settings.Seed, 0);
        float[] directions = new float[settings.Dimension * Intrinsic];
        for (int i = 0; i < directions.Length; i++) directions[i] = random.NextNormal() / MathF.Sqrt(Intrinsic);
        return directions;
    }

    private static double[] Between(PacedQueries queries, long from, long to) =>
        [.. queries.Answers.Where(answer => answer.Due >= from && answer.Due < to).Select(answer => Stopwatch.GetElapsedTime(0, answer.Ticks).TotalMicroseconds).Order()];

    private static double At(double[] sorted, double share) => Math.Round(Percentile.Of(sorted, share));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
