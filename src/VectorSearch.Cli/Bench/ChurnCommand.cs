using System.CommandLine;
using System.Globalization;
using VectorSearch.Cli.Bench.Soaking;
using VectorSearch.Index;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench;

/// <summary><c>vectorsearch bench churn</c>: removes and adds again every row ten times over, and compares with a fresh build.</summary>
internal static class ChurnCommand
{
    private const int MaxRows = 100_000;
    private const int Rounds = 10;
    private const int Queries = 500;

    /// <summary>Removals between two looks for nodes that were cut off, as a share of the rows: what a collection does.</summary>
    private const int LooksARound = 4;

    private static readonly int[] Beams = [20, 50, 100];

    public static Command Create()
    {
        var options = new BenchOptions();
        Option<double> soak = new("--soak")
        {
            Description = "Instead: for so many seconds add, search, remove and tend at once, with 20 threads, in the mutable form and in the sealed one with changes.",
        };
        soak.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is var seconds && !(seconds >= 0)) result.AddError($"--soak is {seconds}; expected 0 or more seconds.");
        });
        Command command = new("churn", "Remove and add again every row of the mutable form ten times, and compare with a fresh build.") { soak };
        options.AddTo(command);
        command.SetAction(parsed => BadOptions.Report(() =>
        {
            if (parsed.GetValue(soak) is > 0 and var seconds) SoakRun.Run(options.Read(parsed), MaxRows, seconds);
            else Run(options.Read(parsed));
        }));
        return command;
    }

    private static void Run(BenchSettings settings)
    {
        using var data = BenchData.Open(settings);
        using var rows = VectorFile.ReadFloats(settings.Base, MaxRows);
        var count = rows.Rows;
        using var fresh = Build(settings, rows, count);
        using var index = Build(settings, rows, count);
        var bounds = Bounds(fresh, data);
        var slots = Enumerable.Range(0, count).ToArray();
        var order = Enumerable.Range(0, count).ToArray();
        var random = new Xoshiro256(settings.Seed, 0xE3);
        var rounds = new List<object>();
        var freshRecall = Beams.Select(ef => Recall(fresh, data, bounds, ef)).ToArray();
        for (var round = 1; round <= Rounds; round++)
        {
            random.Shuffle<int>(order);
            var cpu = Environment.CpuUsage.TotalTime;
            var reconnected = 0;
            for (var i = 0; i < count; i++)
            {
                index.Remove(slots[order[i]]);
                slots[order[i]] = index.Add(rows[order[i]]);
                if ((i + 1) % Math.Max(1, count / LooksARound) == 0) reconnected += index.Reconnect();
            }

            var seconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
            var report = index.Validate();
            var recall = Beams.Select(ef => Recall(index, data, bounds, ef)).ToArray();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"round {round,2}: recall {string.Join(" ", recall.Select((r, b) => $"ef {Beams[b]} {r:F4} (fresh {freshRecall[b]:F4})"))}, {report.UnreachableCount} unreachable, {reconnected} linked again, {report.FaultCount} faults, {1e6 * seconds / (2 * count):F0} us a write"));
            rounds.Add(new { round, recall = Named(recall), unreachable = report.UnreachableCount, reconnected, faults = report.FaultCount, us_per_write = 1e6 * seconds / (2 * count) });
        }

        var memory = (double)Bytes(index) / Bytes(fresh);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"memory {memory:F3} x a fresh build"));
        if (!settings.Json) return;
        Console.WriteLine(JsonLine.Of(new
        {
            n = count, dim = data.Dimension, metric = settings.MetricName, k = settings.K, kind = "mutable", fresh_recall = Named(freshRecall), rounds,
            memory_ratio = memory, memory_bytes = Bytes(index), unreachable = index.Validate().UnreachableCount,
        }));
    }

    private static Dictionary<string, double> Named(double[] recall) =>
        recall.Select((r, b) => (r, b)).ToDictionary(p => $"ef_{Beams[p.b]}", p => p.r);

    private static HnswIndex Build(BenchSettings settings, RowMatrix<float> rows, int count) => HnswIndex.Build(
        MutableBenchedIndex.OptionsFor(settings, rows.Dimension, count * 2), count, (row, vector) => rows[row].CopyTo(vector), settings.BuildThreads);

    private static long Bytes(HnswIndex index)
    {
        var statistics = index.GetStatistics();
        return statistics.VectorBytes + statistics.CodeBytes + statistics.GraphBytes;
    }

    private static float[] Bounds(HnswIndex index, BenchData data)
    {
        var hits = new Neighbor[data.K];
        var bounds = new float[Math.Min(Queries, data.Queries.Rows)];
        for (var q = 0; q < bounds.Length; q++)
            bounds[q] = hits[index.Search(data.Queries[q], new SearchRequest(data.K) { Exact = true }, hits).Count - 1].Distance;
        return bounds;
    }

    private static double Recall(HnswIndex index, BenchData data, float[] bounds, int ef)
    {
        var hits = new Neighbor[data.K];
        long right = 0;
        for (var q = 0; q < bounds.Length; q++)
        {
            var found = index.Search(data.Queries[q], new SearchRequest(data.K) { Ef = ef }, hits).Count;
            foreach (var hit in hits.AsSpan(0, found)) if (hit.Distance <= bounds[q] + (MathF.Abs(bounds[q]) * 1e-6f)) right++;
        }

        return (double)right / ((long)bounds.Length * data.K);
    }
}
