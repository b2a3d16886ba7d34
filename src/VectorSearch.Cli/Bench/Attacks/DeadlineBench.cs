using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using VectorSearch.Cli.Bench.Serving;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Bench.Attacks;

/// <summary>A thousand calls that would take far longer than their deadlines of 1 to 20 ms.</summary>
internal sealed class DeadlineBench(BenchedProcess server)
{
    private const int Calls = 1000, Callers = 4, Queries = 200;
    private const double LatestMs = 50, MaxGrowthMb = 100;

    private static readonly GrpcMethod<QueryRequest, QueryReply> Query = new(PointsReflection.Descriptor.Services[0], "Query");

    /// <summary>Measures.</summary>
    /// <param name="misses">Takes what was promised and not kept.</param>
    /// <param name="judgesTimes">False leaves out what was promised of times.</param>
    public async Task<DeadlineFigures> RunAsync(List<string> misses, bool judgesTimes)
    {
        using GrpcChannel channel = new(server.Address);
        QueryRequest question = Long();
        await CallAsync(channel, question, 5);
        TimeSpan idle = server.Cpu;
        long before = server.ResidentBytes;
        ConcurrentBag<double> late = [];
        int byDeadline = 0, next = -1;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (int call; (call = Interlocked.Increment(ref next)) < Calls;)
            {
                int milliseconds = 1 + (call % 20);
                long began = Stopwatch.GetTimestamp();
                GrpcStatusCode code = await CallAsync(channel, question, milliseconds);
                late.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds - milliseconds);
                if (code == GrpcStatusCode.DeadlineExceeded) Interlocked.Increment(ref byDeadline);
            }
        })));

        // Nothing runs on: a second after the last call the server takes next to no processor time.
        await Task.Delay(500);
        TimeSpan after = server.Cpu;
        await Task.Delay(1000);
        bool stillBusy = (server.Cpu - after).TotalMilliseconds > 300;
        double[] sorted = [.. late.Order()];
        DeadlineFigures figures = new(Calls, sorted[^1], sorted[(int)(sorted.Length * 0.99)], byDeadline, stillBusy ? 1 : 0, (server.ResidentBytes - before) / 1e6);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"deadlines          {Calls} calls of 1 to 20 ms ended at most {figures.LatestMs:F1} ms after their deadline (p99 {figures.P99Ms:F1} ms), {byDeadline} by it; memory {figures.GrowthMb:+0;-0} MB; "
            + $"server {(after - idle).TotalSeconds:F1} s CPU, then {(stillBusy ? "still busy" : "idle")}"));
        if (figures.LatestMs > LatestMs && judgesTimes) misses.Add($"deadlines: a call ended {figures.LatestMs:F1} ms after its deadline");
        if (stillBusy && judgesTimes) misses.Add("deadlines: work goes on after the calls");
        if (figures.GrowthMb > MaxGrowthMb) misses.Add($"deadlines: memory grew by {figures.GrowthMb:F0} MB");
        return figures;
    }

    private static async Task<GrpcStatusCode> CallAsync(GrpcChannel channel, QueryRequest question, int milliseconds)
    {
        try
        {
            await channel.UnaryAsync(Query, question, new GrpcCallOptions { Timeout = TimeSpan.FromMilliseconds(milliseconds) });
            return GrpcStatusCode.Ok;
        }
        catch (RpcException ended)
        {
            return ended.Code;
        }
    }

    /// <summary>Exact queries by the hundred: about a second of work.</summary>
    private static QueryRequest Long()
    {
        QueryRequest one = AttackBench.Question(new Random(4), exact: true);
        byte[] vector = one.Vectors.Data.ToByteArray();
        byte[] all = new byte[Queries * vector.Length];
        for (int i = 0; i < Queries; i++) vector.CopyTo(all, i * vector.Length);
        one.Vectors.Data = UnsafeByteOperations.UnsafeWrap(all);
        one.Vectors.Rows = Queries;
        return one;
    }
}
