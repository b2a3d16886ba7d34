using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace VectorSearch.Cli.Torture;

/// <summary>A server gave no answer.</summary>
internal sealed class StallException(string message) : Exception(message);

/// <summary>
/// Waits for what a server should do soon, and no longer than a minute: one that stands still is a fault like any other,
/// told with what was asked and what the threads of the server did meanwhile.
/// </summary>
/// <param name="context">What went before, for the one who reads of a fault.</param>
/// <param name="directory">A memory dump is put beside it.</param>
/// <param name="report">Counts.</param>
/// <param name="say">Tells.</param>
internal sealed class StallWatch(string context, string directory, TortureReport report, Action<string> say)
{
    /// <summary>
    /// Glances before patience ends: a minute at least. Not a time, which would go on while the machine, or both processes,
    /// are halted.
    /// </summary>
    private const int DefaultGlances = 600;

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    /// <summary>Glances at what was asked before it counts as a stall.</summary>
    public int Glances { get; init; } = DefaultGlances;

    /// <summary>The process that is asked.</summary>
    public int Process { get; set; }

    /// <summary>Ends as the work does.</summary>
    /// <param name="asked">What it is, in words.</param>
    /// <param name="work">Under way.</param>
    /// <exception cref="StallException">It did not end; everything there is to know was told.</exception>
    public async Task<T> WaitAsync<T>(string asked, Task<T> work)
    {
        await WaitAsync(asked, (Task)work);
        return await work;
    }

    /// <summary>Ends as the work does.</summary>
    /// <param name="asked">What it is, in words.</param>
    /// <param name="work">Under way.</param>
    /// <exception cref="StallException">It did not end; everything there is to know was told.</exception>
    public async Task WaitAsync(string asked, Task work)
    {
        for (int glances = 0; glances < Glances; glances++)
        {
            using CancellationTokenSource woken = new();
            if (await Task.WhenAny(work, Task.Delay(Glance, woken.Token)) == work)
            {
                await woken.CancelAsync();
                await work;
                return;
            }
        }

        report.Stalls = (report.Stalls ?? 0) + 1;
        string stall = $"no answer to {asked} for {(Glances * Glance).TotalSeconds:F0} s";
        say($"{stall} after '{context}'");
        foreach (string thread in await ProcessThreads.DescribeAsync(Process)) say(thread);
        await DumpAsync();
        throw new StallException(stall);
    }

    /// <summary>Keeps the memory of the server, with its stacks, if the runtime brings the program that does it.</summary>
    private async Task DumpAsync()
    {
        string program = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "createdump");
        if (!File.Exists(program)) return;
        string dump = Path.TrimEndingDirectorySeparator(directory) + string.Create(CultureInfo.InvariantCulture, $".stall-{report.Stalls}.dmp");
        ProcessStartInfo start = new(program, ["--withheap", "--name", dump, Process.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using System.Diagnostics.Process dumping = System.Diagnostics.Process.Start(start)!;
        await Task.WhenAll(dumping.StandardOutput.ReadToEndAsync(), dumping.StandardError.ReadToEndAsync(), dumping.WaitForExitAsync());
        say(dumping.ExitCode == 0 ? $"the memory of the server is in {dump}" : $"no dump could be made: createdump ended with {dumping.ExitCode}");
    }
}
