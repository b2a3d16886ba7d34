using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Collects the services of a server.</summary>
public sealed class GrpcServerBuilder
{
    private readonly IEndpointRouteBuilder _endpoints;
    private readonly ILogger _log;
    private readonly CallDispatcher _dispatcher;
    private readonly List<ServiceDescriptor> _services = [];

    internal GrpcServerBuilder(IEndpointRouteBuilder endpoints, GrpcServerOptions options, ILogger log, CallDispatcher dispatcher)
    {
        _dispatcher = dispatcher;
        _endpoints = endpoints;
        Options = options;
        _log = log;
    }

    internal GrpcServerOptions Options { get; }

    /// <summary>The services so far.</summary>
    internal IReadOnlyList<ServiceDescriptor> Services => _services;

    /// <summary>Adds a service. Methods of its descriptor that get no handler are unimplemented.</summary>
    /// <param name="service">From the generated code, as <c>PointsReflection.Descriptor.Services[0]</c>.</param>
    /// <param name="configure">Gives its methods their handlers.</param>
    /// <exception cref="ArgumentException">The service was added before, or has no such method.</exception>
    public GrpcServerBuilder Service(ServiceDescriptor service, Action<GrpcServiceBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(configure);
        if (_services.Exists(known => known.FullName == service.FullName))
            throw new ArgumentException($"Service {service.FullName} was added before.", nameof(service));
        _services.Add(service);
        configure(new GrpcServiceBuilder(service, _endpoints, Options, _log, _dispatcher));
        return this;
    }

    /// <summary>Adds the standard health service (<c>grpc.health.v1.Health</c>: Check, List, Watch).</summary>
    /// <param name="registry">Which services take calls.</param>
    public GrpcServerBuilder Health(HealthRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        new HealthService(registry).AddTo(this);
        return this;
    }

    /// <summary>
    /// Adds the standard reflection service (<c>grpc.reflection.v1</c> and <c>v1alpha</c>), by which tools learn of all
    /// services of this server and their messages.
    /// </summary>
    public GrpcServerBuilder Reflection()
    {
        new ReflectionService(this).Add();
        return this;
    }
}
