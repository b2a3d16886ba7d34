using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>One call as its handler sees it: metadata, deadline, cancellation, headers and trailers of the reply.</summary>
public sealed class ServerCall : IDisposable
{
    /// <summary>Bytes of a last message that may wait for the trailers, read or not.</summary>
    private const int MaxLeftForTrailers = 64 << 10;

    private readonly CallProtocol _protocol;
    private readonly Lock _gate = new();
    private CancellationTokenSource? _endSource;
    private GrpcMetadata? _requestMetadata;
    private GrpcMetadata? _responseHeaders;
    private GrpcMetadata? _responseTrailers;
    private object? _item;
    private List<object>? _items;
    private bool _writing;
    private bool _closed;

    internal ServerCall(HttpContext http, GrpcMethod method, CallProtocol protocol, GrpcServerOptions options, MessageReaderLimits limits)
    {
        Http = http;
        Method = method;
        Options = options;
        Limits = limits;
        _protocol = protocol;
        ResponseEncoding = options.ResponseEncoding;
    }

    /// <summary>The method that was called.</summary>
    public GrpcMethod Method { get; }

    /// <summary>The HTTP request behind the call: its connection, certificate and services.</summary>
    public HttpContext Http { get; }

    /// <summary>The caller's address, as <c>127.0.0.1:40112</c>.</summary>
    public string Peer => $"{Http.Connection.RemoteIpAddress}:{Http.Connection.RemotePort}";

    /// <summary>The caller's metadata, without the headers of the protocol and of HTTP.</summary>
    public GrpcMetadata RequestMetadata => _requestMetadata ??= RequestHeaders.Metadata(Http.Request.Headers);

    /// <summary>When the caller stops waiting (UTC), or null if it never does.</summary>
    public DateTimeOffset? Deadline { get; private set; }

    /// <summary>Fires when the caller cancels or is gone, and when the deadline passes. Work must stop then.</summary>
    public CancellationToken CancellationToken => _endSource?.Token ?? Http.RequestAborted;

    /// <summary>Fires when the server is about to end; a stream that can be resumed elsewhere should end itself then.</summary>
    public CancellationToken Stopping => Options.Drain?.Stopping ?? CancellationToken.None;

    /// <summary>Metadata to send before the first message; what is added after that is not sent.</summary>
    public GrpcMetadata ResponseHeaders => _responseHeaders ??= new();

    /// <summary>Metadata to send after the last message.</summary>
    public GrpcMetadata ResponseTrailers => _responseTrailers ??= new();

    /// <summary>How this call's messages are compressed if the caller accepts it; to be chosen before the first one.</summary>
    public GrpcEncoding ResponseEncoding { get; set; }

    /// <summary>True if the request message read last came compressed.</summary>
    public bool IsRequestCompressed => Reader is { WasCompressed: true };

    internal GrpcServerOptions Options { get; }

    internal MessageReaderLimits Limits { get; }

    internal MessageReader Reader { get; set; } = null!;

    internal bool AcceptsGzip { get; set; }

    /// <summary>How the request is compressed, where its reader is not made at once.</summary>
    internal GrpcEncoding RequestEncoding { get; set; }

    /// <summary>True if something of ours, a deadline or the server's end, may end the call before its handler does.</summary>
    internal bool MayBeInterrupted => _endSource is not null;

    internal bool IsInterrupted => _endSource is { IsCancellationRequested: true } && !Http.RequestAborted.IsCancellationRequested;

    /// <summary>The status of a call that was interrupted.</summary>
    internal GrpcStatus InterruptedStatus =>
        IsStream && Options.Drain is { StreamsEnd.IsCancellationRequested: true } ? CallStatus.Leaving : CallStatus.DeadlineExceeded;

    private bool IsStream => Method.Kind != GrpcMethodKind.Unary;

    /// <summary>The status of a call that was refused, or null.</summary>
    internal GrpcStatus? Refusal { get; private set; }

    /// <summary>Time that went into the bytes of replies.</summary>
    internal long EncodeTicks { get; set; }

    internal GrpcMetadata? ResponseHeadersOrNull => _responseHeaders;

    internal bool HasResponseTrailers => _responseTrailers is { Count: > 0 };

    /// <summary>Keeps a value for the rest of the call, found again by its type: who the caller is, for one.</summary>
    public void Set<T>(T item) where T : class
    {
        ArgumentNullException.ThrowIfNull(item);
        if (_item is null or T)
        {
            _item = item;
            return;
        }

        _items ??= new List<object>(1);
        _items.RemoveAll(static kept => kept is T);
        _items.Add(item);
    }

    /// <summary>The value that <see cref="Set"/> kept, or null.</summary>
    public T? Get<T>() where T : class
    {
        // A call keeps one or two.
        if (_item is T first) return first;
        if (_items is null) return null;
        foreach (object item in _items)
        {
            if (item is T found) return found;
        }

        return null;
    }

    /// <summary>True once <see cref="Refuse"/> was called.</summary>
    public bool Refused => Refusal is not null;

    /// <summary>
    /// Ends the call with a status before its handler runs. An exception would do the same; this costs a server that sheds
    /// load next to nothing.
    /// </summary>
    public void Refuse(GrpcStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        Refusal = status;
    }

    /// <summary>Sends the headers now, before the first message is ready.</summary>
    /// <exception cref="RpcException">The call has ended.</exception>
    public async Task WriteHeadersAsync()
    {
        BeginWrite();
        try
        {
            if (!Http.Response.HasStarted) await StartResponseAsync();
            await Http.Response.BodyWriter.FlushAsync(CancellationToken);
        }
        finally
        {
            EndWrite();
        }
    }

    /// <summary>Frees the call's timers.</summary>
    public void Dispose()
    {
        _endSource?.Dispose();
        Reader?.Dispose();
    }

    /// <summary>Makes the call end at its deadline, if it has one, and streams with the server.</summary>
    internal void StartClock(TimeSpan? timeout)
    {
        if (IsStream && Options.Drain is { } drain)
            _endSource = CancellationTokenSource.CreateLinkedTokenSource(Http.RequestAborted, drain.StreamsEnd);
        if (timeout is not { } limit) return;
        Deadline = DateTimeOffset.UtcNow + limit;
        _endSource ??= CancellationTokenSource.CreateLinkedTokenSource(Http.RequestAborted);
        _endSource.CancelAfter(limit);
    }

    /// <summary>The only message of the request; null if the inspector refused it.</summary>
    internal async ValueTask<T?> ReadSingleAsync<T>(MessageParser<T> parser) where T : class, IMessage<T>
    {
        T message = await _protocol.ReadSingleAsync(this, parser);
        if (Options.Inspector is { } inspector) await inspector.InspectAsync(this, message);
        return Refusal is null ? message : null;
    }

    /// <summary>Shows the only reply to the inspector; false if that refused the call.</summary>
    internal bool TryAnswer(IMessage reply)
    {
        Options.Inspector?.Answered(this, reply);
        return Refusal is null;
    }

    internal async ValueTask<T?> ReadAsync<T>(MessageParser<T> parser) where T : class, IMessage<T>
    {
        T? message = await Reader.ReadAsync(parser, ReadToken);
        if (message is not null && Options.Inspector is { } inspector) await inspector.InspectAsync(this, message);
        return Refusal is { } refusal ? throw new RpcException(refusal) : message;
    }

    // Kestrel itself ends a read when the caller is gone; only our own ends need a token.
    internal CancellationToken ReadToken => _endSource?.Token ?? CancellationToken.None;

    /// <summary>
    /// Writes one message. The last one is left to be sent together with the trailers, unless it is so great that it would fill
    /// memory while the caller does not read.
    /// </summary>
    internal async ValueTask WriteAsync(IMessage message, bool? compress, bool isLast)
    {
        BeginWrite();
        try
        {
            await _protocol.WriteMessageAsync(this, message, compress != false && AcceptsGzip && ResponseEncoding == GrpcEncoding.Gzip);
            if (isLast && Http.Response.BodyWriter.UnflushedBytes <= MaxLeftForTrailers) return;
            await Http.Response.BodyWriter.FlushAsync(ReadToken);
            if (Http.RequestAborted.IsCancellationRequested) throw new RpcException(GrpcStatusCode.Cancelled, "The caller is gone.");
        }
        finally
        {
            EndWrite();
        }
    }

    // The headers must be out before the first GetSpan: before that Kestrel hands out memory that it copies later.
    internal Task StartResponseAsync()
    {
        _protocol.WriteHeaders(this);
        // No token: a call past its deadline still has its status to send.
        return Http.Response.StartAsync(CancellationToken.None);
    }

    /// <summary>
    /// Takes the response from the handler, so that a status can be sent while the handler still runs. False while the
    /// handler writes; that write ends by the call's token, and the handler with it.
    /// </summary>
    internal bool TryClose()
    {
        lock (_gate)
        {
            if (_closed || _writing) return false;
            _closed = true;
            return true;
        }
    }

    internal void AddTrailers(GrpcMetadata trailers) => ResponseTrailers.AddAll(trailers);

    private void BeginWrite()
    {
        lock (_gate)
        {
            if (_closed) throw CallStatus.Ended(this);
            if (_writing) throw new InvalidOperationException("Two messages of one call were written at the same time.");
            _writing = true;
        }
    }

    private void EndWrite()
    {
        lock (_gate) _writing = false;
    }
}
