using System.Diagnostics;

namespace VectorSearch.Cli.Bench;

/// <summary>What a bench command's process holds in memory.</summary>
internal static class ProcessMemory
{
    /// <summary>Gives back what a build has left behind: nothing that is searched lies in the garbage-collected heap.</summary>
    public static void Trim() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    /// <summary>
    /// Bytes that are resident now, the runtime and its libraries included, and never less than the index says: rows of a
    /// mapped file that were not touched are not resident, and would have to be for full speed.
    /// </summary>
    public static long Resident(long indexBytes)
    {
        Trim();
        using var process = Process.GetCurrentProcess();
        return Math.Max(indexBytes, process.WorkingSet64);
    }
}
