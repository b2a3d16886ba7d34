using System.Globalization;
using System.IO.Compression;
using VectorSearch.Client;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;
using VectorSearch.Server.Tests.Generations;
using VectorSearch.Testing;
using Decision = VectorSearch.Protocol.V1.RebuildRequest.Types.Decision;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>
/// A server's data directory as version 1 wrote it (models of both kinds, operations, generations with their gate reports and
/// a bridge), kept so that every later version is seen to open it and to answer the same. To write it anew:
/// VECTORSEARCH_WRITE_GOLDEN_SERVER=folder of the two files.
/// </summary>
public sealed class GoldenDataTests : IDisposable
{
    private const string Zip = "server-v1.zip", Answers = "server-v1.txt";

    private readonly TempDirectory _directory = new();

    private string Data => _directory.Combine("data");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_data_directory_of_version_1_opens_and_answers_the_same()
    {
        if (Environment.GetEnvironmentVariable("VECTORSEARCH_WRITE_GOLDEN_SERVER") is { Length: > 0 } folder)
        {
            await WriteAsync(folder);
            return;
        }

        string golden = Path.Combine(AppContext.BaseDirectory, "Contract", "Golden");
        ZipFile.ExtractToDirectory(Path.Combine(golden, Zip), Data);
        (VectorSearchServer server, VectorSearchClient client) = await StartAsync();
        await using VectorSearchServer ending = server;
        using VectorSearchClient closing = client;
        Assert.Equal(await File.ReadAllLinesAsync(Path.Combine(golden, Answers)), await DescribeAsync(client));

        // What was kept can be gone on with.
        await client.Generations.RollbackAsync("films");
        await client.Points("films").UpsertAsync(9_000UL, [ModelInput.History(Retraining.History(4))]);
        Assert.Equal(1UL, (await client.Points("films").QueryAsync([ModelInput.History(Retraining.History(4))])).Generation);
    }

    private async Task<(VectorSearchServer Server, VectorSearchClient Client)> StartAsync()
    {
        VectorSearchServer server = await VectorSearchServer.StartAsync(new ServerOptions { DataDirectory = Data, GrpcPort = 0, HttpPort = 0 });
        return (server, new VectorSearchClient(server.GrpcAddress, new VectorSearchClientOptions { Retry = RetryPolicy.None }));
    }

    /// <summary>All that a caller can see of it, in lines. Exact searches: processors may differ in the last digits, not in who is nearest.</summary>
    private async Task<string[]> DescribeAsync(VectorSearchClient client)
    {
        List<string> lines = [];
        foreach (Model model in await client.Models.ListAsync())
            lines.Add($"model {model.Digest} {model.Kind}: {string.Join(", ", model.Questions.Select(question => $"{question.Name} {question.SpaceId} {question.Dimension} {question.Metric} {question.Rows}"))}");
        foreach (Collection collection in await client.Collections.ListAsync())
            lines.Add($"collection {collection.Name}: {collection.SpaceId} {collection.Model} {collection.Question} {string.Join(' ', collection.Aliases)}, {await client.Points(collection.Name).CountAsync()} points");
        foreach (Generation one in await client.Generations.ListAsync("films"))
        {
            lines.Add($"generation {one.Number} {one.State} {one.SpaceId} {one.Index} {one.Points} points, report {one.Report?.Verdict}: {string.Join(' ', one.Report?.Reasons ?? [])}");
            if (one.Bridge is { } bridge) lines.Add(string.Create(CultureInfo.InvariantCulture, $"  bridge {bridge.Kind} from {bridge.FromSpaceId}, recall {bridge.Recall:R} ± {bridge.Margin:R}, {bridge.Enabled}"));
        }

        foreach (Operation one in await client.Generations.ListOperationsAsync()) lines.Add($"operation {one.Name} {one.Kind} {one.State} {one.Rebuild?.Generation} {one.Rebuild?.Report?.Verdict}");
        QueryOptions exact = new() { Limit = 5, Exact = true };
        lines.Add($"for a history: {Ids(await client.Points("films").QueryAsync([ModelInput.History(Retraining.History(1)[..5])], exact))}");
        lines.Add($"over the bridge: {Ids(await AskOverBridgeAsync(client, exact))}");
        lines.Add($"for a row: {Ids(await client.Points("rows").QueryAsync([Row(2, 3)], exact))}");
        return [.. lines];
    }

    /// <summary>With a vector that the old model's file gives.</summary>
    private async Task<QueryResult> AskOverBridgeAsync(VectorSearchClient client, QueryOptions options)
    {
        string space = (await client.Generations.GetAsync("films")).Bridge.FromSpaceId;
        Model old = (await client.Models.ListAsync()).Single(model => model.Questions.Any(question => question.SpaceId == space));
        ModelQuestion question = ModelFile.Load(Path.Combine(DataLayout.Models(Data), $"{old.Digest["sha256:".Length..]}.vsmodel")).Question("history");
        float[] vector = new float[question.Dimension];
        question.Encode(Retraining.History(1)[..5], default, vector);
        return await client.Points("films", space).QueryAsync(vector, options);
    }

    private static string Ids(QueryResult result) => string.Join(' ', result[0].Select(hit => hit.Id.Number));

    private static Features Row(float x, float y) => ModelInput.Sparse(new Dictionary<string, float> { ["x"] = x, ["y"] = y });

    private async Task WriteAsync(string folder)
    {
        (VectorSearchServer server, VectorSearchClient client) = await StartAsync();
        using (Retraining models = new())
        {
            (_, string second, string shuffled) = await models.FillAsync(client, "films", "history");
            await client.Points("films").UpsertAsync(5_000UL, [ModelInput.History(Retraining.History(2))]);
            await client.Collections.SetAliasesAsync(new Dictionary<string, string> { ["movies"] = "films" });
            await client.Generations.RebuildAsync(new RebuildRequest { Collection = "films", Model = second, Judgements = { Retraining.Judgements(200) }, Decision = Decision.Promote, Bridge = true });
            await client.Generations.RebuildAsync(new RebuildRequest { Collection = "films", Model = shuffled, Judgements = { Retraining.Judgements(200) } });
            await client.Points("films").DeleteAsync(new ulong[] { 7 });
        }

        DenseTable table = new(new Vocabulary(["x", "y"]), new Vocabulary(["a", "b"]), VectorTable.Of([[1f, 2], [2, 1], [5, 9], [6, 8]]), [0, 0, 1, 1]);
        DenseEncoder encoder = DenseEncoder.Train(table, new MetricLearningOptions { Dimension = 4, Hidden = [8], Epochs = 3, Threads = 1 });
        string file = _directory.Combine("rows.vsmodel");
        EncoderModelFile.Save(new EncoderModel(encoder, new ModelCard()), file);
        Model stored = await client.Models.PutAsync(file);
        Question question = stored.Questions.Single();
        await client.Collections.CreateAsync(new Collection
        {
            Name = "rows", Dimension = question.Dimension, Metric = question.Metric, SpaceId = question.SpaceId, IdKind = IdKind.Number, Model = stored.Digest, Question = question.Name,
        });
        await client.Points("rows").UpsertAsync(new ulong[] { 1, 2, 3 }, [Row(1, 2), Row(6, 8), Row(2, 2)]);
        client.Dispose();
        await server.DisposeAsync();
        File.Delete(Path.Combine(folder, Zip));
        ZipFile.CreateFromDirectory(Data, Path.Combine(folder, Zip));
        (server, client) = await StartAsync();
        await File.WriteAllLinesAsync(Path.Combine(folder, Answers), await DescribeAsync(client));
        client.Dispose();
        await server.DisposeAsync();
    }
}
