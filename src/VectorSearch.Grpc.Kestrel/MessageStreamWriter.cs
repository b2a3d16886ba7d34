using Google.Protobuf;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Where a handler writes its replies. One writer at a time.</summary>
public sealed class MessageStreamWriter<T> where T : class, IMessage<T>
{
    private readonly ServerCall _call;

    internal MessageStreamWriter(ServerCall call) => _call = call;

    /// <summary>Sends one message; returns when the connection has taken it, which is the flow control.</summary>
    /// <param name="message">The reply.</param>
    /// <param name="compress">False sends this one plain in a call whose messages are compressed.</param>
    /// <exception cref="RpcException">The call has ended.</exception>
    /// <exception cref="OperationCanceledException">The deadline passed while waiting.</exception>
    public ValueTask WriteAsync(T message, bool? compress = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        return _call.WriteAsync(message, compress, isLast: false);
    }
}
