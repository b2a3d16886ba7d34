using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Spectre.Console;
using VectorSearch.Cli.Commands;
using VectorSearch.Client;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;
using Decision = VectorSearch.Protocol.V1.RebuildRequest.Types.Decision;

namespace VectorSearch.Cli.Generations;

/// <summary><c>vectorsearch rebuild</c>: brings a retrained model, or another index, into use, from training to promotion if asked.</summary>
internal sealed class RebuildCommand
{
    /// <summary>The gate refused: neither success nor a fault of the command.</summary>
    private const int ExitRefused = 2;

    private readonly Argument<string> _collection = new("collection") { Description = "Collection to rebuild." };
    private readonly Option<string?> _model = new("--model") { HelpName = "FILE|DIGEST", Description = "Model to use from now on; without it the one in use (compaction, another index)." };
    private readonly Option<string?> _learn = new("--learn") { HelpName = "FILE", Description = "Who watched what (as for 'learn interactions'): train the model first, by iALS, as the quickstart does if nothing is --set." };
    private readonly Option<int> _dim = new("--dim") { HelpName = "N", Description = "With --learn: dimension of the vectors (default: that of the collection).", DefaultValueFactory = _ => 0 };
    private readonly Option<string[]> _set = new("--set") { HelpName = "NAME=VALUE", Description = $"With --learn: a hyper-parameter of the training; may be repeated: {string.Join(", ", IalsSettings.Names)}." };
    private readonly Option<ulong> _seed = new("--seed") { HelpName = "S", Description = "Seed of the training and of the judgements.", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> _question = new("--question") { Description = "The model's question (default: the one in use)." };
    private readonly Option<string?> _judgements = new("--judgements") { HelpName = "FILE", Description = "Who watched what: the gate asks for the last item of each (default with --learn: the same file; what was watched since the model in use was trained is then not learned from)." };
    private readonly Option<string?> _index = new("--index") { Description = "Another index: hnsw, exact, or sealed (the fastest and smallest, for points that seldom change)." };
    private readonly Option<int> _m = new("--m") { HelpName = "M", Description = "Links that a node of an hnsw index makes per layer (default: as before)." };
    private readonly Option<int> _efConstruction = new("--ef-construction") { HelpName = "N", Description = "Candidates kept while inserting into an hnsw index (default: as before)." };
    private readonly Option<bool> _promote = new("--promote") { Description = "Promote whatever the gate says." };
    private readonly Option<bool> _hold = new("--hold") { Description = "Build and judge, and wait for 'vectorsearch promote'." };
    private readonly Option<bool> _bridge = new("--bridge") { Description = "Let queries send vectors of the old space for a while." };
    private readonly Option<double> _bridgeHours = new("--bridge-hours") { HelpName = "H", Description = "How long (default: until switched off)." };
    private readonly Option<bool> _carry = new("--carry-by-bridge") { Description = "Carry points over the bridge that nothing else carries over." };
    private readonly Option<int> _cpu = new("--cpu-percent") { HelpName = "P", Description = "Share of the processors that the build may use, 1 to 100 (default 50)." };
    private readonly Option<long> _memory = new("--memory-mb") { HelpName = "MiB", Description = "Greatest memory of the new generation." };
    private readonly Option<bool> _plan = new("--plan") { Description = "Only tell where the vectors would come from." };
    private readonly Option<bool> _json = new("--json") { Description = "End with one line of JSON." };
    private readonly ServerConnection.Flags _server = new();

    public static Command Create()
    {
        RebuildCommand rebuild = new();
        rebuild._index.AcceptOnlyFromAmong(IndexKinds.Names);
        Command command = new("rebuild", "Build the next generation of a collection, judge it, and let it answer. Ctrl-C gives it up.")
        {
            rebuild._collection, rebuild._model, rebuild._learn, rebuild._dim, rebuild._set, rebuild._seed, rebuild._question, rebuild._judgements, rebuild._index, rebuild._m,
            rebuild._efConstruction, rebuild._promote, rebuild._hold, rebuild._bridge, rebuild._bridgeHours, rebuild._carry, rebuild._cpu, rebuild._memory, rebuild._plan, rebuild._json,
        };
        rebuild._server.AddTo(command);
        command.SetAction(rebuild.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string? learn = parsed.GetValue(_learn), file = parsed.GetValue(_model);
        if (learn is not null && file is not null) throw new CliException("--learn trains a model and --model names one: give one of the two.");
        if (parsed.GetValue(_promote) && parsed.GetValue(_hold)) throw new CliException("--promote and --hold exclude each other.");
        foreach ((string flag, string? path) in new[] { ("--learn", learn), ("--judgements", parsed.GetValue(_judgements)), ("--model", IsDigest(file) ? null : file) })
        {
            if (path is not null && !File.Exists(path)) throw new CliException($"{flag}: file '{path}' does not exist.");
        }

        await using ServerConnection connection = await ServerConnection.OpenAsync(_server, parsed, cancellation);
        VectorSearchClient client = connection.Client;
        Collection collection = await client.Collections.GetAsync(parsed.GetValue(_collection)!, cancellationToken: cancellation);
        Stages stages = new(AnsiConsole.Console);
        RebuildRequest request = Request(parsed, collection);
        ulong seed = parsed.GetValue(_seed);
        if (parsed.GetValue(_judgements) is { } known)
            request.Judgements.AddRange(JudgementFile.Make(InteractionReader.Read(known, cancellationToken: cancellation), collection.IdKind, seed));
        if (learn is not null)
        {
            InteractionDataset data = InteractionReader.Read(learn, cancellationToken: cancellation);
            if (request.Judgements.Count == 0)
            {
                (data, IReadOnlyList<Judgement> judgements) = JudgementFile.MakeFair(data, await TrainedAsync(client, collection, cancellation), collection.IdKind, seed);
                request.Judgements.AddRange(judgements);
            }

            request.Model = await LearnAsync(stages, client, collection, data, parsed, cancellation);
        }
        else
        {
            request.Model = await PutAsync(client, file, cancellation);
        }

        if (parsed.GetValue(_plan)) return WritePlan(await client.Generations.PlanAsync(request, cancellation), parsed);

        RebuildResult result = await stages.RunAsync(
            $"Rebuild '{collection.Name}'",
            line => FollowedRebuild.RunAsync(client, request, line, cancellation),
            done => $"generation {done.Generation}");
        if (parsed.GetValue(_json)) WriteJson(result);
        else WriteResult(collection.Name, result, request);
        return result.Report?.Verdict == Verdict.Refuse && !result.Promoted ? ExitRefused : 0;
    }

    private RebuildRequest Request(ParseResult parsed, Collection collection)
    {
        double hours = parsed.GetValue(_bridgeHours);
        if (hours < 0) throw new CliException($"--bridge-hours is {hours}; expected a number above 0.");
        return new RebuildRequest
        {
            Collection = collection.Name,
            Question = parsed.GetValue(_question) ?? "",
            Index = IndexKinds.Read(parsed.GetValue(_index)),
            Hnsw = new HnswConfig { M = Positive("--m", parsed.GetValue(_m)), EfConstruction = Positive("--ef-construction", parsed.GetValue(_efConstruction)) },
            Decision = parsed.GetValue(_promote) ? Decision.Promote : parsed.GetValue(_hold) ? Decision.Hold : Decision.Gate,
            Bridge = parsed.GetValue(_bridge) || hours > 0,
            BridgeTime = hours > 0 ? Duration.FromTimeSpan(TimeSpan.FromHours(hours)) : null,
            CarryByBridge = parsed.GetValue(_carry),
            CpuPercent = Positive("--cpu-percent", parsed.GetValue(_cpu)),
            MemoryBytes = (ulong)Positive("--memory-mb", parsed.GetValue(_memory)) << 20,
        };
    }

    private async Task<string> LearnAsync(
        Stages stages, VectorSearchClient client, Collection collection, InteractionDataset data, ParseResult parsed, CancellationToken cancellation)
    {
        int dimension = parsed.GetValue(_dim) > 0 ? parsed.GetValue(_dim) : (int)collection.Dimension;
        string file = Path.Combine(Path.GetTempPath(), $"vectorsearch-{Guid.NewGuid():N}.vsmodel");
        try
        {
            IalsOptions options = IalsSettings.Apply(IalsPresets.Films with { Dimension = dimension, Seed = parsed.GetValue(_seed) }, parsed.GetValue(_set) ?? []);
            await stages.RunAsync(
                "Learn",
                line => Task.Run(() => ModelFile.Save(IalsLearner.Train(data, options, new TrainingLine(line), cancellation), file), cancellation),
                digest => string.Create(CultureInfo.InvariantCulture, $"{data.UserCount:N0} users, {data.ItemCount:N0} items, {data.InteractionCount:N0} interactions → {dimension} coordinates, sha256:{digest[..12]}…"));
            return await PutAsync(client, file, cancellation);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>When the model in use was trained; long ago if there is none.</summary>
    private static async Task<DateTimeOffset> TrainedAsync(VectorSearchClient client, Collection collection, CancellationToken cancellation)
    {
        if (collection.Model.Length == 0) return DateTimeOffset.MinValue;
        Model model = await client.Models.GetAsync(collection.Model, cancellationToken: cancellation);
        return JsonSerializer.Deserialize<ModelCard>(model.Card)?.Created ?? DateTimeOffset.MinValue;
    }

    private static async Task<string> PutAsync(VectorSearchClient client, string? model, CancellationToken cancellation) =>
        model is null ? "" : IsDigest(model) ? model : (await client.Models.PutAsync(model, TimeSpan.FromHours(1), cancellation)).Digest;

    private static bool IsDigest(string? model) => model?.StartsWith("sha256:", StringComparison.Ordinal) == true;

    private int WritePlan(RebuildPlan plan, ParseResult parsed)
    {
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                space_id = plan.SpaceId, points = plan.Points, from_vectors = plan.FromVectors, from_features = plan.FromFeatures, from_items = plan.FromItems,
                by_bridge = plan.ByBridge, not_carried = plan.NotCarried, memory_bytes = plan.MemoryBytes,
            }));
            return 0;
        }

        Table table = new Table().Border(TableBorder.Rounded).AddColumn("vectors of the new generation").AddColumn(new TableColumn("points").RightAligned());
        foreach ((string source, ulong points) in new[]
        {
            ("as they are", plan.FromVectors), ("by the model, from features", plan.FromFeatures), ("from the model's item table", plan.FromItems),
            ("over a bridge", plan.ByBridge), ("can't be carried over", plan.NotCarried),
        })
        {
            table.AddRow(source, points.ToString("N0", CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated($"[grey]space {plan.SpaceId}, {plan.Dimension} coordinates, at most {plan.MemoryBytes >> 20} MiB more[/]");
        return plan.NotCarried == 0 ? 0 : 1;
    }

    private static void WriteResult(string collection, RebuildResult result, RebuildRequest request)
    {
        if (result.Report is { } report) GateReportTable.Write(AnsiConsole.Console, report);
        ulong number = result.Generation;
        string next = (result.Promoted, result.Report?.Verdict) switch
        {
            (true, _) => $"Generation {number} answers. 'vectorsearch rollback {collection}' takes it back.",
            (_, Verdict.Refuse) when request.Decision != Decision.Hold => $"Generation {number} was refused; the one that answered goes on. If you know better, run the command again with --promote.",
            (_, Verdict.Canary) when request.Decision != Decision.Hold => $"Generation {number} answers a share of the queries. 'vectorsearch promote {collection}' lets it answer all, 'vectorsearch retire {collection} {number}' gives it up.",
            _ => $"Generation {number} waits. 'vectorsearch promote {collection}' lets it answer, 'vectorsearch retire {collection} {number}' gives it up.",
        };
        AnsiConsole.WriteLine(next);
    }

    private static void WriteJson(RebuildResult result) => Console.WriteLine(JsonSerializer.Serialize(new
    {
        generation = result.Generation,
        promoted = result.Promoted,
        verdict = result.Report is null ? null : GateReportTable.Word(result.Report.Verdict),
        seconds = result.Time?.ToTimeSpan().TotalSeconds,
        report = result.Report is null ? null : GateReportTable.ToJson(result.Report),
    }));

    private static uint Positive(string flag, long value) =>
        value is >= 0 and <= int.MaxValue ? (uint)value : throw new CliException($"{flag} is {value}; expected a number above 0.");

    private sealed class TrainingLine(IProgress<StageProgress> line) : IProgress<LearnProgress>
    {
        public void Report(LearnProgress value) =>
            line.Report(new StageProgress((double)value.Done / Math.Max(1, value.Total), string.Create(CultureInfo.InvariantCulture, $"{value.Stage} {value.Done} of {value.Total}")));
    }
}
