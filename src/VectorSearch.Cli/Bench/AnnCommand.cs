using System.CommandLine;
using System.Globalization;

namespace VectorSearch.Cli.Bench;

/// <summary><c>vectorsearch bench ann</c>: builds one index and measures speed against recall.</summary>
internal static class AnnCommand
{
    private static readonly double[] Targets = [0.9, 0.95, 0.99];

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
            var curve = Sweep(index, timer, settings.K);
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
                TargetRecall = MeasureTargets(index, timer, settings.K),
            };
            if (settings.Json) Console.WriteLine(report.ToJson());
        }
    }

    private static List<CurvePoint> Sweep(IBenchedIndex index, SearchTimer timer, int k)
    {
        var curve = new List<CurvePoint>();
        foreach (var effort in index.Efforts)
        {
            var result = timer.Run((query, hits) => index.Search(query, k, effort, hits));
            curve.Add(new CurvePoint(effort, result.Recall, result.Qps, result.QpsCpu, result.P50Micros, result.P99Micros, result.Distances));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"effort {effort,4}  recall {result.Recall:F4}  {result.QpsCpu,9:F0}/CPU s  {result.Qps,9:F0}/s  p50 {result.P50Micros:F1} us  p99 {result.P99Micros:F1} us  {result.Distances:F0} distances"));
        }

        return curve;
    }

    private static List<TargetPoint> MeasureTargets(IBenchedIndex index, SearchTimer timer, int k)
    {
        var points = new List<TargetPoint>();
        foreach (var target in Targets)
        {
            var supported = true;
            var result = timer.Run((query, hits) =>
            {
                supported &= index.TrySearch(query, k, target, hits, out var outcome);
                return outcome;
            });
            if (supported) points.Add(new TargetPoint(target, result.Recall, result.Qps, result.QpsCpu));
        }

        return points;
    }
}
