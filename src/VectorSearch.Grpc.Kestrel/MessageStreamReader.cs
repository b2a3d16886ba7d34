using Google.Protobuf;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>The caller's messages, in order, each read once. One reader at a time.</summary>
public sealed class MessageStreamReader<T> : IAsyncEnumerable<T> where T : class, IMessage<T>
{
    private readonly ServerCall _call;
    private readonly MessageParser<T> _parser;

    internal MessageStreamReader(ServerCall call, MessageParser<T> parser) => (_call, _parser) = (call, parser);

    /// <summary>The next message, or null after the last.</summary>
    /// <exception cref="RpcException">The bytes are not the protocol, a limit is passed, or the caller is too slow.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled, or the deadline passed.</exception>
    public ValueTask<T?> ReadAsync() => _call.ReadAsync(_parser);

    /// <inheritdoc/>
    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (await ReadAsync() is { } message)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return message;
        }
    }
}
