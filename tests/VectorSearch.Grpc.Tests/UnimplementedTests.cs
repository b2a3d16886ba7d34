using System.Net;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class UnimplementedTests
{
    [Fact]
    public async Task A_method_without_a_handler_is_unimplemented()
    {
        await using TestServer server = await TestServer.StartAsync();
        var method = new GrpcMethod<Empty, Empty>(TestServer.Service, "UnimplementedCall");
        RpcException fault = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(method, new Empty()));
        Assert.Equal(GrpcStatusCode.Unimplemented, fault.Code);
        Assert.Contains(method.Path, fault.Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_was_not_added_is_unimplemented()
    {
        await using TestServer server = await TestServer.StartAsync();
        var method = new GrpcMethod<Empty, Empty>(
            TestReflection.Descriptor.FindTypeByName<Google.Protobuf.Reflection.ServiceDescriptor>("UnimplementedService"), "UnimplementedCall");
        RpcException fault = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(method, new Empty()));
        Assert.Equal(GrpcStatusCode.Unimplemented, fault.Code);
    }

    [Fact]
    public async Task A_path_that_is_no_call_is_http_404()
    {
        await using TestServer server = await TestServer.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync("/favicon", [], "text/plain")).Status);
    }
}
