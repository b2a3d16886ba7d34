using System.CommandLine;

namespace VectorSearch.Cli.Bench.Serving;

/// <summary><c>vectorsearch bench server</c>: measures a server under load from this process.</summary>
internal static class ServerBenchCommand
{
    public static Command Create()
    {
        Option<string> rows = new("--base") { Description = "Vectors to serve (.fvecs, .fbin, .npy).", Required = true };
        Option<string> queries = new("--queries") { Description = "Query vectors.", Required = true };
        Option<string> truth = new("--truth") { Description = "Row numbers of each query's nearest vectors (.ivecs, .ibin, .npy).", Required = true };
        Option<string?> data = new("--data") { Description = "Data directory to keep between runs; what it holds is not loaded again." };
        Option<double> recall = new("--recall") { Description = "Recall@10 to reach (default 0.95).", DefaultValueFactory = _ => 0.95 };
        Option<int> seconds = new("--seconds") { Description = "How long each load lasts (default 5).", DefaultValueFactory = _ => 5 };
        Option<int[]> connections = new("--connections") { Description = "Connections of each load (default 1 8 64).", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 8, 64] };
        Option<string?> peers = new("--peers") { Description = "Program that measures other servers on the same files; see benchmarks/peers." };
        Option<bool> ingest = new("--no-ingest") { Description = "Leave the speed of writing out." };
        Option<bool> json = new("--json") { Description = "End with one line of JSON." };
        Command command = new("server", "Serve vectors from a process of its own and measure calls, their cost, and writing.")
        {
            rows, queries, truth, data, recall, seconds, connections, peers, ingest, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            ServerBenchSettings settings = new()
            {
                Base = parsed.GetValue(rows)!,
                Queries = parsed.GetValue(queries)!,
                Truth = parsed.GetValue(truth)!,
                Data = parsed.GetValue(data),
                Recall = parsed.GetValue(recall),
                Load = TimeSpan.FromSeconds(Math.Max(1, parsed.GetValue(seconds))),
                Connections = parsed.GetValue(connections)!,
                Peers = parsed.GetValue(peers),
                Ingest = !parsed.GetValue(ingest),
            };
            ServerReport report = await new ServerBench(settings, cancellation).RunAsync();
            if (parsed.GetValue(json)) Console.WriteLine(report.ToJson());
            return 0;
        });
        return command;
    }
}

/// <summary>What <c>bench server</c> was asked for.</summary>
internal sealed record ServerBenchSettings
{
    public required string Base { get; init; }

    public required string Queries { get; init; }

    public required string Truth { get; init; }

    public required string? Data { get; init; }

    public required double Recall { get; init; }

    public required TimeSpan Load { get; init; }

    public required IReadOnlyList<int> Connections { get; init; }

    public required string? Peers { get; init; }

    public required bool Ingest { get; init; }
}
