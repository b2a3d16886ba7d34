using Google.Protobuf;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// Looks at each request message after it was read and before its handler gets it: what is asked for is only known
/// then. It may change the message, may make the call wait, and may refuse it by <see cref="ServerCall.Refuse"/> or by
/// throwing an <see cref="RpcException"/>.
/// </summary>
public interface IRequestInspector
{
    /// <summary>Looks at one message; called once for each message of a stream, in order.</summary>
    /// <param name="call">The call, past its <see cref="ICallInterceptor"/>s.</param>
    /// <param name="request">The message, owned by the call.</param>
    ValueTask InspectAsync(ServerCall call, IMessage request);
}
