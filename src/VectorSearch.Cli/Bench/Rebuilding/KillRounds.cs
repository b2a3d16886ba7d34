using VectorSearch.Cli.Torture;
using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;
using VectorSearch.Storage;

namespace VectorSearch.Cli.Bench.Rebuilding;

/// <summary>
/// Kills the server as by kill −9 in each phase of a rebuild and at each file that a rebuild makes, starts it again, and sees
/// that the rebuild goes on to its end, that answers come from one generation, and that every acknowledged write is there.
/// </summary>
internal sealed class KillRounds(
    string data, string collection, FilmGenerations films, FilmCalls calls, WriteLedger ledger, RebuildBenchSettings settings, RebuildBenchReport report, Action<string> say)
{
    /// <summary>Once in each phase, and at each file.</summary>
    public const int All = 15;

    private const int Writers = 4;

    private static readonly string[] Phases = ["planning", "embedding", "building", "catching up", "saving", "warming", "judging", "exchanging"];

    private static readonly (StorageOperation Operation, string File)[] Files =
    [
        (StorageOperation.Rename, "definition"), (StorageOperation.Write, ".snapshot"), (StorageOperation.Rename, ".snapshot"),
        (StorageOperation.Rename, "report"), (StorageOperation.Write, "manifest"), (StorageOperation.Flush, "manifest"), (StorageOperation.Rename, ".operation"),
    ];

    private static readonly GrpcCallOptions Patient = new() { Timeout = TimeSpan.FromSeconds(30) };
    private static readonly GrpcMethod<GetRequest, GetReply> Get = new(PointsReflection.Descriptor.Services[0], "Get");
    private static readonly GrpcMethod<QueryRequest, QueryReply> Query = new(PointsReflection.Descriptor.Services[0], "Query");
    private static readonly GrpcMethod<UpsertRequest, UpsertReply> Upsert = new(PointsReflection.Descriptor.Services[0], "Upsert");
    private static readonly GrpcMethod<DeleteRequest, DeleteReply> Delete = new(PointsReflection.Descriptor.Services[0], "Delete");
    private static readonly GrpcMethod<UpdatePayloadRequest, UpdatePayloadReply> UpdatePayload = new(PointsReflection.Descriptor.Services[0], "UpdatePayload");

    private int _round;
    private string _before = "";

    /// <summary>Does all rounds.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        for (int kill = 0; kill < settings.Kills; kill++)
        {
            int at = kill % All;
            if (at < Phases.Length)
            {
                await RoundAsync($"phase '{Phases[at]}'", Phases[at], [], cancellation);
                continue;
            }

            (StorageOperation operation, string file) = Files[at - Phases.Length];
            await RoundAsync($"{operation} of '{file}'", null, new Dictionary<string, string> { [EnvironmentFault.Variable] = $"kill:{operation}:{1 + (kill / All)}:{file}" }, cancellation);
        }
    }

    private async Task RoundAsync(string what, string? phase, Dictionary<string, string> environment, CancellationToken cancellation)
    {
        int model = 1 + (_round++ % settings.Rebuilds);
        string operation = "";
        using (TortureServer? server = await TortureServer.StartAsync(data, environment, cancellation))
        {
            if (server is not null) operation = await RebuildUntilKilledAsync(server, phase, model, cancellation);
        }

        report.Kills++;
        using TortureServer again = await TortureServer.StartAsync(data, new Dictionary<string, string>(), cancellation) ?? throw new CliException($"After a kill at {what} the server did not start.");
        string end = await JudgeAsync(again, operation, cancellation);
        say($"killed at {what}: {end}");
        await again.KillAsync();
    }

    /// <summary>Rebuilds under writes until the server is dead; the name of the operation, if it came to be known.</summary>
    private async Task<string> RebuildUntilKilledAsync(TortureServer server, string? phase, int model, CancellationToken cancellation)
    {
        using VectorSearchClient client = new(server.Address, new VectorSearchClientOptions { Retry = RetryPolicy.None });
        using CancellationTokenSource dying = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        string name = "";
        Task writers = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => WriteAsync(server, new Random(_round * Writers + writer), dying.Token)));
        try
        {
            string space = films.Models[model].Question(FilmGenerations.Question).Space.ToString();
            string digest = (await client.Models.ListAsync(cancellationToken: cancellation)).Single(one => one.Questions.Any(question => question.SpaceId == space)).Digest;
            Operation operation = await client.Generations.StartRebuildAsync(
                new RebuildRequest { Collection = collection, Model = digest, Decision = RebuildRequest.Types.Decision.Promote }, cancellation);
            name = operation.Name;
            int wanted = Array.IndexOf(Phases, phase);
            while (operation.State == Operation.Types.State.Running)
            {
                // A phase may be shorter than a glance: one that is past is as good as the one that was wanted.
                if (wanted >= 0 && Array.IndexOf(Phases, operation.Progress.Phase) >= wanted) break;
                operation = (await client.Generations.ListOperationsAsync(collection, cancellation)).Single(one => one.Name == name);
            }
        }
        catch (VectorSearchClientException) when (server.HasEnded || phase is null)
        {
            say("  the server died by itself, as it was told");
        }

        await server.KillAsync();
        await dying.CancelAsync();
        await writers;
        return name;
    }

    private async Task<string> JudgeAsync(TortureServer server, string operation, CancellationToken cancellation)
    {
        using VectorSearchClient client = new(server.Address);
        using GrpcChannel channel = new(server.Address);
        string end = "the rebuild was not begun";

        // The newest, whose name the caller may not have come to know; that of the round before if there is none.
        Operation? known = (await client.Generations.ListOperationsAsync(collection, cancellation)).FirstOrDefault(one => operation.Length == 0 ? one.Kind == "rebuild" : one.Name == operation);
        if (known is null && operation.Length > 0)
        {
            report.FailedCalls++;
            end = $"{operation} IS FORGOTTEN";
        }
        else if (known is not null && known.Name != _before)
        {
            _before = known.Name;
            known = await client.Generations.WaitAsync(known.Name, cancellation);
            end = $"{known.Name} {known.State}, generation {known.Rebuild?.Generation}{(known.Rebuild?.Promoted == true ? " promoted" : "")} {known.Fault?.Message}";
            if (known.State != Operation.Types.State.Succeeded) report.FailedCalls++;
            else if (operation.Length > 0) report.Rebuilds++;
        }

        IReadOnlyList<Generation> generations = await client.Generations.ListAsync(collection, cancellation);
        if (generations.Count(one => one.State == Generation.Types.State.Serving) != 1 || generations.Any(one => one.State == Generation.Types.State.Building))
        {
            report.FailedCalls++;
            say($"  not one generation answers, or one is left half built: {string.Join(", ", generations.Select(one => $"{one.Number} {one.State}"))}");
        }

        Random random = new(_round);
        for (int i = 0; i < 20; i++)
        {
            QueryReply reply = await channel.UnaryAsync(Query, calls.Query(random, out _), Patient, cancellation);
            if (generations.FirstOrDefault(one => one.Number == reply.Context.Generation)?.SpaceId != reply.Context.SpaceId) report.MixedReplies++;
        }

        int lost = ledger.Judge(await FilmCalls.ReadPeopleAsync(request => channel.UnaryAsync(Get, request, Patient, cancellation), collection, settings.People));
        report.LostWrites += lost;
        return lost == 0 ? end : $"{end}; {lost} WRITES LOST";
    }

    private async Task WriteAsync(TortureServer server, Random random, CancellationToken dying)
    {
        using GrpcChannel channel = new(server.Address);
        while (!dying.IsCancellationRequested)
        {
            if (calls.Write(random) is not { } write) continue;
            try
            {
                switch (write.Request)
                {
                    case UpsertRequest upsert: await channel.UnaryAsync(Upsert, upsert, Patient, CancellationToken.None); break;
                    case DeleteRequest delete: await channel.UnaryAsync(Delete, delete, Patient, CancellationToken.None); break;
                    case UpdatePayloadRequest change: await channel.UnaryAsync(UpdatePayload, change, Patient, CancellationToken.None); break;
                }

                ledger.Acknowledge(write.Point, write.Version);
            }
            catch (RpcException)
            {
                ledger.Fail(write.Point);
                if (server.HasEnded) return;
            }
        }
    }
}
