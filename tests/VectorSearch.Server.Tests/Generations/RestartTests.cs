using VectorSearch.Client;
using VectorSearch.Protocol.V1;
using VectorSearch.Testing;
using State = VectorSearch.Protocol.V1.Operation.Types.State;

namespace VectorSearch.Server.Tests.Generations;

/// <summary>A rebuild outlives the server: it goes on under its name, and is given up where nobody knows any more how to judge it.</summary>
public sealed class RestartTests(Retraining models) : IClassFixture<Retraining>, IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private async Task<(VectorSearchServer Server, VectorSearchClient Client)> StartAsync()
    {
        VectorSearchServer server = await VectorSearchServer.StartAsync(new ServerOptions { DataDirectory = _directory.Path, GrpcPort = 0, HttpPort = 0 });
        return (server, new VectorSearchClient(server.GrpcAddress));
    }

    private async Task<string> InterruptAsync()
    {
        (VectorSearchServer server, VectorSearchClient client) = await StartAsync();
        await using VectorSearchServer ending = server;
        using VectorSearchClient closing = client;
        (_, string second, _) = await models.FillAsync(client, "films", "history");
        RebuildRequest request = new() { Collection = "films", Model = second, Judgements = { Retraining.Judgements(100) } };
        return (await client.Generations.StartRebuildAsync(request)).Name; // the server stops somewhere in it, or after it
    }

    [Fact]
    public async Task It_goes_on_under_its_name_after_the_server_was_stopped()
    {
        string name = await InterruptAsync();
        (VectorSearchServer server, VectorSearchClient client) = await StartAsync();
        await using VectorSearchServer ending = server;
        using VectorSearchClient closing = client;
        Operation ended = await client.Generations.WaitAsync(name);
        Assert.Equal((State.Succeeded, 2UL, true), (ended.State, ended.Rebuild.Generation, ended.Rebuild.Promoted));
        Assert.Equal(Verdict.Promote, ended.Rebuild.Report.Verdict);
        Assert.Equal((2UL, (ulong)Retraining.Films), ((await client.Generations.GetAsync("films")).Number, (await client.Generations.GetAsync("films")).Points));
    }

    [Fact]
    public async Task Without_its_operation_it_is_given_up_or_was_over()
    {
        await InterruptAsync();
        Directory.Delete(DataLayout.Operations(_directory.Path), recursive: true);
        (VectorSearchServer server, VectorSearchClient client) = await StartAsync();
        await using VectorSearchServer ending = server;
        using VectorSearchClient closing = client;
        Assert.Empty(await client.Generations.ListOperationsAsync());
        Assert.DoesNotContain(await client.Generations.ListAsync("films"), one => one.State == Generation.Types.State.Building);
        Assert.Equal(10, (await client.Points("films").QueryAsync([ModelInput.History(Retraining.History(1)[..5])], new QueryOptions { Limit = 10 }))[0].Count);
    }
}
