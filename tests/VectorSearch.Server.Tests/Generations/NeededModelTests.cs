using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;
using VectorSearch.Server.Tests.Contract;

namespace VectorSearch.Server.Tests.Generations;

/// <summary>A model stays as long as a rebuild needs it, from the moment that the rebuild is asked for.</summary>
public sealed class NeededModelTests(RunningServer server, Retraining models) : IClassFixture<RunningServer>, IClassFixture<Retraining>
{
    [Fact]
    public async Task A_model_that_a_rebuild_was_just_asked_for_stays_until_the_rebuild_has_ended()
    {
        VectorSearchClient client = server.Client;
        (_, _, string shuffled) = await models.FillAsync(client, "asked", "history");

        // So many questions, and so small a share of the processors, that it goes on until it is cancelled.
        RebuildRequest slow = new() { Collection = "asked", Model = shuffled, CpuPercent = 1, Judgements = { Retraining.Judgements(2_000) } };
        for (int round = 0; round < 5; round++)
        {
            Operation asked = await client.Generations.StartRebuildAsync(slow);
            VectorSearchClientException needed = await Assert.ThrowsAsync<VectorSearchClientException>(() => client.Models.DeleteAsync(shuffled));
            Assert.Equal(GrpcStatusCode.FailedPrecondition, needed.Code);
            Assert.Contains("asked", needed.Message, StringComparison.Ordinal);
            await client.Generations.CancelAsync(asked.Name);
            Assert.Equal(Operation.Types.State.Cancelled, (await client.Generations.WaitAsync(asked.Name)).State);
        }

        // Nobody needs it once the rebuild is refused, and a plan needs it only while it is made.
        RebuildRequest request = new() { Collection = "asked", Model = shuffled, Judgements = { Retraining.Judgements(100) } };
        Assert.Equal(Verdict.Refuse, (await client.Generations.RebuildAsync(request)).Report.Verdict);
        await client.Generations.PlanAsync(request);
        await client.Models.DeleteAsync(shuffled);
        Assert.Equal(GrpcStatusCode.NotFound, (await Assert.ThrowsAsync<VectorSearchClientException>(() => client.Generations.StartRebuildAsync(request))).Code);
    }
}
