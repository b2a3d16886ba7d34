using VectorSearch.Grpc.Kestrel;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class MaxMessageSizeTests
{
    private const int Limit = GrpcServerOptions.DefaultMaxReceiveMessageSize;

    [Fact]
    public async Task A_message_of_exactly_the_limit_passes()
    {
        await using TestServer server = await TestServer.StartAsync();
        SimpleRequest request = TestServer.Request(Limit);
        SimpleRequest exact = TestServer.Request(Limit - (request.CalculateSize() - Limit));
        Assert.Equal(Limit, exact.CalculateSize());
        await server.Channel.UnaryAsync(TestServer.UnaryCall, exact);
    }

    [Fact]
    public async Task One_byte_more_is_refused_and_the_channel_stays_usable()
    {
        await using TestServer server = await TestServer.StartAsync();
        SimpleRequest request = TestServer.Request(Limit);
        RpcException fault = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(TestServer.UnaryCall, request));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, fault.Code);
        Assert.Contains("4194304", fault.Status.Message, StringComparison.Ordinal);
        await server.Channel.UnaryAsync(TestServer.EmptyCall, new Empty());
    }

    [Fact]
    public async Task The_prefix_alone_is_enough_to_refuse()
    {
        await using TestServer server = await TestServer.StartAsync();
        RawResponse response = await server.PostAsync(TestServer.UnaryCall.Path, TestServer.Frame(0, uint.MaxValue));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, response.Code);
    }

    [Fact]
    public async Task The_messages_of_a_client_stream_have_a_limit_together()
    {
        await using TestServer server = await TestServer.StartAsync(new GrpcServerOptions { MaxRequestStreamSize = 10_000 });
        using ClientStreamCall<StreamingInputCallRequest, StreamingInputCallResponse> call = server.Channel.ClientStream(TestServer.InputCall);
        RpcException fault = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            for (int i = 0; i < 3; i++) await call.WriteAsync(new StreamingInputCallRequest { Payload = TestServer.Request(4_000).Payload });
            await call.CompleteAsync();
        });
        Assert.Equal(GrpcStatusCode.ResourceExhausted, fault.Code);
    }

    [Fact]
    public async Task A_method_may_have_its_own_limit()
    {
        await using TestServer server = await TestServer.StartAsync(grpc => grpc.Service(TestServer.Service, service => service
            .Unary<SimpleRequest, SimpleResponse>(
                "UnaryCall", (_, _) => Task.FromResult(new SimpleResponse()), new GrpcMethodOptions { MaxReceiveMessageSize = 100 })));
        await server.Channel.UnaryAsync(TestServer.UnaryCall, TestServer.Request(80));
        RpcException fault = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(TestServer.UnaryCall, TestServer.Request(101)));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, fault.Code);
    }

    [Fact]
    public async Task A_reply_over_the_callers_limit_is_not_read()
    {
        await using TestServer server = await TestServer.StartAsync(channel: new GrpcChannelOptions { MaxReceiveMessageSize = 1000 });
        RpcException fault = await Assert.ThrowsAsync<RpcException>(
            () => server.Channel.UnaryAsync(TestServer.UnaryCall, TestServer.Request(replySize: 1001)));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, fault.Code);
        await server.Channel.UnaryAsync(TestServer.EmptyCall, new Empty());
    }

    [Fact]
    public async Task A_reply_over_the_servers_limit_is_not_sent()
    {
        await using TestServer server = await TestServer.StartAsync(new GrpcServerOptions { MaxSendMessageSize = 1000 });
        RpcException fault = await Assert.ThrowsAsync<RpcException>(
            () => server.Channel.UnaryAsync(TestServer.UnaryCall, TestServer.Request(replySize: 1001)));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, fault.Code);
    }

    [Fact]
    public async Task A_request_over_the_callers_own_limit_is_not_sent()
    {
        await using TestServer server = await TestServer.StartAsync(channel: new GrpcChannelOptions { MaxSendMessageSize = 1000 });
        RpcException fault = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(TestServer.UnaryCall, TestServer.Request(1001)));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, fault.Code);
    }
}
