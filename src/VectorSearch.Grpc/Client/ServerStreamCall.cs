using Google.Protobuf;

namespace VectorSearch.Grpc;

/// <summary>
/// A call whose replies come one by one: <c>await foreach</c> over it once. Leaving the loop early, or disposing,
/// cancels the call.
/// </summary>
public sealed class ServerStreamCall<TReply> : IAsyncEnumerable<TReply>, IDisposable where TReply : class, IMessage<TReply>
{
    private readonly ClientCall<TReply> _call;

    internal ServerStreamCall(ClientCall<TReply> call) => _call = call;

    /// <summary>The metadata after the last reply, once it was read.</summary>
    public GrpcMetadata Trailers => _call.Trailers;

    /// <summary>The metadata before the first reply; waits for it.</summary>
    /// <exception cref="RpcException">The call did not end well before.</exception>
    public Task<GrpcMetadata> HeadersAsync() => _call.HeadersAsync();

    /// <summary>The next reply, or null after the last one of a call that ended well.</summary>
    /// <exception cref="RpcException">The call did not end well.</exception>
    public ValueTask<TReply?> ReadAsync() => _call.ReadAsync();

    /// <inheritdoc/>
    public async IAsyncEnumerator<TReply> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await using CancellationTokenRegistration registration = cancellationToken.Register(static call => ((ClientCall<TReply>)call!).Dispose(), _call);
        using ClientCall<TReply> call = _call;
        while (await call.ReadAsync().ConfigureAwait(false) is { } reply) yield return reply;
    }

    /// <summary>Cancels the call if it still runs.</summary>
    public void Dispose() => _call.Dispose();
}
