using System.Diagnostics;
using System.Globalization;
using VectorSearch.Cli.Torture;
using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;
using Decision = VectorSearch.Protocol.V1.RebuildRequest.Types.Decision;

namespace VectorSearch.Cli.Bench.Rebuilding;

/// <summary>
/// Rebuilds a collection of films with one retrained model after the other and rolls back once, under load from this process;
/// then kills the server in each phase of further rebuilds. All models are trained before the clock starts.
/// </summary>
internal sealed class RebuildBench(RebuildBenchSettings settings, Action<string> say, CancellationToken cancellation)
{
    private const string Name = "films";
    private const int BatchRows = 1000;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3), Glance = TimeSpan.FromMilliseconds(20);

    /// <summary>The load waits 30 s for an answer, and so may its calls in the queue: one that waits is told by its time, not turned away.</summary>
    private static readonly IReadOnlyDictionary<string, string> Patience = new Dictionary<string, string>
    {
        ["VECTORSEARCH_MAX_QUEUE_MILLISECONDS"] = "30000", ["VECTORSEARCH_MAX_QUEUED_WRITES"] = "100000", ["VECTORSEARCH_MAX_QUEUED_READS"] = "100000",
    };

    private readonly RebuildBenchReport _report = new();
    private readonly List<(long From, long To)> _swaps = [], _rebuilds = [];

    /// <summary>Does all of it.</summary>
    public async Task<RebuildBenchReport> RunAsync()
    {
        string directory = Directory.CreateTempSubdirectory("vectorsearch-bench-").FullName;
        try
        {
            long began = Stopwatch.GetTimestamp();
            FilmGenerations films = FilmGenerations.Train(directory, settings.Rebuilds + 1, settings, cancellation);
            say(Text($"{films.Models.Count} models of {settings.Dimension} coordinates, {films.Films.Count} films, trained in {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s"));
            WriteLedger ledger = new(settings.People);
            FilmCalls calls = new(films, Name, ledger);
            string data = Path.Combine(directory, "data");
            using (TortureServer server = await StartAsync(data))
            {
                await FillAsync(server, films, calls);
                await UnderLoadAsync(server, films, calls, ledger);
                await server.KillAsync();
            }

            if (settings.Kills > 0) await new KillRounds(data, Name, films, calls, ledger, settings, _report, say).RunAsync(cancellation);
            return _report;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task<TortureServer> StartAsync(string data) =>
        await TortureServer.StartAsync(data, Patience, cancellation) ?? throw new CliException("The server ended before it answered.");

    private async Task FillAsync(TortureServer server, FilmGenerations films, FilmCalls calls)
    {
        using VectorSearchClient client = new(server.Address);
        using GrpcChannel channel = new(server.Address);
        List<string> digests = [];
        foreach (string file in films.Files) digests.Add((await client.Models.PutAsync(file, cancellationToken: cancellation)).Digest);
        ModelQuestion question = films.Models[0].Question(FilmGenerations.Question);
        await client.Collections.CreateAsync(
            new Collection
            {
                Name = Name, Dimension = (uint)question.Dimension, Metric = (Metric)(int)question.Metric, SpaceId = question.Space.ToString(),
                IdKind = IdKind.Number, Model = digests[0], Question = FilmGenerations.Question,
            },
            cancellationToken: cancellation);
        GrpcMethod<UpsertRequest, UpsertReply> upsert = new(PointsReflection.Descriptor.Services[0], "Upsert");
        foreach (UpsertRequest batch in calls.Films(films.Models[0], BatchRows)) await channel.UnaryAsync(upsert, batch, cancellationToken: cancellation);
    }

    private async Task UnderLoadAsync(TortureServer server, FilmGenerations films, FilmCalls calls, WriteLedger ledger)
    {
        using VectorSearchClient client = new(server.Address, new VectorSearchClientOptions { Timeout = TimeSpan.FromMinutes(5) });
        await using OpenLoad load = new(server.Address, calls, films, ledger, say);
        load.Start(settings.QueriesPerSecond, settings.WritesPerSecond, (int)settings.Seed);
        await Task.Delay(Settling, cancellation); // connections, compiled code, warm caches
        long before = Stopwatch.GetTimestamp();
        await Task.Delay(settings.Before, cancellation);
        long firstRebuild = Stopwatch.GetTimestamp();
        IReadOnlyList<Model> models = await client.Models.ListAsync(cancellationToken: cancellation);
        for (int i = 1; i <= settings.Rebuilds; i++)
        {
            await RebuildAsync(client, Digest(models, films.Models[i]), load);
        }

        long rollback = Stopwatch.GetTimestamp();
        Generation back = await client.Generations.RollbackAsync(Name, cancellationToken: cancellation);
        _report.Rollbacks++;
        say($"rolled back to generation {back.Number}");
        await Task.Delay(settings.After, cancellation);
        _swaps.Add((rollback, Stopwatch.GetTimestamp()));

        // A 99th percentile wants many calls: as many more exchanges as that takes, but not for ever.
        for (int more = 0; more < settings.Rebuilds && Between(load.Queries, _swaps).Count() < settings.SwapCalls; more++)
            await RebuildAsync(client, Digest(models, films.Models[more]), load);
        await load.StopAsync();
        await JudgeAsync(client, server, films, load, ledger, before, firstRebuild);
    }

    private static string Digest(IReadOnlyList<Model> stored, LearnedModel model)
    {
        string space = model.Question(FilmGenerations.Question).Space.ToString();
        return stored.Single(one => one.Questions.Any(question => question.SpaceId == space)).Digest;
    }

    /// <summary>One rebuild, promoted by the gate or, where that wants a canary, by hand; notes when it warmed up and when it was over.</summary>
    private async Task RebuildAsync(VectorSearchClient client, string model, OpenLoad load)
    {
        long began = Stopwatch.GetTimestamp(), warming = 0;
        Operation operation = await client.Generations.StartRebuildAsync(new RebuildRequest { Collection = Name, Model = model, Decision = settings.Promote ? Decision.Promote : Decision.Gate }, cancellation);
        while (operation.State == Operation.Types.State.Running)
        {
            await Task.Delay(Glance, cancellation);
            operation = (await client.Generations.ListOperationsAsync(Name, cancellation)).Single(one => one.Name == operation.Name);
            if (warming == 0 && operation.Progress.Phase is ("warming" or "judging" or "exchanging")) warming = Stopwatch.GetTimestamp();
        }

        if (operation.State != Operation.Types.State.Succeeded) throw new CliException($"A rebuild ended as {operation.State}: {operation.Fault?.Message}");
        RebuildResult result = operation.Rebuild;
        say(Text($"generation {result.Generation}: {result.Report?.Verdict} in {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s. {string.Join(' ', result.Report?.Reasons ?? [])}"));
        if (!result.Promoted && result.Report?.Verdict == Verdict.Canary) await client.Generations.PromoteAsync(Name, result.Generation, cancellationToken: cancellation);
        else if (!result.Promoted) throw new CliException($"The gate refused a model that is none the worse: {string.Join(' ', result.Report?.Reasons ?? [])}");
        _report.Rebuilds++;
        await load.AskOldAsync(new Random(1));
        await Task.Delay(settings.After, cancellation);
        long over = Stopwatch.GetTimestamp();
        _swaps.Add((warming == 0 ? began : warming, over));
        _rebuilds.Add((began, over));
    }

    private async Task JudgeAsync(
        VectorSearchClient client, TortureServer server, FilmGenerations films, OpenLoad load, WriteLedger ledger, long before, long firstRebuild)
    {
        IReadOnlyList<Generation> generations = await client.Generations.ListAsync(Name, cancellation);
        Dictionary<ulong, string> spaces = generations.ToDictionary(one => one.Number, one => one.SpaceId);
        Dictionary<string, LearnedModel> models = films.Models.ToDictionary(model => model.Question(FilmGenerations.Question).Space.ToString());
        _report.MixedReplies = load.Others.Count(told => !IsRight(told.Generation, told.Space)) + load.Queries.Count(query => !IsRight(query.Generation, query.Space) || !IsOfItsModel(query, models));
        using GrpcChannel channel = new(server.Address);
        _report.LostWrites += ledger.Judge(await ReadPeopleAsync(channel));
        (_report.Calls, _report.FailedCalls, _report.RefusedOldSpace) = (load.Made, load.Failed, load.RefusedOldSpace);
        double[] calm = [.. Between(load.Queries, [(before, firstRebuild)])], swaps = [.. Between(load.Queries, _swaps)], rebuilds = [.. Between(load.Queries, _rebuilds)];
        (_report.P99BeforeUs, _report.P99SwapUs, _report.P99RebuildUs, _report.SwapCalls) = (P99(calm), P99(swaps), P99(rebuilds), swaps.Length);
        if (swaps.Length < settings.SwapCalls) say(Text($"only {swaps.Length} queries around exchanges: {settings.SwapCalls} are wanted for a 99th percentile; ask for more a second or a longer --after"));
        say(Text($"p99 of queries: before {_report.P99BeforeUs:F0} us ({calm.Length}), around exchanges {_report.P99SwapUs:F0} us ({swaps.Length}), in rebuilds {_report.P99RebuildUs:F0} us ({rebuilds.Length})"));
        double[] calmWrites = [.. Between(load.Writes, [(before, firstRebuild)])], swapWrites = [.. Between(load.Writes, _swaps)];
        say(Text($"p99 of writes: before {P99(calmWrites):F0} us ({calmWrites.Length}), around exchanges {P99(swapWrites):F0} us ({swapWrites.Length})"));
        foreach (Generation one in generations) say($"generation {one.Number}: {one.State}, {one.Points} points, answered {load.Queries.Count(query => query.Generation == one.Number)} queries");

        bool IsRight(ulong generation, string space) => spaces.TryGetValue(generation, out string? expected) && expected == space;
    }

    private async Task<Dictionary<int, long>> ReadPeopleAsync(GrpcChannel channel)
    {
        GrpcMethod<GetRequest, GetReply> get = new(PointsReflection.Descriptor.Services[0], "Get");
        return await FilmCalls.ReadPeopleAsync(request => channel.UnaryAsync(get, request, cancellationToken: cancellation), Name, settings.People);
    }

    /// <summary>Whether the score of the first answer, if it is a film, is what the model of that generation gives it.</summary>
    private static bool IsOfItsModel(Answered query, Dictionary<string, LearnedModel> models)
    {
        if (query.History.Length == 0 || query.Top is 0 or >= FilmCalls.FirstPerson || !models.TryGetValue(query.Space, out LearnedModel? model)) return true;
        double? score = FilmGenerations.Score(model, query.History, query.Top.ToString(CultureInfo.InvariantCulture));
        return score is not { } expected || Math.Abs(expected - query.Score) <= 1e-3 * Math.Max(1, Math.Abs(expected));
    }

    private static IEnumerable<double> Between(IEnumerable<Answered> calls, IReadOnlyList<(long From, long To)> times) =>
        calls.Where(call => times.Any(time => call.Due >= time.From && call.Due < time.To)).Select(call => Stopwatch.GetElapsedTime(0, call.Ticks).TotalMicroseconds);

    private static double P99(double[] micros) => Math.Round(Percentile.Of([.. micros.Order()], 0.99));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
