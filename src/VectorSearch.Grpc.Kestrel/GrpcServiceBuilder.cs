using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Gives the methods of one service their handlers.</summary>
public sealed class GrpcServiceBuilder
{
    private readonly ServiceDescriptor _service;
    private readonly IEndpointRouteBuilder _endpoints;
    private readonly GrpcServerOptions _options;
    private readonly ILogger _log;
    private readonly CallDispatcher _dispatcher;
    private readonly HashSet<string> _methods = [];

    internal GrpcServiceBuilder(ServiceDescriptor service, IEndpointRouteBuilder endpoints, GrpcServerOptions options, ILogger log, CallDispatcher dispatcher)
    {
        _dispatcher = dispatcher;
        _service = service;
        _endpoints = endpoints;
        _options = options;
        _log = log;
    }

    /// <summary>A method with one request and one reply.</summary>
    /// <exception cref="ArgumentException">The service has no such method, it is of another kind, or has other messages.</exception>
    public GrpcServiceBuilder Unary<TRequest, TReply>(
        string name, Func<TRequest, ServerCall, Task<TReply>> handler, GrpcMethodOptions? options = null)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Map(new UnaryHandler<TRequest, TReply>(Method<TRequest, TReply>(name, GrpcMethodKind.Unary), handler), options);
    }

    /// <summary>A method with one request and any number of replies.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Unary"/>.</exception>
    public GrpcServiceBuilder ServerStream<TRequest, TReply>(
        string name, Func<TRequest, MessageStreamWriter<TReply>, ServerCall, Task> handler, GrpcMethodOptions? options = null)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Map(new ServerStreamHandler<TRequest, TReply>(Method<TRequest, TReply>(name, GrpcMethodKind.ServerStream), handler), options);
    }

    /// <summary>A method with any number of requests and one reply.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Unary"/>.</exception>
    public GrpcServiceBuilder ClientStream<TRequest, TReply>(
        string name, Func<MessageStreamReader<TRequest>, ServerCall, Task<TReply>> handler, GrpcMethodOptions? options = null)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Map(new ClientStreamHandler<TRequest, TReply>(Method<TRequest, TReply>(name, GrpcMethodKind.ClientStream), handler), options);
    }

    /// <summary>A method with any number of messages each way.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Unary"/>.</exception>
    public GrpcServiceBuilder Duplex<TRequest, TReply>(
        string name, Func<MessageStreamReader<TRequest>, MessageStreamWriter<TReply>, ServerCall, Task> handler, GrpcMethodOptions? options = null)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Map(new DuplexHandler<TRequest, TReply>(Method<TRequest, TReply>(name, GrpcMethodKind.Duplex), handler), options);
    }

    private GrpcMethod<TRequest, TReply> Method<TRequest, TReply>(string name, GrpcMethodKind kind)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        var method = new GrpcMethod<TRequest, TReply>(_service, name);
        method.RequireKind(kind);
        if (!_methods.Add(name)) throw new ArgumentException($"{method.Path} was given a handler before.", nameof(name));
        return method;
    }

    private GrpcServiceBuilder Map(CallHandler handler, GrpcMethodOptions? options)
    {
        var endpoint = new CallEndpoint(handler, _options, options, _log);
        _dispatcher.Add(handler.Method.Path, endpoint);
        _endpoints.MapPost(handler.Method.Path, endpoint.InvokeAsync).WithDisplayName($"gRPC: {handler.Method.Path}");
        return this;
    }
}
