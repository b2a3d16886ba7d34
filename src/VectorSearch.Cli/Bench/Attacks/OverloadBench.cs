using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using VectorSearch.Cli.Bench.Serving;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Bench.Attacks;

/// <summary>
/// Offers a server ten times the calls that it can answer, at their own pace and not waiting for answers. The calls compare
/// with every point, so that ten times what the server can do is still little for the process that calls.
/// </summary>
internal sealed class OverloadBench(BenchedProcess server, TimeSpan duration)
{
    private const int Factor = 10, Channels = 16, MaxUnderWay = 1500;
    private const double LeastShare = 0.8, LongestRefusalMs = 20, LongestRecoverySeconds = 5;

    private static readonly GrpcMethod<QueryRequest, QueryReply> Query = new(PointsReflection.Descriptor.Services[0], "Query");
    private static readonly GrpcCallOptions Patient = new() { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>Measures.</summary>
    /// <param name="misses">Takes what was promised and not kept.</param>
    public async Task<OverloadFigures> RunAsync(List<string> misses)
    {
        GrpcChannel[] channels = [.. Enumerable.Range(0, Channels).Select(_ => new GrpcChannel(server.Address))];
        (double capacity, double usualMs) = await CapacityAsync(channels);
        ConcurrentBag<double> refusals = [];
        int answered = 0, faults = 0, underWay = 0;
        long started = Stopwatch.GetTimestamp();
        double rate = capacity * Factor;
        Random random = new(2);
        List<Task> calls = [];
        using PeriodicTimer tick = new(TimeSpan.FromMilliseconds(2));
        long offered = 0;
        while (Stopwatch.GetElapsedTime(started) < duration)
        {
            for (long due = (long)(Stopwatch.GetElapsedTime(started).TotalSeconds * rate); offered < due; offered++)
            {
                if (Volatile.Read(ref underWay) >= MaxUnderWay) continue;
                Interlocked.Increment(ref underWay);
                calls.Add(CallAsync(channels[offered % Channels], AttackBench.Question(random, exact: true)));
            }

            await tick.WaitForNextTickAsync();
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        int inTime = Volatile.Read(ref answered);
        double recovery = await RecoveryAsync(channels[0], usualMs);
        await Task.WhenAll(calls);
        foreach (GrpcChannel channel in channels) channel.Dispose();
        double[] sorted = [.. refusals.Order()];
        OverloadFigures figures = new(
            capacity, inTime / seconds, inTime / seconds / capacity, At(sorted, 0.5), At(sorted, 0.99), sorted.Length / seconds, recovery);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"overload           capacity {capacity:F0}/s, offered {offered / seconds:F0}/s, goodput {figures.Goodput:F0}/s ({figures.Share:P0}); refused {figures.RefusedPerSecond:F0}/s in p50 {figures.RefusalP50Ms:F1} ms, p99 {figures.RefusalP99Ms:F1} ms; "
            + $"{faults} other faults; recovered in {recovery:F2} s"));
        if (figures.Share < LeastShare) misses.Add($"overload: goodput is {figures.Share:P0} of capacity");
        if (figures.RefusalP99Ms > LongestRefusalMs) misses.Add($"overload: a refusal takes {figures.RefusalP99Ms:F1} ms at the 99th percentile");
        if (recovery > LongestRecoverySeconds) misses.Add($"overload: recovery takes {recovery:F1} s");
        if (faults > 0) misses.Add($"overload: {faults} calls ended otherwise than answered or refused");
        return figures;

        async Task CallAsync(GrpcChannel channel, QueryRequest question)
        {
            long began = Stopwatch.GetTimestamp();
            try
            {
                await channel.UnaryAsync(Query, question, Patient);
                Interlocked.Increment(ref answered);
            }
            catch (RpcException refused) when (refused.Code == GrpcStatusCode.ResourceExhausted)
            {
                refusals.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
            catch (RpcException)
            {
                Interlocked.Increment(ref faults);
            }
            finally
            {
                Interlocked.Decrement(ref underWay);
            }
        }
    }

    /// <summary>Calls a second, and milliseconds a call, with as many callers as the server has places.</summary>
    private static async Task<(double PerSecond, double UsualMs)> CapacityAsync(GrpcChannel[] channels)
    {
        int callers = Environment.ProcessorCount + 1, calls = 0;
        await LoopAsync(TimeSpan.FromSeconds(1));
        calls = 0;
        TimeSpan time = TimeSpan.FromSeconds(4);
        await LoopAsync(time);
        return (calls / time.TotalSeconds, callers * time.TotalMilliseconds / calls);

        Task LoopAsync(TimeSpan time)
        {
            long end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
            return Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
            {
                Random random = new(caller);
                while (Stopwatch.GetTimestamp() < end)
                {
                    await channels[caller].UnaryAsync(Query, AttackBench.Question(random, exact: true), Patient);
                    Interlocked.Increment(ref calls);
                }
            })));
        }
    }

    /// <summary>Seconds until a call is answered in at most twice the usual time.</summary>
    private static async Task<double> RecoveryAsync(GrpcChannel channel, double usualMs)
    {
        Stopwatch since = Stopwatch.StartNew();
        Random random = new(3);
        while (true)
        {
            long began = Stopwatch.GetTimestamp();
            try
            {
                await channel.UnaryAsync(Query, AttackBench.Question(random, exact: true), Patient);
                if (Stopwatch.GetElapsedTime(began).TotalMilliseconds <= 2 * usualMs || since.Elapsed.TotalSeconds > 30) return since.Elapsed.TotalSeconds;
            }
            catch (RpcException refused) when (refused.Code == GrpcStatusCode.ResourceExhausted)
            {
                await Task.Delay(10);
            }
        }
    }

    private static double At(double[] sorted, double share) => sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
}
