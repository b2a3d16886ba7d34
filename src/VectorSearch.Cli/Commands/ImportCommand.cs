using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using VectorSearch.Cli.Generations;
using VectorSearch.Cli.Import;
using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Commands;

/// <summary><c>vectorsearch import</c>: puts a learned model's items, or vectors of one's own, into a collection.</summary>
internal sealed class ImportCommand
{
    private const int MaxRefusedTold = 20;

    private readonly Option<string> _collection = new("--collection", "-c") { Description = "Collection to fill; made if it is missing.", Required = true };
    private readonly Option<string?> _model = new("--model") { Description = "Model file: import the items of one of its questions." };
    private readonly Option<string> _question = new("--question") { Description = "The model's question.", DefaultValueFactory = _ => "similar" };
    private readonly Option<string?> _films = new("--films") { Description = "MovieLens movies.csv: titles and genres for the model's items." };
    private readonly Option<string?> _vectors = new("--vectors") { Description = "File of vectors: .npy, .fvecs, .fbin, word2vec (.txt, .vec, .bin), .csv with a first line id,vector,… or .jsonl with {\"id\", \"vector\" or \"history\" or \"text\", \"payload\"} a line." };
    private readonly Option<string?> _ids = new("--ids") { Description = "Text file with one id a line for --vectors; without it rows are numbered from 0." };
    private readonly Option<string?> _payloads = new("--payloads") { Description = "Payloads for --vectors, one a row: .csv with a first line of names, or .jsonl with one object a line." };
    private readonly Option<bool> _again = new("--again") { Description = "Write every row, also what an earlier run of the same import has written." };
    private readonly Option<string?> _space = new("--space") { Description = "Space of the vectors, as client:name@version." };
    private readonly Option<string> _metric = new("--metric") { Description = "How vectors are compared.", DefaultValueFactory = _ => "cosine" };
    private readonly Option<string?> _index = new("--index") { Description = "What finds the points of a new collection: hnsw (the default), exact, or sealed (the fastest and smallest, for points that seldom change), which is built once all rows are in." };
    private readonly Option<bool> _textIds = new("--text-ids") { Description = "A new collection has strings as ids." };
    private readonly ServerConnection.Flags _server = new();

    public static Command Create()
    {
        ImportCommand import = new();
        import._metric.AcceptOnlyFromAmong("l2", "cosine", "dot");
        import._index.AcceptOnlyFromAmong(IndexKinds.Names);
        Command command = new("import", "Put a learned model's items, or vectors of your own, into a collection.")
        {
            import._collection, import._model, import._question, import._films, import._vectors, import._ids, import._payloads, import._space, import._metric, import._index, import._textIds, import._again,
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
        foreach ((string flag, string? file) in (IEnumerable<(string, string?)>)[("--vectors", vectors), ("--ids", parsed.GetValue(_ids)), ("--payloads", parsed.GetValue(_payloads))])
        {
            if (file is not null && !File.Exists(file)) throw new CliException($"{flag}: file '{file}' does not exist.");
        }

        await using ServerConnection connection = await ServerConnection.OpenAsync(_server, parsed, cancellation);
        (Collection wanted, Func<RefuseRow, IEnumerable<ImportRow>> read) = modelFile is not null
            ? await FromModelAsync(connection.Client, modelFile, parsed, cancellation)
            : FromVectors(vectors!, parsed);
        wanted.Index = IndexKinds.Read(parsed.GetValue(_index));
        Collection collection = await EnsureAsync(connection.Client, wanted, cancellation);

        Importer importer = new(connection.Client, collection, await SessionAsync(collection, parsed, cancellation));
        Stages stages = new(AnsiConsole.Console);
        ImportResult result;
        try
        {
            result = await stages.RunAsync(
                $"Import into '{collection.Name}'",
                progress => importer.RunAsync(
                    read, (sent, rows) => progress.Report(new StageProgress(sent, string.Create(CultureInfo.InvariantCulture, $"{rows:N0} rows acknowledged"))), cancellation),
                done => string.Create(CultureInfo.InvariantCulture, $"{done.Rows:N0} rows, acknowledged: on disk and findable{(done.Before > 0 ? $" ({done.Before:N0} of them by an earlier run)" : "")}"));
        }
        catch (Exception cut) when (cut is OperationCanceledException or VectorSearchClientException)
        {
            Console.Error.WriteLine("What was acknowledged is in the collection. The same command goes on from there.");
            throw;
        }

        if (wanted.Index == IndexKind.Sealed && result.Rows > 0) await SealAsync(connection.Client, collection, stages, cancellation);
        if (result.Refused.Count == 0) return 0;
        foreach (string fault in result.Refused.Take(MaxRefusedTold)) Console.Error.WriteLine(fault);
        throw new CliException(string.Create(CultureInfo.InvariantCulture, $"{result.Refused.Count:N0} rows were refused{(result.Refused.Count > MaxRefusedTold ? $" (the first {MaxRefusedTold} are named above)" : "")}; the others are in the collection."));
    }

    /// <summary>Seals what was written, with all processors, and lets go of the unsealed rows: there is nothing to go back to them for.</summary>
    private static async Task SealAsync(VectorSearchClient client, Collection collection, Stages stages, CancellationToken cancellation)
    {
        RebuildRequest request = new() { Collection = collection.Name, Decision = RebuildRequest.Types.Decision.Promote, CpuPercent = 100 };
        await stages.RunAsync(
            $"Seal '{collection.Name}'", line => FollowedRebuild.RunAsync(client, request, line, cancellation),
            done => string.Create(CultureInfo.InvariantCulture, $"generation {done.Generation} answers"));
        IReadOnlyList<Generation> generations = await client.Generations.ListAsync(collection.Name, cancellation);
        if (generations.FirstOrDefault(one => one.State == Generation.Types.State.Previous) is { } unsealed)
            await client.Generations.RetireAsync(collection.Name, unsealed.Number, cancellation);
    }

    private async Task<string> SessionAsync(Collection collection, ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(_again)) return "import-" + Guid.NewGuid().ToString("N");
        Option<string?>[] files = [_model, _films, _vectors, _ids, _payloads];
        string[] given = [.. files.Select(parsed.GetValue).OfType<string>()];
        string[] choices = [.. files.Select(file => parsed.GetValue(file) is { } name ? Path.GetExtension(name).ToLowerInvariant() : "-"), parsed.GetValue(_question)!];
        return await ImportSession.NameAsync(collection.Name, choices, given, cancellation);
    }

    private async Task<(Collection Wanted, Func<RefuseRow, IEnumerable<ImportRow>> Read)> FromModelAsync(VectorSearchClient client, string file, ParseResult parsed, CancellationToken cancellation)
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
        FilmCatalog? catalog = films is null ? null : FilmCatalog.Read(films);
        return (wanted, _ => ModelSource.Read(file, model, question, catalog));
    }

    private (Collection Wanted, Func<RefuseRow, IEnumerable<ImportRow>> Read) FromVectors(string file, ParseResult parsed)
    {
        string? ids = parsed.GetValue(_ids), payloads = parsed.GetValue(_payloads);
        string kind = Path.GetExtension(file).ToLowerInvariant();
        bool bringsIds = kind is ".jsonl" or ".csv" || Word2VecSource.Takes(file);
        if (bringsIds && ids is not null) throw new CliException($"--ids does not go with {kind}: each row has its id.");
        if (bringsIds && payloads is not null) throw new CliException($"--payloads does not go with {kind}: each row has its payload, or can have none.");
        Func<RefuseRow, IEnumerable<ImportRow>> read = kind switch
        {
            ".jsonl" => refuse => JsonLinesSource.Read(file, refuse),
            ".csv" => refuse => CsvSource.Read(file, refuse),
            _ when bringsIds => _ => Word2VecSource.Read(file),
            _ => _ => VectorFileSource.Read(file, ids, payloads),
        };
        string? fault = null;
        ImportRow first = read(wrong => fault ??= wrong).FirstOrDefault() ?? throw new CliException(fault ?? $"{file} has no rows.");
        Collection wanted = new()
        {
            Name = parsed.GetValue(_collection),
            Dimension = (uint)(first.Vector?.Length ?? 0),
            Metric = parsed.GetValue(_metric) switch { "l2" => Metric.SquaredEuclidean, "dot" => Metric.InnerProduct, _ => Metric.Cosine },
            SpaceId = parsed.GetValue(_space) ?? "",
            IdKind = parsed.GetValue(_textIds) ? IdKind.String : IdKind.Number,
        };
        return (wanted, read);
    }

    /// <summary>The collection of this name, made if it is missing. One that is there must hold the space of what is imported.</summary>
    private static async Task<Collection> EnsureAsync(VectorSearchClient client, Collection wanted, CancellationToken cancellation)
    {
        try
        {
            Collection known = await client.Collections.GetAsync(wanted.Name, cancellationToken: cancellation);
            if (wanted.SpaceId.Length > 0 && known.SpaceId != wanted.SpaceId)
                throw new CliException($"Collection '{known.Name}' holds space {known.SpaceId}, and what is imported is of space {wanted.SpaceId}: two spaces are never mixed. Import into another collection.");
            if (wanted.Index != IndexKind.Unspecified && known.Index != wanted.Index)
                throw new CliException($"Collection '{known.Name}' has the index {IndexKinds.Name(known.Index)}, and --index is {IndexKinds.Name(wanted.Index)}: 'vectorsearch rebuild {known.Name} --index {IndexKinds.Name(wanted.Index)}' changes that.");
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
