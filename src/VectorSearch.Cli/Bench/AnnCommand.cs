using System.CommandLine;
using System.Globalization;
using VectorSearch.Index.Sealed;

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
        // Bad files are told before the build, which takes long; what queries take is no part of its peak.
        BenchData.Open(settings).Dispose();
        var (index, build) = BenchedIndexes.Build(settings);
        using var data = BenchData.Open(settings);
        using (index)
        {
            ProcessMemory.Trim();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{index.Kind}: {data.Rows} x {data.Dimension}, built in {build.Seconds:F1} s ({build.CpuSeconds:F1} CPU s), {index.MemoryBytes / 1e6:F0} MB"));
            var timer = new SearchTimer(data, settings.Threads);
            timer.Warm(index);

            // Several threads take queries one by one.
            var sweep = EffortSweep.Run(index, timer, settings.K, settings.WholeBatch && settings.Threads == 1);
            sweep.Print();
            var curve = sweep.Curve;
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
                MemoryBytes = settings.Mapped ? index.MemoryBytes + timer.MostMemory : Math.Max(index.MemoryBytes, timer.MostMemory),
                IndexBytes = index.MemoryBytes,
                Curve = curve,
                AtRecall = at,
                ExceededAtMin = exceeded,
                TargetRecall = sweep.AtTargets,
                Scaling = settings.Threads > 1 ? MeasureScaling(index, data, settings, curve) : null,
            };
            if (settings.Json) Console.WriteLine(report.ToJson());
        }
    }

    /// <summary>The speed of all threads over that of one, in turn, three times, at the effort next above recall 0.95.</summary>
    private static ScalingReport MeasureScaling(IBenchedIndex index, BenchData data, BenchSettings settings, List<CurvePoint> curve)
    {
        const int Rounds = 3;
        const double RoundSeconds = 0.4;
        var point = curve.FirstOrDefault(p => p.Recall >= 0.95) ?? curve[^1];
        var request = new SealedRequest(settings.K) { Effort = point.Effort };
        SearchTimer one = new(data, 1), all = new(data, settings.Threads);
        double[] single = new double[Rounds], together = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            single[round] = Qps(one);
            together[round] = Qps(all);
        }

        Array.Sort(single);
        Array.Sort(together);
        var report = new ScalingReport(point.Effort, point.Recall, single[1], together[1], together[1] / single[1]);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{settings.Threads} threads: {report.Qps:F0}/s, one {report.QpsOneThread:F0}/s, {report.Ratio:F2} x"));
        return report;

        double Qps(SearchTimer timer) => timer.Time(() => timer.Pass((query, hits) => index.Search(query, request, hits)), RoundSeconds).Qps;
    }
}
