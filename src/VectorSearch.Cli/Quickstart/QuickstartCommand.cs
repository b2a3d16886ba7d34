using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using VectorSearch.Cli.Commands;

namespace VectorSearch.Cli.Quickstart;

/// <summary><c>vectorsearch quickstart</c>: the whole path on shipped data, from ratings to answers over gRPC.</summary>
internal static class QuickstartCommand
{
    private const ulong DefaultSeed = 42;

    public static Command Create()
    {
        ServerFlags serverFlags = new();
        Option<ulong> seed = new("--seed") { Description = "Seed of the held-out split and of the training.", DefaultValueFactory = _ => DefaultSeed };
        Command command = new("quickstart", "Learn film embeddings from the shipped ratings, index them, serve them, and ask over gRPC.") { seed };
        serverFlags.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(seed), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ulong seed, CancellationToken cancellation)
    {
        Stages stages = new(AnsiConsole.Console);
        SampleData data = await stages.RunAsync(
            "Read MovieLens latest-small",
            _ => Task.Run(SampleData.Read, cancellation),
            read => string.Create(CultureInfo.InvariantCulture, $"{read.Ratings.InteractionCount:N0} ratings by {read.Ratings.UserCount:N0} people of {read.Ratings.ItemCount:N0} films"));
        FilmModel model = await stages.RunAsync(
            "Learn an embedding per film",
            progress => Task.Run(() => FilmLearner.LearnOrLoad(data.Ratings, seed, Path.Combine("/tmp/q", "films.vsmodel"), progress, cancellation), cancellation),
            learned => string.Create(CultureInfo.InvariantCulture, $"{learned.Model.Question("similar").Dimension} dimensions"));
        Console.WriteLine($"{model.Recall} {model.Ndcg} {model.BaselineRecall} {model.BaselineNdcg}");
        stages.WriteTimes();
        return 0;
    }
}
