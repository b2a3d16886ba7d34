using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace VectorSearch.Grpc;

/// <summary>
/// A call that takes many requests and gives many replies. Writing and reading are independent: one writer and one
/// reader may run at the same time.
/// </summary>
public sealed class DuplexCall<TRequest, TReply> : IDisposable
    where TRequest : class, IMessage<TRequest>
    where TReply : class, IMessage<TReply>
{
    private readonly ClientCall<TReply> _call;
    private readonly RequestStream<TRequest, TReply> _requests;

    internal DuplexCall(ClientCall<TReply> call, MessageStreamContent content)
    {
        _call = call;
        _requests = new(call, content, mayRead: false);
    }

    /// <summary>The metadata after the last reply, once it was read.</summary>
    public GrpcMetadata Trailers => _call.Trailers;

    /// <summary>The metadata before the first reply; waits for it.</summary>
    /// <exception cref="RpcException">The call did not end well before.</exception>
    public Task<GrpcMetadata> HeadersAsync() => _call.HeadersAsync();

    /// <summary>Sends one request; returns when the connection has taken it.</summary>
    /// <param name="request">The message.</param>
    /// <param name="compress">False sends this one plain in a compressed call.</param>
    /// <exception cref="RpcException">The call has ended; the status says why.</exception>
    public ValueTask WriteAsync(TRequest request, bool? compress = null) => _requests.WriteAsync(request, compress);

    /// <summary>Says that no more requests come; replies may still follow.</summary>
    public void Complete() => _requests.Complete();

    /// <summary>The next reply, or null after the last one of a call that ended well.</summary>
    /// <exception cref="RpcException">The call did not end well.</exception>
    public ValueTask<TReply?> ReadAsync() => _call.ReadAsync();

    /// <summary>The replies that were not read yet.</summary>
    public async IAsyncEnumerable<TReply> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using CancellationTokenRegistration registration = cancellationToken.Register(static call => ((ClientCall<TReply>)call!).Dispose(), _call);
        while (await _call.ReadAsync().ConfigureAwait(false) is { } reply) yield return reply;
    }

    /// <summary>Cancels the call if it still runs.</summary>
    public void Dispose() => _requests.Dispose();
}
