using VectorSearch.Grpc.HealthModel;
using ServingStatus = VectorSearch.Grpc.HealthModel.HealthCheckResponse.Types.ServingStatus;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>The standard health service, <c>grpc.health.v1.Health</c>.</summary>
internal sealed class HealthService(HealthRegistry registry)
{
    // A list reply is for people and small fleets; past this the caller must ask by name.
    private const int MaxListed = 100;

    internal void AddTo(GrpcServerBuilder server) => server.Service(HealthReflection.Descriptor.Services[0], service => service
        .Unary<HealthCheckRequest, HealthCheckResponse>("Check", CheckAsync)
        .Unary<HealthListRequest, HealthListResponse>("List", ListAsync)
        .ServerStream<HealthCheckRequest, HealthCheckResponse>("Watch", WatchAsync));

    private Task<HealthCheckResponse> CheckAsync(HealthCheckRequest request, ServerCall call) =>
        registry.Look(request.Service).Status is { } status
            ? Task.FromResult(new HealthCheckResponse { Status = status })
            : throw new RpcException(GrpcStatusCode.NotFound, $"This server has no service '{request.Service}'.");

    private Task<HealthListResponse> ListAsync(HealthListRequest request, ServerCall call)
    {
        IReadOnlyDictionary<string, ServingStatus> states = registry.Snapshot();
        if (states.Count > MaxListed)
            throw new RpcException(GrpcStatusCode.ResourceExhausted, $"There are {states.Count} services, and a list has at most {MaxListed}.");
        var reply = new HealthListResponse();
        foreach ((string name, ServingStatus status) in states) reply.Statuses[name] = new HealthCheckResponse { Status = status };
        return Task.FromResult(reply);
    }

    private async Task WatchAsync(HealthCheckRequest request, MessageStreamWriter<HealthCheckResponse> replies, ServerCall call)
    {
        ServingStatus? sent = null;
        while (true)
        {
            // Looked at before the write: a change during the write ends the wait at once.
            (ServingStatus? now, Task changed) = registry.Look(request.Service);
            ServingStatus status = now ?? ServingStatus.ServiceUnknown;
            if (status != sent) await replies.WriteAsync(new HealthCheckResponse { Status = status });
            sent = status;
            await changed.WaitAsync(call.CancellationToken);
        }
    }
}
