using VectorSearch.Grpc.Kestrel;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class CancellationTests
{
    [Fact]
    public async Task Cancelling_a_unary_call_reaches_the_handler()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestServer server = await TestServer.StartUnaryAsync(async (_, call) =>
        {
            call.CancellationToken.Register(cancelled.SetResult);
            entered.SetResult();
            await Task.Delay(Timeout.Infinite, call.CancellationToken);
            return new SimpleResponse();
        });
        using var cancel = new CancellationTokenSource();
        Task<SimpleResponse> reply = server.Channel.UnaryAsync(TestServer.UnaryCall, new SimpleRequest(), cancellationToken: cancel.Token);
        await entered.Task;
        await cancel.CancelAsync();
        Assert.Equal(GrpcStatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => reply)).Code);
        await cancelled.Task;
    }

    [Fact]
    public async Task Cancelling_before_the_first_message_ends_a_client_stream()
    {
        await using TestServer server = await TestServer.StartAsync();
        using var cancel = new CancellationTokenSource();
        using ClientStreamCall<StreamingInputCallRequest, StreamingInputCallResponse> call =
            server.Channel.ClientStream(TestServer.InputCall, cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        Assert.Equal(GrpcStatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(call.CompleteAsync)).Code);
    }

    [Fact]
    public async Task Cancelling_after_the_first_reply_ends_a_duplex_call()
    {
        await using TestServer server = await TestServer.StartAsync();
        using var cancel = new CancellationTokenSource();
        using DuplexCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call =
            server.Channel.Duplex(TestServer.DuplexCall, cancellationToken: cancel.Token);
        await call.WriteAsync(new StreamingOutputCallRequest { ResponseParameters = { new ResponseParameters { Size = 1 } } });
        Assert.NotNull(await call.ReadAsync());
        await cancel.CancelAsync();
        Assert.Equal(GrpcStatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(async () => await call.ReadAsync())).Code);
    }

    [Fact]
    public async Task Leaving_the_loop_over_replies_cancels_the_handler()
    {
        var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestServer server = await TestServer.StartAsync(grpc => grpc.Service(TestServer.Service, service => service
            .ServerStream<StreamingOutputCallRequest, StreamingOutputCallResponse>("StreamingOutputCall", async (_, replies, call) =>
            {
                using CancellationTokenRegistration registration = call.CancellationToken.Register(() => ended.TrySetResult(true));
                while (true) await replies.WriteAsync(new StreamingOutputCallResponse { Payload = TestServer.Request(1000).Payload });
            })));
        await foreach (StreamingOutputCallResponse reply in server.Channel.ServerStream(TestServer.OutputCall, new StreamingOutputCallRequest()))
        {
            Assert.Equal(1000, reply.Payload.Body.Length);
            break;
        }

        Assert.True(await ended.Task);
    }

    [Fact]
    public async Task A_stream_that_sends_nothing_is_ended_by_the_server()
    {
        await using TestServer server = await TestServer.StartAsync(new GrpcServerOptions { StreamIdleTimeout = TimeSpan.FromMilliseconds(50) });
        using DuplexCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = server.Channel.Duplex(TestServer.DuplexCall);
        RpcException fault = await Assert.ThrowsAsync<RpcException>(async () => await call.ReadAsync());
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, fault.Code);
        Assert.Contains("0.05 s", fault.Status.Message, StringComparison.Ordinal);
    }
}
