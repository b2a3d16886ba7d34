using System.CommandLine;
using System.Globalization;
using Google.Protobuf;
using Spectre.Console;
using VectorSearch.Cli.Commands;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Export;

/// <summary><c>vectorsearch export</c>: a collection's points, or a model's item vectors, in the formats of other programs.</summary>
internal sealed class ExportCommand
{
    private readonly Option<string?> _collection = new("--collection", "-c") { Description = "Collection whose points are written." };
    private readonly Option<string?> _filter = new("--filter") { HelpName = "JSON", Description = "Only points that this filter lets through, in the JSON form of the API." };
    private readonly Option<string?> _model = new("--model") { HelpName = "MODEL", Description = "A learned model, whose items are written." };
    private readonly Option<string> _question = new("--question") { DefaultValueFactory = _ => "similar", Description = "The question of the model." };
    private readonly Option<string> _out = new("--out")
    {
        Required = true, HelpName = "FILE",
        Description = "The file: .jsonl, .csv (a collection), .npy, .fvecs, .fbin (with the ids in FILE.ids and a collection's payloads in FILE.payloads.jsonl); for a model also .txt or .vec (word2vec text), .bin (word2vec binary).",
    };

    private readonly ServerConnection.Flags _server = new();

    public static Command Create()
    {
        ExportCommand export = new();
        Command command = new("export", "Write a collection's points, or a learned model's item vectors, in a format of other programs.")
        {
            export._collection, export._filter, export._model, export._question, export._out,
        };
        export._server.AddTo(command);
        command.SetAction(export.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string? collection = parsed.GetValue(_collection), model = parsed.GetValue(_model);
        if (collection is null == model is null) throw new CliException("Give one of --collection NAME (points of a collection) and --model MODEL (items of a learned model).");
        return model is not null ? BadOptions.Report(() => WriteItems(model, parsed)) : await WritePointsAsync(collection!, parsed, cancellation);
    }

    private void WriteItems(string model, ParseResult parsed)
    {
        LearnedModel learned = ModelFile.Load(model);
        ModelQuestion asked = learned.Question(parsed.GetValue(_question)!);
        NamedVectors vectors = NamedVectors.Of(learned, asked);
        EmbeddingFile.Write(vectors, parsed.GetValue(_out)!);
        Console.WriteLine($"{vectors.Ids.Count} vectors of {asked.Dimension} dimensions ({asked.Metric}, space {asked.Space}) written to {parsed.GetValue(_out)}");
    }

    private async Task<int> WritePointsAsync(string name, ParseResult parsed, CancellationToken cancellation)
    {
        string path = parsed.GetValue(_out)!;
        await using ServerConnection connection = await ServerConnection.OpenAsync(_server, parsed, cancellation);
        Collection collection = await connection.Client.Collections.GetAsync(name, cancellationToken: cancellation);
        CollectionExport export = new(connection.Client, collection, ReadFilter(parsed.GetValue(_filter)));
        await new Stages(AnsiConsole.Console).RunAsync(
            $"Export of '{collection.Name}'",
            progress => export.RunAsync(path, points => progress.Report(new StageProgress(0, string.Create(CultureInfo.InvariantCulture, $"{points:N0} points"))), cancellation),
            points => string.Create(CultureInfo.InvariantCulture, $"{points:N0} points written to {path}"));
        return 0;
    }

    private static Filter? ReadFilter(string? json)
    {
        if (json is null) return null;
        try
        {
            return JsonParser.Default.Parse<Filter>(json);
        }
        catch (Exception wrong) when (wrong is InvalidProtocolBufferException or InvalidJsonException)
        {
            throw new CliException($"--filter is no filter: {wrong.Message}", wrong);
        }
    }
}
