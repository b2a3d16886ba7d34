using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using VectorSearch.Cli.Import;
using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Commands;

/// <summary><c>vectorsearch import</c>: puts a learned model's items, or vectors of one's own, into a collection.</summary>
internal sealed class ImportCommand
{
    private readonly Option<string> _collection = new("--collection", "-c") { Description = "Collection to fill; made if it is missing.", Required = true };
    private readonly Option<string?> _model = new("--model") { Description = "Model file: import the items of one of its questions." };
    private readonly Option<string> _question = new("--question") { Description = "The model's question.", DefaultValueFactory = _ => "similar" };
    private readonly Option<string?> _films = new("--films") { Description = "MovieLens movies.csv: titles and genres for the model's items." };
    private readonly Option<string?> _vectors = new("--vectors") { Description = "File of vectors: .npy, .fvecs, .fbin, word2vec (.txt, .vec, .bin), or .jsonl with {\"id\", \"vector\" or \"history\", \"payload\"} a line." };
    private readonly Option<string?> _ids = new("--ids") { Description = "Text file with one id a line for --vectors; without it rows are numbered from 0." };
    private readonly Option<string?> _space = new("--space") { Description = "Space of the vectors, as client:name@version." };
    private readonly Option<string> _metric = new("--metric") { Description = "How vectors are compared.", DefaultValueFactory = _ => "cosine" };
    private readonly Option<bool> _textIds = new("--text-ids") { Description = "A new collection has strings as ids." };
    private readonly ServerConnection.Flags _server = new();

    public static Command Create()
    {
        ImportCommand import = new();
        import._metric.AcceptOnlyFromAmong("l2", "cosine", "dot");
        Command command = new("import", "Put a learned model's items, or vectors of your own, into a collection.")
        {
            import._collection, import._model, import._question, import._films, import._vectors, import._ids, import._space, import._metric, import._textIds,
        };
        import._server.AddTo(command);
        command.SetAction(import.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string? modelFile = parsed.GetValue(_model), vectors = parsed.GetValue(_vectors);
        if (modelFile is null == vectors is null) throw new CliException("Give one of --model FILE (items of a learned model) and --vectors FILE (vectors of your own).");
        if (modelFile is not null && !File.Exists(modelFile)) throw new CliException($"--model: file '{modelFile}' does not exist.");
        if (vectors is not null && !File.Exists(vectors)) throw new CliException($"--vectors: file '{vectors}' does not exist.");

        await using ServerConnection connection = await ServerConnection.OpenAsync(_server, parsed, cancellation);
        (Collection wanted, IEnumerable<ImportRow> rows) = modelFile is not null
            ? await FromModelAsync(connection.Client, modelFile, parsed, cancellation)
            : FromVectors(vectors!, parsed);
        Collection collection = await EnsureAsync(connection.Client, wanted, cancellation);

        Stages stages = new(AnsiConsole.Console);
        await stages.RunAsync(
            $"Import into '{collection.Name}'",
            progress => new Importer(connection.Client, collection).RunAsync(
                rows, sent => progress.Report(new StageProgress(0, string.Create(CultureInfo.InvariantCulture, $"{sent:N0} rows acknowledged"))), cancellation),
            sent => string.Create(CultureInfo.InvariantCulture, $"{sent:N0} rows, acknowledged: on disk and findable"));
        return 0;
    }

    private async Task<(Collection Wanted, IEnumerable<ImportRow> Rows)> FromModelAsync(VectorSearchClient client, string file, ParseResult parsed, CancellationToken cancellation)
    {
        LearnedModel model = ModelFile.Load(file);
        string name = parsed.GetValue(_question)!;
        if (!model.Questions.TryGetValue(name, out ModelQuestion? question))
            throw new CliException($"--question is '{name}'; the model answers {string.Join(", ", model.Questions.Keys.Order(StringComparer.Ordinal))}.");
        string? films = parsed.GetValue(_films);
        Model stored = await client.Models.PutAsync(file, cancellationToken: cancellation);
        Collection wanted = new()
        {
            Name = parsed.GetValue(_collection),
            Dimension = (uint)question.Dimension,
            Metric = (Metric)(int)question.Metric,
            SpaceId = question.Space.ToString(),
            IdKind = model.Items.Ids.All(id => ulong.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out _)) && !parsed.GetValue(_textIds) ? IdKind.Number : IdKind.String,
            Model = stored.Digest,
            Question = name,
        };
        return (wanted, ModelSource.Read(model, question, films is null ? null : FilmCatalog.Read(films)));
    }

    private (Collection Wanted, IEnumerable<ImportRow> Rows) FromVectors(string file, ParseResult parsed)
    {
        bool jsonLines = file.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);
        if (jsonLines && parsed.GetValue(_ids) is not null) throw new CliException("--ids does not go with .jsonl: each line has its id.");
        bool word2Vec = Word2VecSource.Takes(file);
        if (word2Vec && parsed.GetValue(_ids) is not null) throw new CliException("--ids does not go with word2vec files: each row has its id.");
        IEnumerable<ImportRow> rows = jsonLines ? JsonLinesSource.Read(file) : word2Vec ? Word2VecSource.Read(file) : VectorFileSource.Read(file, parsed.GetValue(_ids));
        int dimension = rows.FirstOrDefault()?.Vector?.Length ?? 0;
        Collection wanted = new()
        {
            Name = parsed.GetValue(_collection),
            Dimension = (uint)dimension,
            Metric = parsed.GetValue(_metric) switch { "l2" => Metric.SquaredEuclidean, "dot" => Metric.InnerProduct, _ => Metric.Cosine },
            SpaceId = parsed.GetValue(_space) ?? "",
            IdKind = parsed.GetValue(_textIds) ? IdKind.String : IdKind.Number,
        };
        return (wanted, rows);
    }

    /// <summary>The collection of this name, made if it is missing. One that is there must hold the space of what is imported.</summary>
    private static async Task<Collection> EnsureAsync(VectorSearchClient client, Collection wanted, CancellationToken cancellation)
    {
        try
        {
            Collection known = await client.Collections.GetAsync(wanted.Name, cancellationToken: cancellation);
            if (wanted.SpaceId.Length > 0 && known.SpaceId != wanted.SpaceId)
                throw new CliException($"Collection '{known.Name}' holds space {known.SpaceId}, and what is imported is of space {wanted.SpaceId}: two spaces are never mixed. Import into another collection.");
            return known;
        }
        catch (VectorSearchClientException missing) when (missing.Code == GrpcStatusCode.NotFound)
        {
            if (wanted.SpaceId.Length == 0)
                throw new CliException($"There is no collection '{wanted.Name}' yet. To make it, name the space of your vectors: --space client:NAME@VERSION.", missing);
            return await client.Collections.CreateAsync(wanted, cancellationToken: cancellation);
        }
    }
}
