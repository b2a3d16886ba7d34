using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;
using VectorSearch.Server.Tests.Contract;
using Decision = VectorSearch.Protocol.V1.RebuildRequest.Types.Decision;

namespace VectorSearch.Server.Tests.Generations;

/// <summary>Clients that still hold vectors of the old space are answered for a while, if asked to, and told how well.</summary>
public sealed class BridgeTests(RunningServer server, Retraining models) : IClassFixture<RunningServer>, IClassFixture<Retraining>
{
    private const int K = 10;

    [Theory]
    [InlineData("similar")]
    [InlineData("history")]
    public async Task The_recall_that_is_told_is_right(string question)
    {
        string collection = "bridged-" + question;
        (_, string second, _) = await models.FillAsync(server.Client, collection, question);
        RebuildRequest request = new() { Collection = collection, Model = second, Decision = Decision.Promote, Bridge = true };
        if (question == "history") request.Judgements.AddRange(Retraining.Judgements(300));
        await server.Client.Generations.RebuildAsync(request);
        Bridge bridge = (await server.Client.Generations.GetAsync(collection)).Bridge;
        Assert.True(bridge is { Enabled: true, ExpireTime: null });
        Assert.Equal(Retraining.SpaceOf(models.First, question), bridge.FromSpaceId);

        ModelQuestion old = models.First.Model.Question(question), young = models.Second.Model.Question(question);
        PointsClient holder = server.Client.Points(collection, Retraining.SpaceOf(models.First, question));
        PointsClient upToDate = server.Client.Points(collection, Retraining.SpaceOf(models.Second, question));
        double found = 0;
        const int Asked = 200;
        for (int i = 0; i < Asked; i++)
        {
            (float[] before, float[] now) = question == "similar"
                ? (old.Items[i].ToArray(), young.Items[models.Second.Model.Items.RowOf(models.First.Model.Items[i])].ToArray())
                : (Encode(old, 50_000 + i), Encode(young, 50_000 + i));
            QueryResult answers = await holder.QueryAsync(before, new QueryOptions { Limit = K });
            Assert.Equal(bridge.Recall, answers.BridgeRecall);
            Assert.Equal((young.Space.ToString(), 2UL), (answers.SpaceId, answers.Generation));
            QueryResult truth = await upToDate.QueryAsync(now, new QueryOptions { Limit = K, Exact = true });
            Assert.Null(truth.BridgeRecall);
            found += (double)answers[0].Select(hit => hit.Id).Intersect(truth[0].Select(hit => hit.Id)).Count() / K / Asked;
        }

        Assert.True(Math.Abs(found - bridge.Recall) <= 0.03 + bridge.Margin, $"told {bridge.Recall:F3} ± {bridge.Margin:F3} ({bridge.Kind}), measured {found:F3}");
        Assert.True(bridge.Recall > 0.3, $"{bridge.Kind} finds {bridge.Recall:F3}");
    }

    [Fact]
    public async Task It_is_off_by_default_and_takes_no_writes_when_on()
    {
        (_, string second, _) = await models.FillAsync(server.Client, "off", "similar");
        await server.Client.Generations.RebuildAsync(new RebuildRequest { Collection = "off", Model = second, Decision = Decision.Promote });
        float[] vector = models.First.Model.Question("similar").Items[3].ToArray();
        PointsClient holder = server.Client.Points("off", Retraining.SpaceOf(models.First, "similar"));
        await RefusedAsync(() => holder.QueryAsync(vector));
        Assert.True((await server.Client.Generations.UpdateBridgeAsync("off", enabled: true, TimeSpan.FromHours(1))).Enabled);
        Assert.Equal(K, (await holder.QueryAsync(vector))[0].Count);

        // What the bridge finds is measured for single vectors: what is made of several is refused.
        Examples two = new() { PositiveVectors = One(vector), NegativeVectors = One(vector) };
        foreach (Func<Task> composed in new Func<Task>[]
        {
            () => holder.FuseAsync([new Prefetch { Vectors = One(vector) }]), () => holder.QueryAsync(new QueryRequest { Examples = new ExampleRows { Rows = { two } } }),
        })
        {
            VectorSearchClientException refused = await Assert.ThrowsAsync<VectorSearchClientException>(composed);
            Assert.Equal(GrpcStatusCode.FailedPrecondition, refused.Code);
            Assert.Contains("one vector each", refused.Message, StringComparison.Ordinal);
        }

        // What brings no vectors does not go over the bridge, and loses nothing.
        Assert.Null((await holder.QueryAsync(new ulong[] { 3 })).BridgeRecall);
        Assert.Null((await holder.QueryAsync([ModelInput.History(["3"])])).BridgeRecall);
        await RefusedAsync(() => holder.UpsertAsync(3UL, vector));
        Assert.False((await server.Client.Generations.UpdateBridgeAsync("off", enabled: false)).Enabled);
        await RefusedAsync(() => holder.QueryAsync(vector));
    }

    [Fact]
    public async Task It_ends_when_its_time_is_over()
    {
        (_, string second, _) = await models.FillAsync(server.Client, "expiring", "similar");
        RebuildRequest request = new() { Collection = "expiring", Model = second, Decision = Decision.Promote, Bridge = true, BridgeTime = new Google.Protobuf.WellKnownTypes.Duration { Nanos = 100 } };
        await server.Client.Generations.RebuildAsync(request);
        await RefusedAsync(() => server.Client.Points("expiring", Retraining.SpaceOf(models.First, "similar")).QueryAsync(models.First.Model.Question("similar").Items[3].ToArray()));
        Assert.False((await server.Client.Generations.GetAsync("expiring")).Bridge.Enabled);
    }

    private static Matrix One(float[] vector) => new()
    {
        Data = Google.Protobuf.ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(vector)), Dim = (uint)vector.Length, Rows = 1, Type = ElementType.Float32,
    };

    private static float[] Encode(ModelQuestion question, int person)
    {
        float[] vector = new float[question.Dimension];
        question.Encode(Retraining.History(person)[..^1], default, vector);
        return vector;
    }

    private static async Task RefusedAsync(Func<Task> call) =>
        Assert.Equal(GrpcStatusCode.FailedPrecondition, (await Assert.ThrowsAsync<VectorSearchClientException>(call)).Code);
}
