using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using VectorSearch.Cli.Commands;
using VectorSearch.Client;
using VectorSearch.Learn;
using VectorSearch.Server;

namespace VectorSearch.Cli.Quickstart;

/// <summary><c>vectorsearch quickstart</c>: the whole path on shipped data, from ratings to answers over gRPC.</summary>
internal static class QuickstartCommand
{
    private const ulong DefaultSeed = 42;
    private const string ModelFileName = "quickstart.vsmodel";

    public static Command Create()
    {
        ServerFlags serverFlags = new();
        Option<ulong> seed = new("--seed") { Description = "Seed of the held-out split and of the training.", DefaultValueFactory = _ => DefaultSeed };
        Option<string[]> film = new("--film") { Description = "A film to ask for, by its title; may be given more than once." };
        Option<bool> serve = new("--serve") { Description = "Keep the server up until Ctrl-C." };
        Command command = new("quickstart", "Learn film embeddings from the shipped ratings, index them, serve them, and ask over gRPC.") { seed, film, serve };
        serverFlags.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            bool stay = parsed.GetValue(serve);
            ServerOptions defaults = stay ? new ServerOptions() : new ServerOptions { GrpcPort = 0, HttpPort = 0 };
            return RunAsync(serverFlags.Read(parsed, defaults), parsed.GetValue(seed), parsed.GetValue(film) ?? [], stay, cancellation);
        });
        return command;
    }

    private static async Task<int> RunAsync(ServerOptions options, ulong seed, string[] asked, bool stay, CancellationToken cancellation)
    {
        Stages stages = new(AnsiConsole.Console);
        SampleData data = await stages.RunAsync("Read", _ => Task.Run(SampleData.Read, cancellation), Describe);
        TitleCatalog titles = Titles(data.Films);
        foreach (string title in asked) titles.Find(title);

        string file = Path.Combine(options.DataDirectory, ModelFileName);
        FilmModel model = await stages.RunAsync(
            "Learn", progress => Task.Run(() => FilmLearner.LearnOrLoad(data, seed, file, progress, cancellation), cancellation), Describe);
        WriteQuality(model, seed);

        await using VectorSearchServer server = await stages.RunAsync(
            "Serve", _ => VectorSearchServer.StartAsync(options, null, cancellation), started => $"gRPC at {started.GrpcAddress}");
        using VectorSearchClient client = new(server.GrpcAddress);
        await stages.RunAsync(
            "Index",
            progress => FilmCollections.FillAsync(client, model, data.Films, progress, cancellation),
            filled => string.Create(CultureInfo.InvariantCulture, $"{filled.Points:N0} films in '{FilmCollections.Similar}' and in '{FilmCollections.ForYou}'{(filled.Reused ? ", there already" : "")}"));

        (Table similar, Table forYou) = await stages.RunAsync(
            "Ask",
            async _ => (await FilmQuestions.SimilarAsync(client, titles, asked.Length > 0 ? asked : FilmQuestions.Known, cancellation),
                await FilmQuestions.ForYouAsync(client, titles, FilmQuestions.Watched, cancellation)),
            _ => "over gRPC");
        AnsiConsole.Write(similar);
        AnsiConsole.Write(forYou);
        stages.WriteTimes();
        WriteNext(options, stay, server);
        if (stay) await ServeCommand.WaitForCancellationAsync(cancellation);
        return 0;
    }

    private static TitleCatalog Titles(FilmCatalog films)
    {
        TitleCatalog titles = new();
        foreach (Film film in films.Films) titles.Add(film.Title, ulong.Parse(film.Id, CultureInfo.InvariantCulture));
        return titles;
    }

    private static string Describe(SampleData data) =>
        string.Create(CultureInfo.InvariantCulture, $"{data.Ratings.InteractionCount:N0} ratings by {data.Ratings.UserCount:N0} people of {data.Ratings.ItemCount:N0} films");

    private static string Describe(FilmModel model) => string.Create(
        CultureInfo.InvariantCulture,
        $"iALS, {model.Model.Question("similar").Dimension} dimensions{(model.Reused ? ", learned by an earlier run" : "")}");

    private static void WriteQuality(FilmModel model, ulong seed)
    {
        AnsiConsole.MarkupLineInterpolated($"[bold]Quality[/] on a random {FilmLearner.HeldOutFraction:P0} of each person's films, held out with seed {seed}, all films ranked:");
        Table table = new Table()
            .Border(TableBorder.Rounded)
            .AddColumn("")
            .AddColumn(new TableColumn($"Recall@{FilmLearner.Cutoff}").RightAligned())
            .AddColumn(new TableColumn($"NDCG@{FilmLearner.Cutoff}").RightAligned());
        table.AddRow("learned (iALS)", Four(model.Recall), Four(model.Ndcg));
        table.AddRow("most popular", Four(model.BaselineRecall), Four(model.BaselineNdcg));
        table.AddRow("ratio", Ratio(model.Recall, model.BaselineRecall), Ratio(model.Ndcg, model.BaselineNdcg));
        AnsiConsole.Write(table);
    }

    private static void WriteNext(ServerOptions options, bool stay, VectorSearchServer server)
    {
        string data = options.DataDirectory;
        AnsiConsole.MarkupLine(stay ? "[bold]Serving until Ctrl-C. Try in another terminal:[/]" : "[bold]Try next:[/]");
        string address = stay && server.GrpcAddress.Port != ServerOptions.DefaultGrpcPort ? $" --address {server.GrpcAddress}" : "";
        string run = "dotnet run -c Release --project src/VectorSearch.Cli -- ";
        string[] commands = stay
            ? [$"{run}search \"Heat (1995)\"{address}", $"{run}search --watched \"Alien (1979)\" --watched \"Heat (1995)\" --collection {FilmCollections.ForYou}{address}", $"/usr/bin/python3 examples/python/neighbours.py \"Heat (1995)\""]
            : [$"{run}quickstart --film \"Heat (1995)\" --data {data}", $"{run}quickstart --serve --data {data}", $"{run}check {data}"];
        foreach (string command in commands) AnsiConsole.MarkupLineInterpolated($"  [aqua]{command}[/]");
    }

    private static string Four(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Ratio(double value, double baseline) => (value / baseline).ToString("0.00 ×", CultureInfo.InvariantCulture);
}
