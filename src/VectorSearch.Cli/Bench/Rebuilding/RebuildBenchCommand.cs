using System.CommandLine;

namespace VectorSearch.Cli.Bench.Rebuilding;

/// <summary><c>vectorsearch bench rebuild</c>: rebuilds and a rollback under load, and the death of the server in each phase.</summary>
internal static class RebuildBenchCommand
{
    public static Command Create()
    {
        Option<int> queries = new("--queries") { HelpName = "N", Description = "Queries a second (default 200).", DefaultValueFactory = _ => 200 };
        Option<int> writes = new("--writes") { HelpName = "N", Description = "Writes a second (default 500).", DefaultValueFactory = _ => 500 };
        Option<int> seconds = new("--seconds") { HelpName = "S", Description = "Load before the first rebuild (default 20).", DefaultValueFactory = _ => 20 };
        Option<int> people = new("--people") { HelpName = "N", Description = "Points with features that are written again and again (default 5,000).", DefaultValueFactory = _ => 5_000 };
        Option<int> films = new("--films") { HelpName = "N", Description = "Films to hold; 0 for all.", DefaultValueFactory = _ => 0 };
        Option<int> dim = new("--dim") { HelpName = "N", Description = "Coordinates of the models (default 64).", DefaultValueFactory = _ => 64 };
        Option<int> rebuilds = new("--rebuilds") { HelpName = "N", Description = "Rebuilds under load, each with another model (default 3).", DefaultValueFactory = _ => 3 };
        Option<int> after = new("--after") { HelpName = "S", Description = "Load after each exchange (default 5).", DefaultValueFactory = _ => 5 };
        Option<int> swapCalls = new("--swap-calls") { HelpName = "N", Description = "Queries around exchanges that a 99th percentile wants; if there are fewer, further rebuilds follow (default 5,000).", DefaultValueFactory = _ => 5_000 };
        Option<int> kills = new("--kills") { HelpName = "N", Description = "Times that the server is killed in a rebuild (default: once in each phase and at each file that a rebuild makes).", DefaultValueFactory = _ => KillRounds.All };
        Option<bool> promote = new("--promote") { Description = "Promote whatever the gate says." };
        Option<ulong> seed = new("--seed") { HelpName = "S", Description = "Seed of models and load.", DefaultValueFactory = _ => 1 };
        Option<bool> json = new("--json") { Description = "End with one line of JSON." };
        Command command = new("rebuild", "Rebuild a collection under load, roll back, and kill the server in each phase; counts what failed, mixed or was lost.")
        {
            queries, writes, seconds, after, people, films, dim, rebuilds, swapCalls, kills, promote, seed, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            RebuildBenchSettings settings = new()
            {
                QueriesPerSecond = AtLeast(1, queries, parsed), WritesPerSecond = AtLeast(1, writes, parsed), Before = TimeSpan.FromSeconds(AtLeast(1, seconds, parsed)),
                People = AtLeast(10, people, parsed), Films = AtLeast(0, films, parsed), Dimension = AtLeast(2, dim, parsed), Rebuilds = AtLeast(1, rebuilds, parsed),
                SwapCalls = AtLeast(0, swapCalls, parsed), Kills = AtLeast(0, kills, parsed), After = TimeSpan.FromSeconds(AtLeast(0, after, parsed)), Promote = parsed.GetValue(promote), Seed = parsed.GetValue(seed),
            };
            RebuildBenchReport report = await new RebuildBench(settings, Console.WriteLine, cancellation).RunAsync();
            if (parsed.GetValue(json)) Console.WriteLine(report.ToJson());
            return report.IsGood ? 0 : 1;
        });
        return command;
    }

    private static int AtLeast(int least, Option<int> option, ParseResult parsed) =>
        parsed.GetValue(option) is int value && value >= least ? value : throw new CliException($"{option.Name} is {parsed.GetValue(option)}; expected {least} or more.");
}

/// <summary>What <c>bench rebuild</c> was asked for.</summary>
internal sealed record RebuildBenchSettings
{
    public required int QueriesPerSecond { get; init; }

    public required int WritesPerSecond { get; init; }

    public required TimeSpan Before { get; init; }

    public required int People { get; init; }

    public required int Films { get; init; }

    public required int Dimension { get; init; }

    public required int Rebuilds { get; init; }

    public required int SwapCalls { get; init; }

    public required int Kills { get; init; }

    public required TimeSpan After { get; init; }

    public required bool Promote { get; init; }

    public required ulong Seed { get; init; }
}
