using System.Diagnostics;
using System.Globalization;

namespace VectorSearch.Cli.Bench;

/// <summary>What a bench command's process holds in memory.</summary>
internal static class ProcessMemory
{
    /// <summary>Gives back what a build has left behind: nothing that is searched lies in the garbage-collected heap.</summary>
    public static void Trim() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    /// <summary>
    /// Bytes of the process that are its own and resident: index, queries, the runtime's heaps and the code it compiled, which
    /// Linux counts as shared memory. Program files are not counted, which the system keeps once for all processes and can drop.
    /// </summary>
    public static long Own()
    {
        if (OperatingSystem.IsLinux())
        {
            var status = File.ReadAllLines("/proc/self/status");
            return Read(status, "RssAnon:") + Read(status, "RssShmem:");
        }

        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static long Read(string[] status, string name) =>
        status.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
            ? 1024 * long.Parse(line.AsSpan(name.Length).TrimEnd("kB "), CultureInfo.InvariantCulture)
            : 0;
}
