using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using Google.Protobuf;

namespace VectorSearch.Grpc;

/// <summary>
/// One call of any kind as its caller sees it: sends the request, reads messages, and turns whatever ends the call into
/// a status. One reader at a time.
/// </summary>
internal sealed class ClientCall<TReply> : IDisposable where TReply : class, IMessage<TReply>
{
    private readonly GrpcChannel _channel;
    private readonly MessageParser<TReply> _parser;
    private readonly CancellationToken _callerToken;
    private readonly CancellationTokenSource _end;
    private Task<HttpResponseMessage> _response = null!;
    private MessageReader? _reader;
    private PipeReader? _pipe;
    private GrpcMetadata? _headers;
    private RpcException? _fault;
    private bool _disposed;

    internal ClientCall(GrpcChannel channel, MessageParser<TReply> parser, TimeSpan timeout, CancellationToken cancellationToken)
    {
        _channel = channel;
        _parser = parser;
        _callerToken = cancellationToken;
        Timeout = timeout;
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        EndToken = _end.Token;
        if (timeout == System.Threading.Timeout.InfiniteTimeSpan) return;
        _end.CancelAfter(timeout < TimeSpan.Zero ? TimeSpan.Zero : timeout < GrpcTimeout.Max ? timeout : GrpcTimeout.Max);
    }

    internal TimeSpan Timeout { get; }

    /// <summary>Fires when the caller cancels, the deadline passes or the call is disposed.</summary>
    internal CancellationToken EndToken { get; }

    /// <summary>The metadata at the end, once the last message was read.</summary>
    internal GrpcMetadata Trailers { get; private set; } = new();

    internal void Start(HttpRequestMessage request) => _response = SendAsync(request);

    /// <summary>The metadata before the first message; waits for it.</summary>
    internal async Task<GrpcMetadata> HeadersAsync()
    {
        await OpenAsync().ConfigureAwait(false);
        return _headers!;
    }

    /// <summary>The next message, or null after the last one of a call that ended well.</summary>
    internal async ValueTask<TReply?> ReadAsync()
    {
        if (_fault is not null) throw _fault;
        HttpResponseMessage response = await OpenAsync().ConfigureAwait(false);
        try
        {
            TReply? message = _reader is null ? null : await _reader.ReadAsync(_parser, EndToken).ConfigureAwait(false);
            if (message is null) Finish(response);
            return message;
        }
        catch (Exception fault) when (fault is not RpcException)
        {
            throw Fault(fault);
        }
        catch (RpcException fault)
        {
            _fault = fault;
            // A fault of ours (a reply over the limit) leaves the server's stream open, so it is reset.
            Dispose();
            throw;
        }
    }

    /// <summary>The only message of a call that ends well.</summary>
    internal async Task<TReply> ReadSingleAsync()
    {
        TReply message = await ReadAsync().ConfigureAwait(false)
            ?? throw new RpcException(GrpcStatusCode.Internal, "The server ended the call well, but without its reply.");
        if (await ReadAsync().ConfigureAwait(false) is null) return message;
        throw new RpcException(GrpcStatusCode.Internal, "The server sent more than one reply to a call that has one.");
    }

    /// <summary>
    /// Why a write failed: what the server said of the call if it did say something, else the write's own fault.
    /// </summary>
    /// <param name="fault">What the write threw.</param>
    /// <param name="mayRead">True if nobody else reads the replies, so that the status can be looked for behind them.</param>
    internal async Task<RpcException> WriteFaultAsync(Exception fault, bool mayRead)
    {
        if (fault is RpcException own) return own;
        if (_fault is { } known) return known;
        // Whoever reads a duplex call learns there how it ended: a write that failed must not answer for the server.
        if (!mayRead) return Explain(fault);
        if (!_end.IsCancellationRequested)
        {
            try
            {
                while (await ReadAsync().ConfigureAwait(false) is not null)
                {
                    // Replies before the status have no reader any more.
                }
            }
            catch (RpcException status)
            {
                return status;
            }
        }

        return Fault(fault);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        // Cancelling first resets the stream where it still runs; the order matters while SendAsync is under way.
        _end.Cancel();
        _ = DisposeResponseAsync();
        _reader?.Dispose();
        _end.Dispose();
    }

    private async Task DisposeResponseAsync()
    {
        try
        {
            (await _response.ConfigureAwait(false)).Dispose();
        }
        catch (RpcException)
        {
            // There is no response to dispose; whoever reads the call gets this fault.
            return;
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever ends the transport becomes a status.")]
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        try
        {
            return await _channel.SendAsync(request, EndToken).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            RpcException status = Fault(fault);
            (request.Content as MessageStreamContent)?.Fail(status);
            throw status;
        }
    }

    private async ValueTask<HttpResponseMessage> OpenAsync()
    {
        HttpResponseMessage response = await _response.ConfigureAwait(false);
        if (_headers is not null) return response;
        _fault = ResponseStatus.CheckHead(response);
        if (_fault is not null) throw _fault;
        if (!EncodingNames.TryParse(ResponseStatus.Value(response.Headers, EncodingNames.HeaderName), out GrpcEncoding encoding))
            throw _fault = new RpcException(GrpcStatusCode.Internal, "The server compresses its messages in a way that it was not offered.");
        _headers = ResponseStatus.Metadata(response.Headers);
        Stream body = await response.Content.ReadAsStreamAsync(EndToken).ConfigureAwait(false);
        _pipe = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: 16 * 1024, minimumReadSize: 4 * 1024));
        _reader = new MessageReader(_pipe, encoding, MessageReaderLimits.ForCaller(_channel.Options.MaxReceiveMessageSize));
        return response;
    }

    private void Finish(HttpResponseMessage response)
    {
        GrpcStatus status = ResponseStatus.Read(response);
        Trailers = ResponseStatus.Trailers(response);
        if (status.Code != GrpcStatusCode.Ok) throw new RpcException(status, Trailers);
    }

    private RpcException Fault(Exception fault) => _fault ??= Explain(fault);

    private RpcException Explain(Exception fault) => fault as RpcException ?? (_callerToken.IsCancellationRequested || _disposed
        ? new RpcException(GrpcStatusCode.Cancelled, "The caller cancelled the call.", fault)
        : _end.IsCancellationRequested
            ? new RpcException(GrpcStatusCode.DeadlineExceeded, $"The call took longer than its {Timeout.TotalMilliseconds:0.###} ms.", fault)
            : ResponseStatus.FromTransport(fault));
}
