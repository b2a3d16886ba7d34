using Google.Protobuf;

namespace VectorSearch.Grpc;

/// <summary>A call that takes many requests and ends with one reply. One writer at a time.</summary>
public sealed class ClientStreamCall<TRequest, TReply> : IDisposable
    where TRequest : class, IMessage<TRequest>
    where TReply : class, IMessage<TReply>
{
    private readonly ClientCall<TReply> _call;
    private readonly RequestStream<TRequest, TReply> _requests;

    internal ClientStreamCall(ClientCall<TReply> call, MessageStreamContent content)
    {
        _call = call;
        _requests = new(call, content, mayRead: true);
    }

    /// <summary>The metadata after the reply, once it came.</summary>
    public GrpcMetadata Trailers => _call.Trailers;

    /// <summary>The metadata before the reply; waits for it.</summary>
    /// <exception cref="RpcException">The call did not end well before.</exception>
    public Task<GrpcMetadata> HeadersAsync() => _call.HeadersAsync();

    /// <summary>Sends one request; returns when the connection has taken it.</summary>
    /// <param name="request">The message.</param>
    /// <param name="compress">False sends this one plain in a compressed call.</param>
    /// <exception cref="RpcException">The call has ended; the status says why.</exception>
    public ValueTask WriteAsync(TRequest request, bool? compress = null) => _requests.WriteAsync(request, compress);

    /// <summary>Says that no more requests come, and waits for the reply.</summary>
    /// <exception cref="RpcException">The call did not end well.</exception>
    public Task<TReply> CompleteAsync()
    {
        _requests.Complete();
        return _call.ReadSingleAsync();
    }

    /// <summary>Cancels the call if it still runs.</summary>
    public void Dispose() => _requests.Dispose();
}
