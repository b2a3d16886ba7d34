using System.Diagnostics;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench;

/// <summary>Builds the index a bench command asks for, and measures the build.</summary>
internal static class BenchedIndexes
{
    public static (IBenchedIndex Index, BuildReport Report) Build(BenchSettings settings)
    {
        if (settings.Kind == "auto" && !(settings.IndexFile is { } there && File.Exists(there))) settings = settings with { Kind = KindProbe.Choose(settings) };
        if (settings.Mapped && (settings.Kind == "mutable" || settings.IndexFile is null))
            throw new ArgumentException("--residency is mapped; expected --index FILE and --kind sealed beside it, since a sealed file is what can be mapped.");
        if (settings.IndexFile is { } kept && File.Exists(kept)) return Open(settings, kept);
        var rows = settings.Kind == "mutable" ? null : VectorFile.ReadFloats(settings.Base);
        var cpu = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        IBenchedIndex index = rows is null ? MutableBenchedIndex.Build(settings) : SealedBenchedIndex.Build(rows, settings);
        var report = Measured(clock, cpu, settings);
        if (settings.IndexFile is { } file && index is SealedBenchedIndex built)
        {
            using (var stream = File.Create(file)) built.Save(stream);
            if (settings.Mapped)
            {
                index.Dispose();
                return (Open(settings, file).Index, report);
            }
        }

        return (index, report);
    }

    private static (IBenchedIndex Index, BuildReport Report) Open(BenchSettings settings, string file)
    {
        if (settings.Kind == "mutable") throw new ArgumentException("--index holds sealed indexes; expected --kind sealed or auto.");
        var cpu = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        using var stream = File.OpenRead(file);
        var index = settings.Mapped ? SealedIndex.Map(stream) : SealedIndex.Load(stream);
        index.Verify();
        return (new SealedBenchedIndex(index), Measured(clock, cpu, settings));
    }

    /// <summary>What was built or opened since, its peak included.</summary>
    private static BuildReport Measured(Stopwatch clock, TimeSpan cpu, BenchSettings settings)
    {
        using var process = Process.GetCurrentProcess();
        return new BuildReport(
            clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, settings.BuildThreads, process.PeakWorkingSet64);
    }
}
