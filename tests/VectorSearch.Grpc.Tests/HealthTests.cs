using VectorSearch.Grpc.HealthModel;
using VectorSearch.Grpc.Kestrel;
using ServingStatus = VectorSearch.Grpc.HealthModel.HealthCheckResponse.Types.ServingStatus;

namespace VectorSearch.Grpc.Tests;

public class HealthTests
{
    private static readonly GrpcMethod<HealthCheckRequest, HealthCheckResponse> Check = new(HealthReflection.Descriptor.Services[0], "Check");
    private static readonly GrpcMethod<HealthCheckRequest, HealthCheckResponse> Watch = new(HealthReflection.Descriptor.Services[0], "Watch");
    private static readonly GrpcMethod<HealthListRequest, HealthListResponse> List = new(HealthReflection.Descriptor.Services[0], "List");

    [Fact]
    public async Task A_server_serves_when_it_says_so()
    {
        var health = new HealthRegistry();
        await using TestServer server = await TestServer.StartAsync(grpc => grpc.Health(health));
        Assert.Equal(ServingStatus.NotServing, (await server.Channel.UnaryAsync(Check, new HealthCheckRequest())).Status);
        health.Set(HealthRegistry.Server, serving: true);
        Assert.Equal(ServingStatus.Serving, (await server.Channel.UnaryAsync(Check, new HealthCheckRequest())).Status);
    }

    [Fact]
    public async Task An_unknown_service_is_not_found()
    {
        await using TestServer server = await TestServer.StartAsync(grpc => grpc.Health(new HealthRegistry()));
        RpcException fault = await Assert.ThrowsAsync<RpcException>(
            () => server.Channel.UnaryAsync(Check, new HealthCheckRequest { Service = "films" }));
        Assert.Equal(GrpcStatusCode.NotFound, fault.Code);
    }

    [Fact]
    public async Task A_list_has_every_service()
    {
        var health = new HealthRegistry();
        health.Set("a.A", serving: true);
        health.Set("b.B", serving: false);
        await using TestServer server = await TestServer.StartAsync(grpc => grpc.Health(health));
        HealthListResponse list = await server.Channel.UnaryAsync(List, new HealthListRequest());
        Assert.Equal(ServingStatus.Serving, list.Statuses["a.A"].Status);
        Assert.Equal(ServingStatus.NotServing, list.Statuses["b.B"].Status);
        Assert.Equal(3, list.Statuses.Count);
    }

    [Fact]
    public async Task A_watcher_is_told_of_each_change_even_of_a_service_that_comes_later()
    {
        var health = new HealthRegistry();
        await using TestServer server = await TestServer.StartAsync(grpc => grpc.Health(health));
        using ServerStreamCall<HealthCheckResponse> watch = server.Channel.ServerStream(Watch, new HealthCheckRequest { Service = "films" });
        Assert.Equal(ServingStatus.ServiceUnknown, (await watch.ReadAsync())!.Status);
        health.Set("others", serving: true);
        health.Set("films", serving: true);
        Assert.Equal(ServingStatus.Serving, (await watch.ReadAsync())!.Status);
        health.Set("films", serving: false);
        Assert.Equal(ServingStatus.NotServing, (await watch.ReadAsync())!.Status);
    }

    [Fact]
    public void Nothing_serves_again_after_the_drain()
    {
        var health = new HealthRegistry();
        health.Set("films", serving: true);
        health.Drain();
        Assert.False(health.IsServing("films"));
        health.Set("films", serving: true);
        Assert.False(health.IsServing("films"));
        Assert.Null(health.IsServing("others"));
    }
}
