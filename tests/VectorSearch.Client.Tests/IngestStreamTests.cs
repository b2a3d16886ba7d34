using VectorSearch.Grpc;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client.Tests;

public class IngestStreamTests
{
    private static readonly RetryPolicy Quick = new() { FirstPause = TimeSpan.FromMilliseconds(1), MaxPause = TimeSpan.FromMilliseconds(1) };

    private static readonly TimeSpan Enough = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_server_that_does_not_take_the_stream_up_is_asked_again()
    {
        int streams = 0;
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            ingest: (requests, replies, call) => Interlocked.Increment(ref streams) == 1 ? ForEverAsync(call) : AcknowledgeAsync(requests, replies));
        using VectorSearchClient client = new(server.Address, new() { Timeout = TimeSpan.FromMilliseconds(500), Retry = Quick with { Attempts = 50 } });
        await using IngestStream stream = client.Points("c").OpenIngest();
        await stream.DeleteAsync(new ulong[] { 7 }).WaitAsync(Enough);
        Assert.Equal(1, (await stream.CompleteAsync().WaitAsync(Enough)).Rows);
        Assert.True(stream.Reconnections >= 1);
    }

    [Fact]
    public async Task One_that_never_does_is_given_up()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ingest: (_, _, call) => ForEverAsync(call));
        using VectorSearchClient client = new(server.Address, new() { Timeout = TimeSpan.FromMilliseconds(20), Retry = Quick with { Attempts = 2 } });
        await using IngestStream stream = client.Points("c").OpenIngest();
        VectorSearchClientException fault = await Assert.ThrowsAsync<VectorSearchClientException>(() => stream.DeleteAsync(new ulong[] { 7 }).WaitAsync(Enough));
        Assert.Equal(GrpcStatusCode.Unavailable, fault.Code);
        Assert.Contains("did not take the stream up", fault.Message, StringComparison.Ordinal);
        Assert.Equal(1, stream.Reconnections);
    }

    private static Task ForEverAsync(ServerCall call) => Task.Delay(Timeout.Infinite, call.CancellationToken);

    private static async Task AcknowledgeAsync(MessageStreamReader<IngestRequest> requests, MessageStreamWriter<IngestReply> replies)
    {
        Assert.NotNull((await requests.ReadAsync())?.Start);
        await replies.WriteAsync(new IngestReply { Started = new IngestStarted { MaxUnacknowledged = 1 } });
        while (await requests.ReadAsync() is { } request)
            await replies.WriteAsync(new IngestReply { Acknowledged = new IngestAcknowledged { Through = request.Batch.Sequence, Points = 1 } });
    }
}
