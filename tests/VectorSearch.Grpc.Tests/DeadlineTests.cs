using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class DeadlineTests
{
    private static readonly GrpcCallOptions Short = new() { Timeout = TimeSpan.FromMilliseconds(20) };

    [Fact]
    public async Task A_call_that_takes_too_long_ends_at_its_deadline_on_both_sides()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool entered = false;
        await using TestServer server = await TestServer.StartUnaryAsync(async (_, call) =>
        {
            entered = true;
            call.CancellationToken.Register(() => cancelled.TrySetResult());
            await Task.Delay(Timeout.Infinite, call.CancellationToken);
            return new SimpleResponse();
        });
        // On a busy machine a deadline may pass before its call reaches the handler; then a longer one is tried.
        for (int milliseconds = 20; !entered; milliseconds *= 2)
        {
            var options = new GrpcCallOptions { Timeout = TimeSpan.FromMilliseconds(milliseconds) };
            RpcException fault = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(TestServer.UnaryCall, new SimpleRequest(), options));
            Assert.Equal(GrpcStatusCode.DeadlineExceeded, fault.Code);
        }

        await cancelled.Task;
    }

    [Fact]
    public async Task The_handler_knows_the_deadline()
    {
        DateTimeOffset? deadline = null;
        await using TestServer server = await TestServer.StartUnaryAsync((_, call) =>
        {
            deadline = call.Deadline;
            return Task.FromResult(new SimpleResponse());
        });
        DateTimeOffset before = DateTimeOffset.UtcNow;
        await server.Channel.UnaryAsync(TestServer.UnaryCall, new SimpleRequest(), new GrpcCallOptions { Timeout = TimeSpan.FromHours(1) });
        Assert.InRange(deadline!.Value, before, DateTimeOffset.UtcNow.AddHours(1));

        await server.Channel.UnaryAsync(TestServer.UnaryCall, new SimpleRequest());
        Assert.Null(deadline);
    }

    [Fact]
    public async Task The_server_itself_answers_at_the_deadline_even_if_the_handler_does_not_look()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestServer server = await TestServer.StartUnaryAsync(async (_, _) =>
        {
            await release.Task;
            return new SimpleResponse();
        });
        RawResponse response = await PostWithTimeoutAsync(server);
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, response.Code);
        release.SetResult();
    }

    [Fact]
    public async Task A_stream_that_does_not_look_is_answered_too_and_may_write_no_more()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool hasReplied = false;
        await using TestServer server = await TestServer.StartAsync(grpc => grpc.Service(TestServer.Service, service => service
            .ServerStream<StreamingOutputCallRequest, StreamingOutputCallResponse>("StreamingOutputCall", async (_, replies, _) =>
            {
                await replies.WriteAsync(new StreamingOutputCallResponse());
                Volatile.Write(ref hasReplied, true);
                await release.Task;
                ended.TrySetResult(await Record.ExceptionAsync(async () => await replies.WriteAsync(new StreamingOutputCallResponse())));
            })));
        // On a busy machine a deadline may pass before the first reply; then a longer one is tried.
        RawResponse response;
        int milliseconds = 100;
        do
        {
            response = await server.PostAsync(
                TestServer.OutputCall.Path, TestServer.Frame(new StreamingOutputCallRequest()), headers: ("grpc-timeout", $"{milliseconds *= 2}m"));
            Assert.Equal(GrpcStatusCode.DeadlineExceeded, response.Code);
        }
        while (!Volatile.Read(ref hasReplied) || response.Body.Length == 0);
        Assert.Equal(MessageFrame.PrefixSize, response.Body.Length);
        release.SetResult();
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, Assert.IsType<RpcException>(await ended.Task).Code);
    }

    [Fact]
    public async Task Waiting_for_the_callers_messages_ends_at_the_deadline()
    {
        await using TestServer server = await TestServer.StartAsync();
        using ClientStreamCall<StreamingInputCallRequest, StreamingInputCallResponse> call = server.Channel.ClientStream(TestServer.InputCall, Short);
        RpcException fault = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            // Whichever side sees the deadline first: the caller's own ends the wait for headers, the server's comes as a
            // reply of headers only, whose status the completion tells.
            await call.HeadersAsync();
            await call.CompleteAsync();
        });
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, fault.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("S")]
    [InlineData("-1S")]
    [InlineData("123456789S")]
    [InlineData("1.5S")]
    [InlineData("5x")]
    [InlineData("5 S")]
    [InlineData("five S")]
    public async Task A_timeout_that_is_none_is_refused(string timeout)
    {
        await using TestServer server = await TestServer.StartAsync();
        RawResponse response = await server.PostAsync(TestServer.EmptyCall.Path, TestServer.Frame(new Empty()), headers: ("grpc-timeout", timeout));
        Assert.Equal(timeout.Length == 0 ? GrpcStatusCode.Ok : GrpcStatusCode.Internal, response.Code);
    }

    [Theory]
    [InlineData("99999999H")]
    [InlineData("1S")]
    [InlineData("99999999n")]
    public async Task The_longest_and_the_finest_timeouts_are_taken(string timeout)
    {
        await using TestServer server = await TestServer.StartAsync();
        RawResponse response = await server.PostAsync(TestServer.EmptyCall.Path, TestServer.Frame(new Empty()), headers: ("grpc-timeout", timeout));

        // The finest may pass before the call is answered; a timeout that is none would be INTERNAL.
        Assert.Contains(response.Code, (GrpcStatusCode[])[GrpcStatusCode.Ok, GrpcStatusCode.DeadlineExceeded]);
    }

    [Fact]
    public async Task Many_short_deadlines_leave_nothing_behind()
    {
        int running = 0;
        await using TestServer server = await TestServer.StartUnaryAsync(async (_, call) =>
        {
            Interlocked.Increment(ref running);
            try
            {
                await Task.Delay(Timeout.Infinite, call.CancellationToken);
                return new SimpleResponse();
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }
        });
        await Parallel.ForEachAsync(Enumerable.Range(0, Testing.TestScale.Pick(100, 1000)), async (i, token) =>
        {
            var options = new GrpcCallOptions { Timeout = TimeSpan.FromMilliseconds(1 + (i % 20)) };
            RpcException fault = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(TestServer.UnaryCall, new SimpleRequest(), options, token));
            Assert.Equal(GrpcStatusCode.DeadlineExceeded, fault.Code);
        });
        SpinWait.SpinUntil(() => Volatile.Read(ref running) == 0, TimeSpan.FromSeconds(30));
        Assert.Equal(0, Volatile.Read(ref running));
    }

    private static Task<RawResponse> PostWithTimeoutAsync(TestServer server) =>
        server.PostAsync(TestServer.UnaryCall.Path, TestServer.Frame(new SimpleRequest()), headers: ("grpc-timeout", "20m"));
}
