using Google.Protobuf;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Runs one kind of method: reads what the handler needs, calls it, writes what it gives.</summary>
internal abstract class CallHandler(GrpcMethod method)
{
    internal GrpcMethod Method { get; } = method;

    internal abstract Task HandleAsync(ServerCall call);
}

/// <summary>One request, one reply.</summary>
internal sealed class UnaryHandler<TRequest, TReply>(GrpcMethod<TRequest, TReply> method, Func<TRequest, ServerCall, Task<TReply>> handler)
    : CallHandler(method)
    where TRequest : class, IMessage<TRequest>
    where TReply : class, IMessage<TReply>
{
    internal override async Task HandleAsync(ServerCall call)
    {
        if (await call.ReadSingleAsync(method.RequestParser) is not { } request) return;
        TReply reply = await handler(request, call);
        if (call.TryAnswer(reply)) await call.WriteAsync(reply, compress: null, isLast: true);
    }
}

/// <summary>One request, any number of replies.</summary>
internal sealed class ServerStreamHandler<TRequest, TReply>(
    GrpcMethod<TRequest, TReply> method, Func<TRequest, MessageStreamWriter<TReply>, ServerCall, Task> handler)
    : CallHandler(method)
    where TRequest : class, IMessage<TRequest>
    where TReply : class, IMessage<TReply>
{
    internal override async Task HandleAsync(ServerCall call)
    {
        if (await call.ReadSingleAsync(method.RequestParser) is not { } request) return;
        await handler(request, new MessageStreamWriter<TReply>(call), call);
    }
}

/// <summary>Any number of requests, one reply.</summary>
internal sealed class ClientStreamHandler<TRequest, TReply>(
    GrpcMethod<TRequest, TReply> method, Func<MessageStreamReader<TRequest>, ServerCall, Task<TReply>> handler)
    : CallHandler(method)
    where TRequest : class, IMessage<TRequest>
    where TReply : class, IMessage<TReply>
{
    internal override async Task HandleAsync(ServerCall call)
    {
        TReply reply = await handler(new MessageStreamReader<TRequest>(call, method.RequestParser), call);
        await call.WriteAsync(reply, compress: null, isLast: true);
    }
}

/// <summary>Any number each way.</summary>
internal sealed class DuplexHandler<TRequest, TReply>(
    GrpcMethod<TRequest, TReply> method, Func<MessageStreamReader<TRequest>, MessageStreamWriter<TReply>, ServerCall, Task> handler)
    : CallHandler(method)
    where TRequest : class, IMessage<TRequest>
    where TReply : class, IMessage<TReply>
{
    internal override Task HandleAsync(ServerCall call) =>
        handler(new MessageStreamReader<TRequest>(call, method.RequestParser), new MessageStreamWriter<TReply>(call), call);
}
