using System.Net;
using System.Net.Sockets;
using VectorSearch.Grpc;
using VectorSearch.Grpc.ErrorModel;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Protocol.V1;
using VectorSearch.Server.Overload;
using VectorSearch.Server.Tests.Contract;

namespace VectorSearch.Server.Tests.Overload;

/// <summary>What a server refuses for being too much, over real ports.</summary>
public sealed class LimitTests
{
    private const string Key = "a-key-that-is-long-enough";

    [Fact]
    public async Task A_caller_that_used_up_its_calls_is_told_when_to_come_again()
    {
        await using JsonServer server = await JsonServer.StartAsync(access: $$"""
            { "keys": [ { "name": "busy", "sha256": "{{JsonServer.Digest(Key)}}", "scopes": ["read"], "quota": { "calls_per_second": 0.001, "burst": 2 } },
                        { "name": "free", "sha256": "{{JsonServer.Digest(Key + "2")}}", "scopes": ["read"] } ] }
            """);
        for (int i = 0; i < 2; i++) Assert.Equal(HttpStatusCode.OK, (await server.CallAsync("Collections/ListCollections", "{}", Key)).Status);
        JsonReply refused = await server.CallAsync("Collections/ListCollections", "{}", Key);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        Assert.InRange(refused.RetryDelay!.Value, TimeSpan.FromSeconds(900), TimeSpan.FromSeconds(1000));
        Assert.Equal(HttpStatusCode.OK, (await server.CallAsync("Collections/ListCollections", "{}", Key + "2")).Status);
    }

    [Theory]
    [InlineData("Points/Query", """{ "collection": "c", "limit": 11 }""", "limit: got 11")]
    [InlineData("Points/Query", """{ "collection": "c", "options": { "ef": 200 } }""", "options.ef: got 200")]
    [InlineData("Points/Query", """{ "collection": "c", "options": { "exact": true } }""", "options.exact")]
    [InlineData("Points/Query", """{ "collection": "c", "ids": { "numbers": [1, 2, 3, 4] } }""", "queries: got 4")]
    [InlineData("Points/Query", """{ "collection": "c", "prefetch": [{ "prefetch": [{ "limit": 12 }] }] }""", "limit: got 12")]
    [InlineData("Points/Scroll", """{ "collection": "c", "filter": { "must": [{ "filter": { "should": [{ "isEmpty": { "field": "x" } }] } }, { "isEmpty": { "field": "y" } }] } }""", "filter: got 3")]
    [InlineData("Points/Delete", """{ "collection": "c", "ids": { "numbers": [1, 2, 3, 4, 5, 6] } }""", "ids: got 6")]
    public async Task Strict_mode_names_the_limit_and_says_no_time_to_try_again(string method, string json, string expected)
    {
        await using JsonServer server = await JsonServer.StartAsync(new ServerOptions
        {
            StrictMaxAnswers = 10, StrictMaxEf = 100, StrictMaxQueries = 3, StrictMaxRows = 5, StrictMaxConditions = 2, StrictNoExact = 1,
        });
        JsonReply refused = await server.CallAsync(method, json);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        Assert.Contains(expected, refused.Text, StringComparison.Ordinal);
        Assert.Null(refused.RetryDelay);
    }

    [Fact]
    public async Task A_request_at_the_limits_gets_through()
    {
        await using JsonServer server = await JsonServer.StartAsync(new ServerOptions { StrictMaxAnswers = 10, StrictMaxEf = 100, StrictMaxQueries = 3, StrictNoExact = 1 });
        await server.FillAsync("c", 5);
        JsonReply reply = await server.CallAsync("Points/Query", """{ "collection": "c", "limit": 10, "options": { "ef": 100 }, "ids": { "numbers": [1, 2, 3] } }""");
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Text);
    }

    [Fact]
    public async Task Streams_beyond_the_limit_are_shed_with_a_time_and_let_in_when_one_ended()
    {
        await using JsonServer server = await JsonServer.StartAsync(new ServerOptions { MaxConcurrentStreams = 1 });
        using GrpcChannel channel = new(server.GrpcAddress);
        GrpcMethod<IngestRequest, IngestReply> ingest = new(PointsReflection.Descriptor.Services[0], "Ingest");
        await server.FillAsync("c", 1);
        using DuplexCall<IngestRequest, IngestReply> first = channel.Duplex(ingest);
        await first.WriteAsync(new IngestRequest { Start = new IngestStart { Collection = "c", Session = "s" } });

        // Its answer says that it has its place.
        Assert.NotNull(await first.ReadAsync());
        GrpcStatus refused = await RefusalAsync();
        Assert.Equal(GrpcStatusCode.ResourceExhausted, refused.Code);
        Assert.True(refused.TryGetDetail(out RetryInfo? retry) && retry.RetryDelay.ToTimeSpan() > TimeSpan.Zero);
        first.Complete();
        Assert.Null(await first.ReadAsync());
        Assert.NotEqual(GrpcStatusCode.ResourceExhausted, (await RefusalAsync()).Code);

        async Task<GrpcStatus> RefusalAsync()
        {
            using DuplexCall<IngestRequest, IngestReply> call = channel.Duplex(ingest);
            call.Complete();
            return (await Assert.ThrowsAsync<RpcException>(async () => await call.ReadAsync())).Status;
        }
    }

    [Fact]
    public async Task Control_frames_beyond_the_limit_are_read_later()
    {
        await using JsonServer server = await JsonServer.StartAsync(new ServerOptions { MaxControlFramesPerSecond = KestrelLimits.MinMaxControlFramesPerSecond });
        using TcpClient client = new(server.GrpcAddress.Host, server.GrpcAddress.Port);
        NetworkStream wire = client.GetStream();

        // More than a second's worth, which is all that a connection may have saved up, however late it is read.
        const int pings = 6 * KestrelLimits.MinMaxControlFramesPerSecond / 5;
        byte[] ping = [0, 0, 8, 6, 0, 0, 0, 0, 0, .. new byte[8]];
        await wire.WriteAsync((byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0, .. Enumerable.Repeat(ping, pings).SelectMany(frame => frame)]);
        byte[] head = new byte[9];
        for (int answered = 0; answered < pings;)
        {
            await wire.ReadExactlyAsync(head);
            await wire.ReadExactlyAsync(new byte[(head[0] << 16) | (head[1] << 8) | head[2]]);
            if (head[3] == 6) answered++;
        }

        Assert.Contains("\nrpc_server_connection_pauses_total ", (await server.GetAsync("metrics")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bucket_gives_its_burst_and_then_its_rate()
    {
        StoppedClock clock = new();
        TokenBucket bucket = new(perSecond: 2, burst: 3, clock);
        for (int i = 0; i < 3; i++) Assert.True(bucket.TryTake(out _));
        Assert.False(bucket.TryTake(out TimeSpan pause));
        Assert.Equal(TimeSpan.FromSeconds(0.5), pause);
        clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.True(bucket.TryTake(out _));
        Assert.False(bucket.TryTake(out _));
        clock.Advance(TimeSpan.FromDays(1));
        for (int i = 0; i < 3; i++) Assert.True(bucket.TryTake(out _));
        Assert.False(bucket.TryTake(out _));
    }
}
