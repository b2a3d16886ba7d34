using System.CommandLine;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Bench.Sharing;

/// <summary><c>vectorsearch bench share</c>: what queries notice of a rebuild, and whether it keeps to its share of the processors.</summary>
internal static class ShareBenchCommand
{
    public static Command Create()
    {
        Option<int> points = new("--points") { HelpName = "N", Description = "Points in the collection (default 1,000,000).", DefaultValueFactory = _ => 1_000_000 };
        Option<int> dimension = new("--dimension") { HelpName = "N", Description = "Coordinates of a point (default 128).", DefaultValueFactory = _ => 128 };
        Option<string> index = new("--index") { Description = "What is rebuilt: hnsw (the default) or sealed.", DefaultValueFactory = _ => "hnsw" };
        index.AcceptOnlyFromAmong("hnsw", "sealed");
        Option<int> queries = new("--queries") { HelpName = "N", Description = "Queries a second, whether the ones before were answered or not (default 100).", DefaultValueFactory = _ => 100 };
        Option<int> seconds = new("--seconds") { HelpName = "S", Description = "Queries before the rebuild, to compare with (default 60).", DefaultValueFactory = _ => 60 };
        Option<int> percent = new("--cpu-percent") { HelpName = "P", Description = "Share of the processors that the rebuild may use, 1 to 100 (default 50, as of 'rebuild').", DefaultValueFactory = _ => 50 };
        Option<ulong> seed = new("--seed") { HelpName = "S", Description = "Seed of points and queries.", DefaultValueFactory = _ => 1 };
        Option<bool> json = new("--json") { Description = "End with one line of JSON." };
        Command command = new("share", "Measure queries while nothing else runs and while their collection is rebuilt, with the rebuild's share of the processors, its time and its memory.")
        {
            points, dimension, index, queries, seconds, percent, seed, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            ShareBenchSettings settings = new(
                Within(100, 100_000_000, points, parsed), Within(2, 4096, dimension, parsed), parsed.GetValue(index) == "sealed" ? IndexKind.Sealed : IndexKind.Hnsw,
                Within(1, 1000, queries, parsed), TimeSpan.FromSeconds(Within(1, 3600, seconds, parsed)), Within(1, 100, percent, parsed), parsed.GetValue(seed));
            ShareBenchReport report = await new ShareBench(settings, Console.WriteLine, cancellation).RunAsync();
            if (parsed.GetValue(json)) Console.WriteLine(report.ToJson());
            return report.FailedCalls == 0 ? 0 : 1;
        });
        return command;
    }

    private static int Within(int least, int most, Option<int> option, ParseResult parsed) =>
        parsed.GetValue(option) is int value && value >= least && value <= most ? value : throw new CliException($"{option.Name} is {parsed.GetValue(option)}; expected {least} to {most}.");
}

/// <summary>What <c>bench share</c> was asked for.</summary>
internal sealed record ShareBenchSettings(int Points, int Dimension, IndexKind Index, int QueriesPerSecond, TimeSpan Idle, int CpuPercent, ulong Seed);
