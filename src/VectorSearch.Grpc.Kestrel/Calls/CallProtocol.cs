using Google.Protobuf;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>How calls look in HTTP: gRPC itself, gRPC-Web, or the Connect form of unary calls. Stateless.</summary>
internal abstract class CallProtocol
{
    /// <summary>Reads the request's headers: deadline, encodings, metadata.</summary>
    /// <exception cref="RpcException">A header is not what the protocol says.</exception>
    internal abstract void Begin(ServerCall call);

    /// <summary>The only message of the request.</summary>
    internal abstract ValueTask<T> ReadSingleAsync<T>(ServerCall call, MessageParser<T> parser) where T : class, IMessage<T>;

    /// <summary>Puts the headers into the response that is about to start.</summary>
    internal abstract void WriteHeaders(ServerCall call, GrpcMetadata? headers);

    /// <summary>Puts one message into the response's buffer.</summary>
    internal abstract void WriteMessage(ServerCall call, IMessage message, bool compress);

    /// <summary>Ends the response with a status, whether or not it has started.</summary>
    internal abstract ValueTask EndAsync(ServerCall call, GrpcStatus status);
}
