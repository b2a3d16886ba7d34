using Google.Protobuf.WellKnownTypes;
using VectorSearch.Grpc;
using VectorSearch.Grpc.ErrorModel;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client.Tests;

public class RetryTests
{
    private static readonly VectorSearchClientOptions Quick = new() { Retry = new RetryPolicy { FirstPause = TimeSpan.FromMilliseconds(5) } };

    [Fact]
    public async Task An_unavailable_server_is_asked_again()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(Failing(2, new(GrpcStatusCode.Unavailable, "busy")));
        using var client = new VectorSearchClient(server.Address, Quick);
        Assert.Equal(3, await client.Points("a").CountAsync());
        Assert.Equal(3, server.Calls.Count);
    }

    [Fact]
    public async Task The_policy_gives_up_and_says_what_to_do()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(Failing(99, new(GrpcStatusCode.Unavailable, "busy")));
        using var client = new VectorSearchClient(server.Address, Quick with { Retry = Quick.Retry with { Attempts = 3 } });
        var fault = await Assert.ThrowsAsync<VectorSearchClientException>(() => client.Points("a").CountAsync());
        Assert.Equal(GrpcStatusCode.Unavailable, fault.Code);
        Assert.Contains("3 attempts", fault.Message, StringComparison.Ordinal);
        Assert.Contains(server.Address.ToString(), fault.Message, StringComparison.Ordinal);
        Assert.Contains("vectorsearch serve", fault.Message, StringComparison.Ordinal);
        Assert.Equal(3, server.Calls.Count);
    }

    [Fact]
    public async Task No_server_at_all_is_unavailable()
    {
        using var client = new VectorSearchClient(new Uri("http://127.0.0.1:1"), new() { Retry = RetryPolicy.None });
        var fault = await Assert.ThrowsAsync<VectorSearchClientException>(() => client.Points("a").CountAsync());
        Assert.Equal(GrpcStatusCode.Unavailable, fault.Code);
    }

    [Fact]
    public async Task Exhausted_resources_are_asked_again_when_the_server_says_when()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(Failing(1, WithDelay(GrpcStatusCode.ResourceExhausted, TimeSpan.FromMilliseconds(20))));
        using var client = new VectorSearchClient(server.Address, Quick);
        Assert.Equal(3, await client.Points("a").CountAsync());
        Assert.Equal(2, server.Calls.Count);
    }

    [Fact]
    public void The_pause_is_the_servers_where_it_asks_for_one_and_grows_where_not()
    {
        RetryPolicy policy = new() { FirstPause = TimeSpan.FromSeconds(1), MaxPause = TimeSpan.FromSeconds(3), Attempts = 9 };
        TimeSpan told = TimeSpan.FromSeconds(7.25);
        Assert.Equal(told, policy.PauseAfter(1, WithDelay(GrpcStatusCode.ResourceExhausted, told)));
        Assert.Equal(told, policy.PauseAfter(1, WithDelay(GrpcStatusCode.Unavailable, told)));
        Assert.Null(policy.PauseAfter(1, WithDelay(GrpcStatusCode.Internal, told)));
        Assert.Null(policy.PauseAfter(9, WithDelay(GrpcStatusCode.Unavailable, told)));
        GrpcStatus busy = new(GrpcStatusCode.Unavailable, "busy");
        Assert.InRange(policy.PauseAfter(1, busy)!.Value.TotalSeconds, 0.5, 1);
        Assert.InRange(policy.PauseAfter(2, busy)!.Value.TotalSeconds, 1, 2);
        Assert.InRange(policy.PauseAfter(8, busy)!.Value.TotalSeconds, 1.5, 3);
    }

    [Theory]
    [InlineData(GrpcStatusCode.ResourceExhausted)]
    [InlineData(GrpcStatusCode.InvalidArgument)]
    [InlineData(GrpcStatusCode.NotFound)]
    [InlineData(GrpcStatusCode.Internal)]
    public async Task Other_faults_are_not_repeated(GrpcStatusCode code)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(Failing(1, new(code, "field 'x'")));
        using var client = new VectorSearchClient(server.Address, Quick);
        var fault = await Assert.ThrowsAsync<VectorSearchClientException>(() => client.Points("a").CountAsync());
        Assert.Equal(code, fault.Code);
        Assert.Equal("field 'x'", fault.Message);
        Assert.Single(server.Calls);
    }

    [Fact]
    public async Task A_late_answer_ends_with_the_deadline()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(async (_, call) =>
        {
            await Task.Delay(Timeout.Infinite, call.CancellationToken);
            return new CountReply();
        });
        using var client = new VectorSearchClient(server.Address);
        var fault = await Assert.ThrowsAsync<VectorSearchClientException>(() => client.Points("a").CountAsync(TimeSpan.FromMilliseconds(200)));
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, fault.Code);
        Assert.Contains("0.2 s", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pause_longer_than_the_deadline_is_not_waited_for()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(Failing(1, WithDelay(GrpcStatusCode.Unavailable, TimeSpan.FromHours(1))));
        using var client = new VectorSearchClient(server.Address);
        var fault = await Assert.ThrowsAsync<VectorSearchClientException>(() => client.Points("a").CountAsync());
        Assert.Equal(GrpcStatusCode.Unavailable, fault.Code);
    }

    [Fact]
    public async Task Cancelling_is_no_fault_of_the_server()
    {
        using var cancellation = new CancellationTokenSource();
        await using ScriptedServer server = await ScriptedServer.StartAsync(async (_, call) =>
        {
            await cancellation.CancelAsync();
            await Task.Delay(Timeout.Infinite, call.CancellationToken);
            return new CountReply();
        });
        using var client = new VectorSearchClient(server.Address, Quick);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.Points("a").CountAsync(cancellationToken: cancellation.Token));
    }

    [Fact]
    public async Task A_repeated_write_has_the_same_request_id()
    {
        int failures = 1;
        await using ScriptedServer server = await ScriptedServer.StartAsync(upsert: (_, _) => Interlocked.Decrement(ref failures) >= 0
            ? throw new RpcException(GrpcStatusCode.Unavailable, "restarting")
            : Task.FromResult(new UpsertReply { Upserted = 1 }));
        using var client = new VectorSearchClient(server.Address, Quick);
        await client.Points("a").UpsertAsync(1UL, new float[] { 1 });
        await client.Points("a").UpsertAsync(1UL, new float[] { 1 });
        string[] ids = [.. server.Calls.Cast<UpsertRequest>().Select(call => call.Context.RequestId)];
        Assert.Equal(3, ids.Length);
        Assert.NotEmpty(ids[0]);
        Assert.Equal(ids[0], ids[1]);
        Assert.NotEqual(ids[0], ids[2]);
    }

    [Fact]
    public void Options_out_of_range_are_named_all_at_once()
    {
        var options = new VectorSearchClientOptions
        {
            Timeout = TimeSpan.Zero, MaxMessageBytes = 1, MaxReplyBytes = 0,
            Retry = new RetryPolicy { Attempts = 0, FirstPause = TimeSpan.FromSeconds(9) },
        };
        var fault = Assert.Throws<ArgumentException>(() => new VectorSearchClient(new Uri("http://127.0.0.1:1"), options));
        foreach (string name in (string[])["Timeout", "MaxMessageBytes", "MaxReplyBytes", "Retry.Attempts", "Retry.MaxPause"])
            Assert.Contains(name, fault.Message, StringComparison.Ordinal);
    }

    private static GrpcStatus WithDelay(GrpcStatusCode code, TimeSpan delay) =>
        new GrpcStatus(code, "busy").WithDetails(new RetryInfo { RetryDelay = Duration.FromTimeSpan(delay) });

    /// <summary>A Count method that fails some times before it answers 3.</summary>
    private static Func<CountRequest, ServerCall, Task<CountReply>> Failing(int times, GrpcStatus status)
    {
        int left = times;
        return (_, _) => Interlocked.Decrement(ref left) >= 0 ? throw new RpcException(status) : Task.FromResult(new CountReply { Points = 3 });
    }
}
