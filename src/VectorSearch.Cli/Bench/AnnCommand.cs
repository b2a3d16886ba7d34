using System.CommandLine;
using System.Globalization;

namespace VectorSearch.Cli.Bench;

/// <summary><c>vectorsearch bench ann</c>: builds one index and measures speed against recall.</summary>
internal static class AnnCommand
{
    public static Command Create()
    {
        var options = new BenchOptions();
        Command command = new("ann", "Build an index and measure queries a second against recall.");
        options.AddTo(command);
        command.SetAction(parsed => BadOptions.Report(() => Run(options.Read(parsed))));
        return command;
    }

    private static void Run(BenchSettings settings)
    {
        using var data = BenchData.Open(settings);
        var (index, build) = BenchedIndexes.Build(settings);
        using (index)
        {
            ProcessMemory.Trim();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{index.Kind}: {data.Rows} x {data.Dimension}, built in {build.Seconds:F1} s ({build.CpuSeconds:F1} CPU s), {index.MemoryBytes / 1e6:F0} MB"));
            var timer = new SearchTimer(data, settings.Threads);
            var middle = index.Efforts[index.Efforts.Count / 2];
            timer.Warm((query, hits) => index.Search(query, settings.K, middle, hits));
            var curve = EffortSweep.Run(index, timer, settings.K, WholeBatch(settings));
            var (at, exceeded) = RecallCurve.Read(curve, perCpu: settings.Threads == 1);
            foreach (var (level, qps) in at)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"recall {level}: {(qps is { } q ? q.ToString("F0", CultureInfo.InvariantCulture) : "not reached")} queries/s"));
            var report = new AnnReport
            {
                Rows = data.Rows,
                Dimension = data.Dimension,
                Metric = settings.MetricName,
                K = settings.K,
                Kind = index.Kind,
                Memory = settings.Memory,
                Threads = settings.Threads,
                Build = build,
                MemoryBytes = ProcessMemory.Resident(index.MemoryBytes, settings.Mapped),
                IndexBytes = index.MemoryBytes,
                Curve = curve,
                AtRecall = at,
                ExceededAtMin = exceeded,
                TargetRecall = EffortSweep.RunTargets(index, timer, settings.K, WholeBatch(settings)),
                Scaling = settings.Threads > 1 ? MeasureScaling(index, data, settings, curve) : null,
            };
            if (settings.Json) Console.WriteLine(report.ToJson());
        }
    }

    /// <summary>Several threads take queries one by one.</summary>
    private static bool WholeBatch(BenchSettings settings) => settings.WholeBatch && settings.Threads == 1;

    /// <summary>The speed of all threads over that of one, in turn, three times, at the effort next above recall 0.95.</summary>
    private static ScalingReport MeasureScaling(IBenchedIndex index, BenchData data, BenchSettings settings, List<CurvePoint> curve)
    {
        const int Rounds = 3;
        var point = curve.FirstOrDefault(p => p.Recall >= 0.95) ?? curve[^1];
        SearchTimer one = new(data, 1), all = new(data, settings.Threads);
        double[] single = new double[Rounds], together = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            single[round] = one.Run((query, hits) => index.Search(query, settings.K, point.Effort, hits)).Qps;
            together[round] = all.Run((query, hits) => index.Search(query, settings.K, point.Effort, hits)).Qps;
        }

        Array.Sort(single);
        Array.Sort(together);
        var report = new ScalingReport(point.Effort, point.Recall, single[1], together[1], together[1] / single[1]);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{settings.Threads} threads: {report.AllThreads:F0}/s, one {report.OneThread:F0}/s, {report.Ratio:F2} x"));
        return report;
    }
}
