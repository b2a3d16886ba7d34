using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using Google.Protobuf;

namespace VectorSearch.Grpc;

/// <summary>
/// Reads the messages of one direction of one call. A message is parsed where it lies in the pipe; its prefix is checked
/// before more than that prefix is waited for. One reader at a time.
/// </summary>
internal sealed class MessageReader(PipeReader input, GrpcEncoding encoding, MessageReaderLimits limits) : IDisposable
{
    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    private long _streamSize;
    private long _messageDue = long.MaxValue;
    private ITimer? _timer;
    private bool _ended;

    /// <summary>True if the message read last came compressed.</summary>
    internal bool WasCompressed { get; private set; }

    /// <summary>Time that went into the parsing of messages.</summary>
    internal long ParseTicks { get; private set; }

    /// <summary>The next message, or null after the last.</summary>
    /// <exception cref="RpcException">The bytes are not the protocol, a limit is passed, or the peer is too slow.</exception>
    internal async ValueTask<T?> ReadAsync<T>(MessageParser<T> parser, CancellationToken cancellationToken) where T : class, IMessage<T>
    {
        if (_ended) return null;
        while (true)
        {
            ReadResult result = await ReadInputAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            SequencePosition consumed = buffer.Start;
            SequencePosition examined = buffer.End;
            try
            {
                if (TryReadMessage(buffer, parser, out T? message, out consumed))
                {
                    examined = consumed;
                    return message;
                }

                if (!result.IsCompleted) continue;
                _ended = true;
                return buffer.IsEmpty ? null : throw Truncated(buffer.Length);
            }
            finally
            {
                input.AdvanceTo(consumed, examined);
            }
        }
    }

    /// <summary>The only message of a unary request.</summary>
    /// <exception cref="RpcException">As <see cref="ReadAsync"/>, and if there is none or a byte after it.</exception>
    internal async ValueTask<T> ReadSingleAsync<T>(MessageParser<T> parser, CancellationToken cancellationToken) where T : class, IMessage<T>
    {
        T? message = null;
        while (true)
        {
            ReadResult result = await ReadInputAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            SequencePosition consumed = buffer.Start;
            SequencePosition examined = buffer.End;
            try
            {
                if (message is null && TryReadMessage(buffer, parser, out message, out consumed))
                {
                    buffer = buffer.Slice(consumed);
                    examined = consumed;
                }

                if (message is not null && !buffer.IsEmpty)
                    throw new RpcException(GrpcStatusCode.Internal, $"Bytes follow the only message of a call: {buffer.Length} or more.");
                if (!result.IsCompleted) continue;
                _ended = true;
                if (message is not null) return message;
                throw buffer.IsEmpty
                    ? new RpcException(GrpcStatusCode.Internal, "The call ended before its message.")
                    : Truncated(buffer.Length);
            }
            finally
            {
                input.AdvanceTo(consumed, examined);
            }
        }
    }

    public void Dispose() => _timer?.Dispose();

    private bool TryReadMessage<T>(in ReadOnlySequence<byte> buffer, MessageParser<T> parser, out T? message, out SequencePosition consumed)
        where T : class, IMessage<T>
    {
        message = null;
        consumed = buffer.Start;
        if (!MessageFrame.TryReadPrefix(buffer, limits.MaxMessageSize, out MessageFrame.Prefix prefix))
        {
            if (!buffer.IsEmpty) StartMessageClock(0);
            return false;
        }

        if (prefix.IsCompressed && encoding == GrpcEncoding.Identity)
            throw new RpcException(GrpcStatusCode.Internal, "A message is marked as compressed in a call without grpc-encoding.");
        if (_streamSize + prefix.Length > limits.MaxStreamSize)
        {
            throw new RpcException(GrpcStatusCode.ResourceExhausted,
                $"The messages of this call come to {_streamSize + prefix.Length} bytes, and the limit is {limits.MaxStreamSize} bytes.");
        }

        if (buffer.Length < MessageFrame.PrefixSize + prefix.Length)
        {
            StartMessageClock(prefix.Length);
            return false;
        }

        ReadOnlySequence<byte> payload = buffer.Slice(MessageFrame.PrefixSize, prefix.Length);
        long started = Stopwatch.GetTimestamp();
        message = Parse(parser, payload, prefix.IsCompressed);
        ParseTicks += Stopwatch.GetTimestamp() - started;
        consumed = payload.End;
        WasCompressed = prefix.IsCompressed;
        _streamSize += prefix.Length;
        _messageDue = long.MaxValue;
        return true;
    }

    private T Parse<T>(MessageParser<T> parser, in ReadOnlySequence<byte> payload, bool compressed) where T : class, IMessage<T>
    {
        try
        {
            if (!compressed) return parser.ParseFrom(payload);
            using PooledBuffer inflated = GzipCodec.Inflate(payload, limits.MaxMessageSize);
            return parser.ParseFrom(inflated.WrittenSpan);
        }
        catch (InvalidProtocolBufferException fault)
        {
            throw new RpcException(GrpcStatusCode.Internal, $"A message is not a valid {typeof(T).Name}: {fault.Message}", fault);
        }
    }

    private ValueTask<ReadResult> ReadInputAsync(CancellationToken cancellationToken)
    {
        ValueTask<ReadResult> read = input.ReadAsync(cancellationToken);
        return read.IsCompleted || (limits.IdleTimeout == Never && limits.MessageTimeout == Never) ? read : WaitAsync(read);
    }

    /// <summary>
    /// Waits no longer than the message under way, or else the pause between messages, may take. The timer is made only
    /// for calls that do wait; most requests are there whole when their handler starts.
    /// </summary>
    private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> read)
    {
        bool insideMessage = _messageDue != long.MaxValue;
        TimeSpan patience = insideMessage
            ? TimeSpan.FromMilliseconds(Math.Max(1, _messageDue - Milliseconds()))
            : limits.IdleTimeout;
        _timer ??= limits.Clock.CreateTimer(static reader => ((PipeReader)reader!).CancelPendingRead(), input, Never, Never);
        _timer.Change(patience, Never);
        ReadResult result = await read.ConfigureAwait(false);
        _timer.Change(Never, Never);
        if (!result.IsCanceled) return result;
        input.AdvanceTo(result.Buffer.Start);
        throw new RpcException(GrpcStatusCode.DeadlineExceeded, insideMessage
            ? "A message came too slowly: its last byte was not there in time."
            : $"No message came for {limits.IdleTimeout.TotalSeconds:0.###} s.");
    }

    private void StartMessageClock(int length)
    {
        if (_messageDue != long.MaxValue || limits.MessageTimeout == Never) return;
        _messageDue = Milliseconds() + (long)limits.MessageTimeout.TotalMilliseconds
            + (length * 1000L / MessageReaderLimits.MinBytesPerSecond);
    }

    private long Milliseconds() => (long)limits.Clock.GetElapsedTime(0, limits.Clock.GetTimestamp()).TotalMilliseconds;

    private static RpcException Truncated(long bytes) => new(
        GrpcStatusCode.Internal, $"The call ended inside a message: {bytes} bytes of it had come.");
}
