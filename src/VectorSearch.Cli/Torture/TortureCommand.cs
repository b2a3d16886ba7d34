using System.CommandLine;
using Spectre.Console;

namespace VectorSearch.Cli.Torture;

/// <summary>
/// <c>vectorsearch torture</c>: writes to a real server over gRPC, kills it again and again, and judges what is left by
/// what was acknowledged.
/// </summary>
internal static class TortureCommand
{
    private const int DefaultSeconds = 600;

    public static Command Create()
    {
        Option<int> seconds = new("--seconds") { Description = "How long to go on.", DefaultValueFactory = _ => DefaultSeconds };
        Option<int> seed = new("--seed") { Description = "Seed of everything random.", DefaultValueFactory = _ => 1 };
        Option<bool> soak = new("--soak") { Description = "Kill nobody: one server under the same load, whose memory must stay where it is." };
        Option<bool> json = new("--json") { Description = "End with one line of JSON." };
        Option<string?> data = new("--data") { Description = "An empty folder for the server's data (default a temporary one, removed at the end)." };
        Command command = new("torture", "Kill a server under load at random and at named points, and check that nothing acknowledged is lost.")
        {
            seconds, seed, soak, json, data,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            TimeSpan.FromSeconds(Math.Max(1, parsed.GetValue(seconds))), parsed.GetValue(seed), parsed.GetValue(soak), parsed.GetValue(json), parsed.GetValue(data), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(TimeSpan duration, int seed, bool soak, bool json, string? data, CancellationToken cancellation)
    {
        string directory = data ?? Directory.CreateTempSubdirectory("vectorsearch-torture-").FullName;
        TortureReport report = new();
        TortureRun run = new(directory, seed, report, line => AnsiConsole.MarkupLineInterpolated($"[grey]{line}[/]"));
        await (soak ? run.SoakAsync(duration, cancellation) : run.GoOnAsync(duration, cancellation));
        AnsiConsole.MarkupLineInterpolated(
            $"{report.Kills} kills, {report.Acked} writes acknowledged, {report.Exchanges} generations exchanged; lost {report.Lost}, phantoms {report.Phantoms}, stale {report.Stale}, corrupt served {report.CorruptServed}; {report.WalksThatMissed} of {report.Walks} walks missed; slowest reopen {report.ReopenMsMax} ms");
        if (soak) AnsiConsole.MarkupLineInterpolated($"{report.Errors} errors; memory drifted by {report.WorkingSetDrift:P1} in the last half");
        if (json) Console.Out.WriteLine(JsonLine.Of(report));
        bool isGood = report.IsGood;
        if (data is null && isGood) Directory.Delete(directory, recursive: true);
        else AnsiConsole.MarkupLineInterpolated($"The data is kept in {directory}.");
        return isGood ? 0 : 1;
    }
}
