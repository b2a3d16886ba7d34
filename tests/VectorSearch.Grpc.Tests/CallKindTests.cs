using Google.Protobuf;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class CallKindTests
{
    private static readonly int[] Sizes = [31415, 9, 2653, 58979];

    [Fact]
    public async Task An_empty_message_goes_both_ways()
    {
        await using TestServer server = await TestServer.StartAsync();
        Assert.Equal(new Empty(), await server.Channel.UnaryAsync(TestServer.EmptyCall, new Empty()));
    }

    [Fact]
    public async Task Large_messages_pass_the_flow_control_windows()
    {
        await using TestServer server = await TestServer.StartAsync();
        SimpleResponse reply = await server.Channel.UnaryAsync(TestServer.UnaryCall, TestServer.Request(payload: 3_000_000, replySize: 3_500_000));
        Assert.Equal(3_500_000, reply.Payload.Body.Length);
    }

    [Fact]
    public async Task A_server_stream_gives_its_replies_in_order()
    {
        await using TestServer server = await TestServer.StartAsync();
        var request = new StreamingOutputCallRequest();
        request.ResponseParameters.AddRange(Sizes.Select(size => new ResponseParameters { Size = size }));
        var received = new List<int>();
        await foreach (StreamingOutputCallResponse reply in server.Channel.ServerStream(TestServer.OutputCall, request)) received.Add(reply.Payload.Body.Length);
        Assert.Equal(Sizes, received);
    }

    [Fact]
    public async Task A_client_stream_ends_with_one_reply()
    {
        await using TestServer server = await TestServer.StartAsync();
        using ClientStreamCall<StreamingInputCallRequest, StreamingInputCallResponse> call = server.Channel.ClientStream(TestServer.InputCall);
        foreach (int size in (int[])[27182, 8, 1828, 45904])
            await call.WriteAsync(new StreamingInputCallRequest { Payload = new Payload { Body = ByteString.CopyFrom(new byte[size]) } });
        Assert.Equal(74922, (await call.CompleteAsync()).AggregatedPayloadSize);
    }

    [Fact]
    public async Task A_write_that_fails_in_a_duplex_call_leaves_the_status_to_its_reader()
    {
        await using TestServer server = await TestServer.StartAsync();
        using DuplexCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = server.Channel.Duplex(TestServer.DuplexCall);
        await call.WriteAsync(new StreamingOutputCallRequest { ResponseStatus = new EchoStatus { Code = (int)GrpcStatusCode.FailedPrecondition, Message = "ended" } });
        StreamingOutputCallRequest late = new() { Payload = new Payload { Body = ByteString.CopyFrom(new byte[100_000]) } };
        RpcException? failed = null;
        while (failed is null) failed = await Record.ExceptionAsync(async () => await call.WriteAsync(late)) as RpcException;
        RpcException ended = await Assert.ThrowsAsync<RpcException>(async () => await call.ReadAsync());
        Assert.Equal((GrpcStatusCode.FailedPrecondition, "ended"), (ended.Status.Code, ended.Status.Message));
    }

    [Fact]
    public async Task A_duplex_call_answers_each_request_before_the_next_is_sent()
    {
        await using TestServer server = await TestServer.StartAsync();
        using DuplexCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = server.Channel.Duplex(TestServer.DuplexCall);
        foreach (int size in Sizes)
        {
            await call.WriteAsync(new StreamingOutputCallRequest { ResponseParameters = { new ResponseParameters { Size = size } } });
            Assert.Equal(size, (await call.ReadAsync())!.Payload.Body.Length);
        }

        call.Complete();
        Assert.Null(await call.ReadAsync());
    }

    [Fact]
    public async Task A_duplex_call_without_messages_ends_well()
    {
        await using TestServer server = await TestServer.StartAsync();
        using DuplexCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = server.Channel.Duplex(TestServer.DuplexCall);
        call.Complete();
        Assert.Null(await call.ReadAsync());
    }

    [Fact]
    public async Task Calls_share_a_channel()
    {
        await using TestServer server = await TestServer.StartAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, 500), async (size, token) =>
        {
            SimpleResponse reply = await server.Channel.UnaryAsync(TestServer.UnaryCall, TestServer.Request(replySize: size), null, token);
            Assert.Equal(size, reply.Payload.Body.Length);
        });
    }

    [Fact]
    public void A_method_is_not_taken_for_one_of_another_kind_or_with_other_messages()
    {
        using var channel = new GrpcChannel(new Uri("http://127.0.0.1:1"));
        Assert.Throws<ArgumentException>(() => channel.Duplex(TestServer.OutputCall));
        Assert.Throws<ArgumentException>(() => new GrpcMethod<Empty, Empty>(TestServer.Service, "UnaryCall"));
        ArgumentException unknown = Assert.Throws<ArgumentException>(() => new GrpcMethod<Empty, Empty>(TestServer.Service, "EmptyCal"));
        Assert.Contains("EmptyCall", unknown.Message, StringComparison.Ordinal);
    }
}
