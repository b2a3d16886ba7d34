using VectorSearch.Grpc.Kestrel;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class DrainTests
{
    [Fact]
    public async Task A_unary_call_under_way_is_finished_and_health_says_that_the_server_leaves()
    {
        var health = new HealthRegistry();
        using var drain = new GrpcDrain(health);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestServer server = await TestServer.StartUnaryAsync(
            async (_, call) =>
            {
                entered.SetResult();
                using CancellationTokenRegistration told = call.Stopping.Register(release.SetResult);
                await release.Task;
                return new SimpleResponse { Username = "finished" };
            },
            new GrpcServerOptions { Drain = drain });
        health.Set(HealthRegistry.Server, serving: true);
        Task<SimpleResponse> reply = server.Channel.UnaryAsync(TestServer.UnaryCall, new SimpleRequest());
        await entered.Task;
        Task stopped = server.StopAsync();
        Assert.Equal("finished", (await reply).Username);
        await stopped;
        Assert.False(health.IsServing(HealthRegistry.Server));
    }

    [Fact]
    public async Task A_stream_that_goes_on_ends_with_unavailable()
    {
        using var drain = new GrpcDrain(new HealthRegistry()) { StreamGracePeriod = TimeSpan.FromMilliseconds(20) };
        await using TestServer server = await TestServer.StartAsync(new GrpcServerOptions { Drain = drain });
        using DuplexCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = server.Channel.Duplex(TestServer.DuplexCall);
        await call.WriteAsync(new StreamingOutputCallRequest { ResponseParameters = { new ResponseParameters { Size = 1 } } });
        Assert.NotNull(await call.ReadAsync());
        Task stopped = server.StopAsync();
        RpcException fault = await Assert.ThrowsAsync<RpcException>(async () => await call.ReadAsync());
        Assert.Equal(new GrpcStatus(GrpcStatusCode.Unavailable, "The server is shutting down."), fault.Status);
        await stopped;
    }
}
