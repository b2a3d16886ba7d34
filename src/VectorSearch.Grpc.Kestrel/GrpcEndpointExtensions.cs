using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Maps gRPC services to the endpoints of an application.</summary>
public static class GrpcEndpointExtensions
{
    /// <summary>
    /// Maps services. Paths that none of them has are answered with <see cref="GrpcStatusCode.Unimplemented"/> when the
    /// request is gRPC, so it is called once for an application.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="options">Limits and hooks.</param>
    /// <param name="configure">Adds the services.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or a service or method is wrong.</exception>
    public static void MapGrpc(this IEndpointRouteBuilder endpoints, GrpcServerOptions options, Action<GrpcServerBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configure);
        options.Validate();
        ILoggerFactory logs = endpoints.ServiceProvider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
        var dispatcher = new CallDispatcher();
        var builder = new GrpcServerBuilder(endpoints, options, logs.CreateLogger(CallLog.Category), dispatcher);
        configure(builder);
        if (endpoints is IApplicationBuilder application) dispatcher.Use(application);
        endpoints.MapPost("{**path}", (RequestDelegate)(http => RefuseUnknownAsync(http).AsTask())).WithOrder(int.MaxValue).WithDisplayName("gRPC: unimplemented");
    }

    private static ValueTask RefuseUnknownAsync(HttpContext http)
    {
        GrpcStatus status = new(GrpcStatusCode.Unimplemented, $"This server has no method {http.Request.Path}.");
        if (!ProtocolSelection.IsGrpc(http.Request.ContentType)) return ConnectError.WriteAsync(http.Response, status, StatusCodes.Status404NotFound);
        if (ProtocolSelection.Choose(http, GrpcMethodKind.Unary) is null) return ProtocolSelection.RefuseAsync(http, GrpcMethodKind.Unary);
        http.Response.Headers.ContentType = http.Request.ContentType;
        ResponseMetadata.AppendStatus(http.Response.Headers, status);
        return ValueTask.CompletedTask;
    }

    private static IEndpointConventionBuilder WithOrder(this IEndpointConventionBuilder builder, int order)
    {
        builder.Add(endpoint => ((RouteEndpointBuilder)endpoint).Order = order);
        return builder;
    }
}
