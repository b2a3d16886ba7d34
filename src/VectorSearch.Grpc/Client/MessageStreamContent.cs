using System.Net;
using Google.Protobuf;

namespace VectorSearch.Grpc;

/// <summary>
/// The body of a call with many requests. The HTTP client hands its stream over and waits; the caller's writes go into
/// it until it is completed. One writer at a time.
/// </summary>
internal sealed class MessageStreamContent(GrpcEncoding encoding, int maxSize) : HttpContent
{
    private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PooledBuffer _frame = new();

    /// <summary>True once <see cref="Complete"/> was called; no more messages may follow.</summary>
    internal bool IsCompleted { get; private set; }

    /// <summary>Sends one message and returns when the connection has taken it, which is the flow control.</summary>
    internal async ValueTask WriteAsync(IMessage message, bool? compress, CancellationToken cancellationToken)
    {
        Stream stream = await _stream.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        _frame.Clear();
        MessageFrame.Write(_frame, message, encoding == GrpcEncoding.Gzip && compress != false, maxSize);
        await stream.WriteAsync(_frame.WrittenMemory, cancellationToken).ConfigureAwait(false);
        // Without the flush a small message would wait in the connection's buffer for the next one.
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Says that no more messages come.</summary>
    internal void Complete()
    {
        IsCompleted = true;
        _completed.TrySetResult();
    }

    /// <summary>The HTTP client gave up before or while it sent; waiting writers end.</summary>
    internal void Fail(Exception fault)
    {
        _stream.TrySetException(fault);
        // Observed here, because perhaps nobody writes.
        _ = _stream.Task.Exception;
        _completed.TrySetResult();
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        try
        {
            // The headers must go out now: the server may answer before the first message.
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            // A server that ends the call this early resets the stream. The HTTP client has its response then and keeps the
            // fault to itself, so that a writer who waits for the stream would wait for ever.
            Fail(fault);
            throw;
        }

        _stream.TrySetResult(stream);
        await _completed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = -1;
        return false;
    }
}
