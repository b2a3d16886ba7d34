using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using VectorSearch.Index;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench.Serving;

/// <summary>
/// A build without a server, in a process of its own: as little of its code has run before as of a server's, and nothing is in
/// memory beside its rows.
/// </summary>
internal static class LocalBuild
{
    /// <summary>The forms that are built.</summary>
    public const string Graph = "graph", Sealed = "sealed";

    /// <summary>The hidden command that such a process runs.</summary>
    public static Command Create()
    {
        Option<string> rows = new("--base") { Description = "Vectors to build an index of.", Required = true };
        Option<string> form = new("--form") { Description = $"{Graph} or {Sealed}.", Required = true };
        form.AcceptOnlyFromAmong(Graph, Sealed);
        Command command = new("build", "Build an index and print how many vectors a second went into it.") { rows, form };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            RowMatrix<float> read = VectorFile.ReadFloats(parsed.GetValue(rows)!);
            int count = read.Rows;
            TimeSpan took = parsed.GetValue(form) == Graph ? BuildGraph(read) : BuildSealed(read);
            Console.WriteLine((count / took.TotalSeconds).ToString("R", CultureInfo.InvariantCulture));
            return 0;
        });
        return command;
    }

    /// <summary>Builds in another process.</summary>
    /// <param name="form">What is built.</param>
    /// <param name="rows">File of the vectors.</param>
    /// <param name="cancellation">Ends the process.</param>
    /// <returns>Vectors a second.</returns>
    /// <exception cref="CliException">The process failed.</exception>
    public static async Task<double> RunAsync(string form, string rows, CancellationToken cancellation)
    {
        using Process process = BenchedProcess.Start(["bench", "build", "--base", rows, "--form", form]);
        await using CancellationTokenRegistration ends = cancellation.Register(process.Kill);
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        string told = await process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await process.WaitForExitAsync(CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();
        return process.ExitCode == 0
            ? double.Parse(told, CultureInfo.InvariantCulture)
            : throw new CliException($"Building the {form} form of '{rows}' failed: {await errors}");
    }

    private static TimeSpan BuildGraph(RowMatrix<float> rows)
    {
        using HnswIndex index = new(new HnswOptions { Dimension = rows.Dimension, Metric = Metric.SquaredEuclidean, MaxSlots = rows.Rows });
        Stopwatch clock = Stopwatch.StartNew();
        for (int row = 0; row < rows.Rows; row++) index.Store(rows[row]);
        Parallel.For(0, rows.Rows, index.Link);
        return clock.Elapsed;
    }

    private static TimeSpan BuildSealed(RowMatrix<float> rows)
    {
        Stopwatch clock = Stopwatch.StartNew();
        using SealedIndex index = SealedBuilder.Build(rows, new SealedOptions { Metric = Metric.SquaredEuclidean });
        return clock.Elapsed;
    }
}
