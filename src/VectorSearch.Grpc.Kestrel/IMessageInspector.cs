using Google.Protobuf;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// Looks at each request message after it was read and before its handler gets it: what is asked for is only known
/// then; and at the reply of a unary handler before it is written. It may change a request, may make the call wait, and may
/// refuse it by <see cref="ServerCall.Refuse"/> or by throwing an <see cref="RpcException"/>.
/// </summary>
public interface IMessageInspector
{
    /// <summary>Looks at one message; called once for each message of a stream, in order.</summary>
    /// <param name="call">The call, past its <see cref="ICallInterceptor"/>s.</param>
    /// <param name="request">The message, owned by the call.</param>
    ValueTask InspectAsync(ServerCall call, IMessage request);

    /// <summary>
    /// Looks at the only reply of a call. Its handler is done; writing the reply takes as long as the caller takes to read it.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="reply">Its reply.</param>
    void Answered(ServerCall call, IMessage reply);
}
