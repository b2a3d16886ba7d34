using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using VectorSearch.Cli.Bench.Serving;

namespace VectorSearch.Cli.Bench.Attacks;

/// <summary>
/// Offers a server ten times the calls that it can answer, at their own pace and not waiting for answers. The calls compare
/// with every point, so that ten times what the server can do is still little for the process that calls; and they are made
/// of bytes that were there beforehand, so that of the two processors the caller takes as little as it can.
/// </summary>
internal sealed class OverloadBench(BenchedProcess server, TimeSpan duration)
{
    private const int Factor = 10, Connections = 16, Questions = 64;
    private const double LeastShare = 0.8, LongestRefusalMs = 20, LongestRecoverySeconds = 5;
    private const string Path = "/vectorsearch.v1.Points/Query";

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1), CapacityTime = TimeSpan.FromSeconds(4), Patience = TimeSpan.FromSeconds(30);

    /// <summary>As many callers as the server has places for reads.</summary>
    private static int Callers => Environment.ProcessorCount + 1;

    /// <summary>Measures.</summary>
    /// <param name="misses">Takes what was promised and not kept.</param>
    /// <param name="judgesTimes">False leaves out what was promised of times.</param>
    public OverloadFigures Run(List<string> misses, bool judgesTimes)
    {
        Random random = new(2);
        byte[][] bodies = [.. Enumerable.Range(0, Questions).Select(_ => AttackKinds.Framed(AttackBench.Question(random, exact: true)))];
        CallWire[] wires = [.. Enumerable.Range(0, Connections).Select(_ => new CallWire(server.Address.Port, Path, bodies))];
        Load(wires, WarmUp, perSecond: 0, Callers);
        Tally alone = Load(wires, CapacityTime, perSecond: 0, Callers);
        double capacity = alone.Answered / CapacityTime.TotalSeconds, usualMs = At(alone.AnswerTicks, 0.5);

        TimeSpan cpu = server.Cpu, own = Environment.CpuUsage.TotalTime;
        Tally seen = Load(wires, duration, capacity * Factor, int.MaxValue);
        (cpu, own) = (server.Cpu - cpu, Environment.CpuUsage.TotalTime - own);
        double recovery = Recover(wires, usualMs);
        foreach (CallWire wire in wires) wire.Dispose();
        double seconds = duration.TotalSeconds, goodput = seen.Answered / seconds;
        OverloadFigures figures = new(
            capacity, goodput, goodput / capacity, At(seen.RefusalTicks, 0.5), At(seen.RefusalTicks, 0.99), seen.RefusalTicks.Count / seconds, recovery);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"overload           capacity {capacity:F0}/s, offered {seen.Sent / seconds:F0}/s, goodput {goodput:F0}/s ({figures.Share:P0}); refused {figures.RefusedPerSecond:F0}/s in p50 {figures.RefusalP50Ms:F1} ms, "
            + $"p99 {figures.RefusalP99Ms:F1} ms; {seen.Faults} other faults; recovered in {recovery:F2} s; CPU server {cpu.TotalSeconds / seconds:F2}, caller {own.TotalSeconds / seconds:F2} of {Environment.ProcessorCount} processors"));
        if (figures.Share < LeastShare && judgesTimes) misses.Add($"overload: goodput is {figures.Share:P0} of capacity");
        if (figures.RefusalP99Ms > LongestRefusalMs && judgesTimes) misses.Add($"overload: a refusal takes {figures.RefusalP99Ms:F1} ms at the 99th percentile");
        if (recovery > LongestRecoverySeconds && judgesTimes) misses.Add($"overload: recovery takes {recovery:F1} s");
        if (seen.Faults > 0) misses.Add($"overload: {seen.Faults} calls ended otherwise than answered or refused");
        return figures;
    }

    /// <summary>Calls for a while: so many a second, or with so many under way at any time.</summary>
    private static Tally Load(CallWire[] wires, TimeSpan time, double perSecond, int underWay)
    {
        Tally tally = new();
        long started = Stopwatch.GetTimestamp(), offered = 0;
        for (TimeSpan passed; (passed = Stopwatch.GetElapsedTime(started)) < time;)
        {
            long due = perSecond > 0 ? (long)(passed.TotalSeconds * perSecond) : long.MaxValue;
            for (int tries = 0; offered < due && tries < wires.Length && wires.Sum(wire => wire.UnderWay) < underWay; tries++)
            {
                CallWire wire = wires[(offered + tries) % wires.Length];
                if (!wire.HasRoom) continue;
                wire.Call();
                (offered, tries) = (offered + 1, -1);
            }

            // What finds no room on any connection is not offered later: its time has passed.
            if (perSecond > 0) offered = Math.Max(offered, due);
            Take(wires, tally);
        }

        return tally with { Sent = tally.Answered + tally.RefusalTicks.Count + tally.Faults + wires.Sum(wire => wire.UnderWay) };
    }

    /// <summary>Seconds until a call is answered in at most twice the usual time.</summary>
    private static double Recover(CallWire[] wires, double usualMs)
    {
        Stopwatch since = Stopwatch.StartNew();
        while (since.Elapsed < Patience)
        {
            while (wires.Any(wire => wire.UnderWay > 0)) Take(wires, new Tally());
            Tally one = new();
            wires[0].Call();
            while (wires[0].UnderWay > 0) Take(wires, one);
            if (one.AnswerTicks.Count > 0 && At(one.AnswerTicks, 1) <= 2 * usualMs) break;
        }

        return since.Elapsed.TotalSeconds;
    }

    private static void Take(CallWire[] wires, Tally tally)
    {
        List<Socket> readable = [.. wires.Select(wire => wire.Socket)];
        Socket.Select(readable, null, null, microSeconds: 500);
        foreach (CallWire wire in wires) wire.Receive(tally.Add);
    }

    /// <summary>Milliseconds that a share of the calls took at most.</summary>
    private static double At(List<long> ticks, double share)
    {
        if (ticks.Count == 0) return 0;
        ticks.Sort();
        return Stopwatch.GetElapsedTime(0, ticks[Math.Min(ticks.Count - 1, (int)(ticks.Count * share))]).TotalMilliseconds;
    }

    /// <summary>How calls ended.</summary>
    private sealed record Tally
    {
        public List<long> AnswerTicks { get; } = [];

        public List<long> RefusalTicks { get; } = [];

        public int Answered => AnswerTicks.Count;

        public int Faults { get; private set; }

        public long Sent { get; init; }

        public void Add(CallEnd end, long ticks)
        {
            if (end == CallEnd.Answered) AnswerTicks.Add(ticks);
            else if (end == CallEnd.Refused) RefusalTicks.Add(ticks);
            else Faults++;
        }
    }
}
