using System.Diagnostics;
using System.Globalization;

namespace VectorSearch.Cli.Bench;

/// <summary>What a bench command's process holds in memory.</summary>
internal static class ProcessMemory
{
    /// <summary>Gives back what a build has left behind: nothing that is searched lies in the garbage-collected heap.</summary>
    public static void Trim() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    /// <summary>
    /// Bytes of the process that are its own and resident: index, queries, the runtime's heaps and compiled code. Its program
    /// files are not counted, which the system keeps once for all processes and can drop. The index of a mapped file is
    /// counted whole: for full speed it has to be resident.
    /// </summary>
    public static long Resident(long indexBytes, bool mapped)
    {
        Trim();
        return mapped ? indexBytes + Own() : Math.Max(indexBytes, Own());
    }

    private static long Own()
    {
        const string Name = "RssAnon:";
        if (OperatingSystem.IsLinux())
        {
            foreach (var line in File.ReadLines("/proc/self/status"))
                if (line.StartsWith(Name, StringComparison.Ordinal)) return 1024 * long.Parse(line.AsSpan(Name.Length).TrimEnd("kB "), CultureInfo.InvariantCulture);
        }

        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
