using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using VectorSearch.Index;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;

namespace VectorSearch.Cli.Bench;

/// <summary><c>vectorsearch bench open</c>: how soon a sealed file answers its first query, and how long until it is in memory.</summary>
internal static class OpenCommand
{
    public static Command Create()
    {
        var options = new BenchOptions();
        Command command = new("open", "Open a sealed file mapped: time to the first answer, warm and with nothing in the page cache.");
        options.AddTo(command);
        command.SetAction(parsed => BadOptions.Report(() => Run(options.Read(parsed))));
        return command;
    }

    private static void Run(BenchSettings settings)
    {
        using var data = BenchData.Open(settings);
        var scratch = settings.IndexFile is null ? Directory.CreateTempSubdirectory("vectorsearch-bench-") : null;
        try
        {
            var path = settings.IndexFile ?? Path.Combine(scratch!.FullName, "index.vs");
            if (!File.Exists(path)) BenchedIndexes.Build(settings with { Kind = "sealed", IndexFile = path, Mapped = false }).Index.Dispose();
            Measure(settings, data, path);
        }
        finally
        {
            scratch?.Delete(recursive: true);
        }
    }

    private static void Measure(BenchSettings settings, BenchData data, string path)
    {
        // The first open also compiles the code, as that of a new process does.
        var first = FirstAnswer(path, data, settings.K, drop: false);
        var warm = FirstAnswer(path, data, settings.K, drop: false);
        var cold = FirstAnswer(path, data, settings.K, drop: true);
        using var file = File.OpenRead(path);
        using var index = SealedIndex.Map(file);
        var clock = Stopwatch.StartNew();
        index.Verify();
        var verify = clock.Elapsed.TotalSeconds;
        clock.Restart();
        index.MoveToMemory();
        var move = clock.Elapsed.TotalSeconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"first answer {first:F3} s in a new process, {warm:F3} s again, {(cold is { } c ? $"{c:F3} s" : "not measurable")} cold; verified in {verify:F2} s, in memory after {move:F2} s more"));
        if (!settings.Json) return;
        Console.WriteLine(JsonLine.Of(new
        {
            n = data.Rows, dim = data.Dimension, metric = settings.MetricName, k = settings.K, kind = "sealed", residency = "mapped",
            file_bytes = new FileInfo(path).Length, first_answer_warm_seconds = first, first_answer_again_seconds = warm,
            first_answer_cold_seconds = cold, verify_seconds = verify, move_to_memory_seconds = move,
        }));
    }

    /// <summary>Seconds from opening the file to the first answer; null if the page cache could not be dropped.</summary>
    private static double? FirstAnswer(string path, BenchData data, int k, bool drop)
    {
        using var file = File.OpenRead(path);
        if (drop && !PageCache.TryDrop(file)) return null;
        var hits = new Neighbor[k];
        var clock = Stopwatch.StartNew();
        using var index = SealedIndex.Map(file);
        index.Search(data.Queries[0], new SealedRequest(k) { TargetRecall = 0.95 }, hits);
        return clock.Elapsed.TotalSeconds;
    }
}
