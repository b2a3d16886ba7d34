using System.Diagnostics;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench;

/// <summary>Builds the index a bench command asks for, and measures the build.</summary>
internal static class BenchedIndexes
{
    public static (IBenchedIndex Index, BuildReport Report) Build(BenchSettings settings)
    {
        var rows = VectorFile.ReadFloats(settings.Base);
        var cpu = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        IBenchedIndex index = settings.Kind == "mutable" ? MutableBenchedIndex.Build(rows, settings) : SealedBenchedIndex.Build(rows, settings);
        using var process = Process.GetCurrentProcess();
        var report = new BuildReport(
            clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, settings.BuildThreads, process.PeakWorkingSet64);
        return (index, report);
    }
}
