using System.Globalization;
using VectorSearch.Numerics.Formats;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Bench.Serving;

/// <summary>
/// Measures a server that runs as a process of its own. What surrounds a search is told apart from it by a second collection
/// that holds ten points: its calls take the same way and answer as much, and their search is next to nothing. The bare
/// handler answers the very bytes of one of these.
/// </summary>
internal sealed class ServerBench(ServerBenchSettings settings, CancellationToken cancellation)
{
    private const string Whole = "bench", Few = "bench-few";
    private const int K = 10, Batch = 64, AroundConnections = 8, Passes = 5;

    private static readonly int[] Efforts = [10, 16, 24, 32, 40, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 400, 512, 640, 800, 1000];

    public async Task<ServerReport> RunAsync()
    {
        using QuerySet queries = QuerySet.Open(settings.Queries, settings.Truth, K);
        string data = settings.Data ?? Directory.CreateTempSubdirectory("vectorsearch-bench-").FullName;
        try
        {
            using BenchedProcess server = await BenchedProcess.StartAsync("serve", "--data", data, "--grpc-port", "0", "--http-port", "0", "--otlp", "");
            using RowMatrix<float> rows = VectorFile.ReadFloats(settings.Base);
            using IngestBench ingest = new(server, settings.Base, rows, cancellation);
            IngestFigures written = await ingest.FillAsync(Whole, settings.Ingest);
            await ingest.FillFewAsync(Few, K);
            int ef = await FindEffortAsync(server, queries);
            List<LoadFigures> loads = [];
            foreach (int connections in settings.Connections) loads.Add(await MeasureAsync(server, connections, queries, GrpcQueryConnection.Questions(queries, Whole, ef)));
            AroundFigures own = await MeasureAroundAsync(server, queries);
            (double around, double bare) = (own.Call - own.Search, own.Bare);
            foreach (LoadFigures load in loads) Tell(load, around);
            double batch = await MeasureBatchAsync(server, queries);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"around the search {around:F1} us of CPU a call ({own.Call:F1} with that of ten points), bare handler {bare:F1} us, ratio {around / bare:F2} ({own.Call / bare:F2}); in batches of {Batch}: {batch:F2} us a vector"));
            PeerRun? peers = settings.Peers is null ? null : await PeerRun.RunAsync(settings, cancellation);
            LoadResult[] ours = [.. loads.Select(load => load.Load)];
            if (peers is not null) Tell(peers, ours);
            return new ServerReport
            {
                Connections = [.. loads.Select(load => new ConnectionFigures(
                    load.Load.Connections, load.Load.Qps, load.Load.P50Micros, load.Load.P99Micros, load.Load.Recall(K), load.CpuMicros - around, around))],
                ServiceOverBare = around / bare,
                BatchUsPerVector = batch,
                Ingest = written,
                Peers = peers?.Figures() ?? new Dictionary<string, PeerFigures>(),
                RatioToBestPeer = peers?.RatioOf(ours),
                P50ToBestPeer = peers?.MedianRatioOf(ours),
            };
        }
        finally
        {
            if (settings.Data is null) Directory.Delete(data, recursive: true);
        }
    }

    private async Task<int> FindEffortAsync(BenchedProcess server, QuerySet queries)
    {
        foreach (int ef in Efforts)
        {
            GrpcQueryConnection[] probes = GrpcQueryConnection.Open(4, server.Address, queries, GrpcQueryConnection.Questions(queries, Whole, ef));
            double recall = await ClosedLoop.RecallAsync(probes, queries.Count, K);
            await CloseAsync(probes);
            if (recall < settings.Recall) continue;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ef {ef}: recall {recall:F4}"));
            return ef;
        }

        throw new CliException($"Recall {settings.Recall} is not reached with ef {Efforts[^1]}.");
    }

    private async Task<LoadFigures> MeasureAsync(BenchedProcess server, int connections, QuerySet queries, QueryRequest[] questions)
    {
        GrpcQueryConnection[] callers = GrpcQueryConnection.Open(connections, server.Address, queries, questions);
        await ClosedLoop.RunAsync(callers, queries.Count, settings.Load / 4);
        TimeSpan before = server.Cpu;
        LoadResult result = await ClosedLoop.RunAsync(callers, queries.Count, settings.Load);
        double cpu = (server.Cpu - before).TotalMicroseconds / result.Calls;
        await CloseAsync(callers);
        return new LoadFigures(result, cpu);
    }

    /// <summary>
    /// Microseconds of CPU of a call whose search is next to nothing, and of the bare handler: of turns taken alternately, the one whose
    /// ratio is the median. What is left of the search is what the server itself counts as such, the least that it did under any load:
    /// its clock goes on while others have the processor.
    /// </summary>
    private async Task<AroundFigures> MeasureAroundAsync(BenchedProcess server, QuerySet queries)
    {
        QueryRequest[] questions = GrpcQueryConnection.Questions(queries, Few, ef: 0);
        GrpcQueryConnection[] one = GrpcQueryConnection.Open(1, server.Address, queries, questions);
        await one[0].AskAsync(0);
        string replyFile = Path.GetTempFileName();
        await File.WriteAllBytesAsync(replyFile, Framed(one[0].Reply!), cancellation);
        await CloseAsync(one);
        using BenchedProcess bareServer = await BenchedProcess.StartAsync("bench", "bare", "--reply", replyFile);
        List<(double Call, double Bare)> passes = [];
        double search = double.PositiveInfinity;
        foreach (int connections in new[] { 1 }.Concat(Enumerable.Repeat(AroundConnections, Passes)))
        {
            SearchPhase before = await SearchPhase.ReadAsync(server.HttpAddress!, cancellation);
            double ours = (await MeasureAsync(server, connections, queries, questions)).CpuMicros;
            search = Math.Min(search, SearchPhase.Mean(before, await SearchPhase.ReadAsync(server.HttpAddress!, cancellation)));
            if (connections == 1) continue;
            passes.Add((ours, (await MeasureAsync(bareServer, AroundConnections, queries, questions)).CpuMicros));
        }

        File.Delete(replyFile);
        (double call, double bare) = passes.OrderBy(pass => pass.Call / pass.Bare).ElementAt(Passes / 2);
        return new AroundFigures(call, search, bare);
    }

    private async Task<double> MeasureBatchAsync(BenchedProcess server, QuerySet queries) =>
        (await MeasureAsync(server, AroundConnections, queries, GrpcQueryConnection.Questions(queries, Few, ef: 0, Batch))).CpuMicros / Batch;

    private static void Tell(LoadFigures load, double around) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{load.Load.Connections,3} connections  {load.Load.Qps,7:F0}/s  p50 {load.Load.P50Micros,6:F0} us  p99 {load.Load.P99Micros,7:F0} us  recall {load.Load.Recall(K):F4}  "
        + $"server CPU {load.CpuMicros:F0} us a query: search {load.CpuMicros - around:F0}, around it {around:F0}"));

    private static void Tell(PeerRun peers, LoadResult[] ours) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"beside the best peer: {string.Join(", ", ours.Select(load => peers.RatioOf([load]) is { } ratio ? string.Create(CultureInfo.InvariantCulture, $"{ratio:F2} times the queries at {load.Connections} connections") : "").Where(text => text.Length > 0))}; "
        + $"{peers.MedianRatioOf(ours):F2} times its p50 at one"));

    private static async Task CloseAsync(IEnumerable<GrpcQueryConnection> callers)
    {
        foreach (GrpcQueryConnection caller in callers) await caller.DisposeAsync();
    }

    /// <summary>A message with its prefix of five bytes, uncompressed.</summary>
    private static byte[] Framed(QueryReply reply)
    {
        byte[] message = Google.Protobuf.MessageExtensions.ToByteArray(reply);
        return [0, (byte)(message.Length >> 24), (byte)(message.Length >> 16), (byte)(message.Length >> 8), (byte)message.Length, .. message];
    }

    /// <summary>Microseconds of CPU of a call, of the search in it, and of a call that is answered by bare Kestrel.</summary>
    private sealed record AroundFigures(double Call, double Search, double Bare);

    /// <summary>A load with the server's processor time a call.</summary>
    private sealed record LoadFigures(LoadResult Load, double CpuMicros);
}
