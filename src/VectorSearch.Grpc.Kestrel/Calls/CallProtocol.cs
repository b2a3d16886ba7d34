using System.Diagnostics;
using Google.Protobuf;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>How calls look in HTTP: gRPC itself, gRPC-Web, or the Connect form of unary calls. Stateless.</summary>
internal abstract class CallProtocol
{
    /// <summary>Reads the request's headers: deadline, encodings, metadata.</summary>
    /// <exception cref="RpcException">A header is not what the protocol says.</exception>
    internal abstract void Begin(ServerCall call);

    /// <summary>The only message of the request.</summary>
    internal virtual ValueTask<T> ReadSingleAsync<T>(ServerCall call, MessageParser<T> parser) where T : class, IMessage<T> =>
        call.Reader.ReadSingleAsync(parser, call.ReadToken);

    /// <summary>Puts the call's headers into the response that is about to start.</summary>
    internal abstract void WriteHeaders(ServerCall call);

    /// <summary>Starts the response if it has not started, and puts one message into its buffer.</summary>
    internal virtual async ValueTask WriteMessageAsync(ServerCall call, IMessage message, bool compress)
    {
        if (!call.Http.Response.HasStarted) await call.StartResponseAsync();
        long started = Stopwatch.GetTimestamp();
        MessageFrame.Write(call.Http.Response.BodyWriter, message, compress, call.Options.MaxSendMessageSize);
        call.EncodeTicks += Stopwatch.GetTimestamp() - started;
    }

    /// <summary>Puts the status into the response, whether or not it has started; what is not sent yet goes when the response ends.</summary>
    internal abstract ValueTask EndAsync(ServerCall call, GrpcStatus status);
}
