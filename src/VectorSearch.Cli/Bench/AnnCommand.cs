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
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{index.Kind}: {data.Rows} x {data.Dimension}, built in {build.Seconds:F1} s ({build.CpuSeconds:F1} CPU s), {index.MemoryBytes / 1e6:F0} MB"));
            var timer = new SearchTimer(data, settings.Threads);
            var middle = index.Efforts[index.Efforts.Count / 2];
            timer.Warm((query, hits) => index.Search(query, settings.K, middle, hits));
            var curve = EffortSweep.Run(index, timer, settings.K);
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
                MemoryBytes = index.MemoryBytes,
                Curve = curve,
                AtRecall = at,
                ExceededAtMin = exceeded,
                TargetRecall = EffortSweep.RunTargets(index, timer, settings.K),
            };
            if (settings.Json) Console.WriteLine(report.ToJson());
        }
    }
}
