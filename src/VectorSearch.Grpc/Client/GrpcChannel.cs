using System.Net;
using Google.Protobuf;

namespace VectorSearch.Grpc;

/// <summary>
/// Calls a gRPC server over HTTP/2: with prior knowledge on an <c>http</c> address, over TLS on an <c>https</c> one.
/// Connections are made when needed and shared by all calls. Safe for concurrent use; make one and keep it.
/// </summary>
public sealed class GrpcChannel : IDisposable
{
    private readonly HttpMessageInvoker _invoker;

    /// <summary>A channel to a server; nothing is sent yet.</summary>
    /// <param name="address">Scheme, host and port, as <c>http://localhost:6334</c>.</param>
    /// <param name="options">Limits and connections; null takes the defaults.</param>
    /// <exception cref="ArgumentException">The scheme is another, or an option is out of its range.</exception>
    public GrpcChannel(Uri address, GrpcChannelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!address.IsAbsoluteUri || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
            throw new ArgumentException($"A channel's address is http://host:port or https://host:port, not '{address}'.", nameof(address));
        Options = options ?? new GrpcChannelOptions();
        Options.Validate();
        Address = address;
        _invoker = Options.Handler is { } handler
            ? new HttpMessageInvoker(handler, disposeHandler: false)
            : new HttpMessageInvoker(Connect(Options), disposeHandler: true);
    }

    /// <summary>The server.</summary>
    public Uri Address { get; }

    internal GrpcChannelOptions Options { get; }

    /// <summary>Sends one request and waits for its reply.</summary>
    /// <exception cref="RpcException">The call did not end well; cancelling is <see cref="GrpcStatusCode.Cancelled"/>.</exception>
    public async Task<TReply> UnaryAsync<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, TRequest request, GrpcCallOptions? options = null, CancellationToken cancellationToken = default)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        using ClientCall<TReply> call = StartUnary(method, request, options, cancellationToken);
        return await call.ReadSingleAsync().ConfigureAwait(false);
    }

    /// <summary>As <see cref="UnaryAsync"/>, with the metadata that came with the reply.</summary>
    /// <exception cref="RpcException">The call did not end well; its trailers are in the exception.</exception>
    public async Task<GrpcReply<TReply>> UnaryWithMetadataAsync<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, TRequest request, GrpcCallOptions? options = null, CancellationToken cancellationToken = default)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        using ClientCall<TReply> call = StartUnary(method, request, options, cancellationToken);
        GrpcMetadata headers = await call.HeadersAsync().ConfigureAwait(false);
        return new(await call.ReadSingleAsync().ConfigureAwait(false), headers, call.Trailers);
    }

    /// <summary>Sends one request; the replies come one by one from the call.</summary>
    public ServerStreamCall<TReply> ServerStream<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, TRequest request, GrpcCallOptions? options = null, CancellationToken cancellationToken = default)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        ArgumentNullException.ThrowIfNull(method);
        method.RequireKind(GrpcMethodKind.ServerStream);
        return new(Start(method, options, encoding => new SingleMessageContent(request, encoding, Options.MaxSendMessageSize), cancellationToken));
    }

    /// <summary>Opens a call to write requests to, which ends with one reply.</summary>
    public ClientStreamCall<TRequest, TReply> ClientStream<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, GrpcCallOptions? options = null, CancellationToken cancellationToken = default)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        ArgumentNullException.ThrowIfNull(method);
        method.RequireKind(GrpcMethodKind.ClientStream);
        return new(StartStream(method, options, out MessageStreamContent content, cancellationToken), content);
    }

    /// <summary>Opens a call to write requests to and read replies from, independently.</summary>
    public DuplexCall<TRequest, TReply> Duplex<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, GrpcCallOptions? options = null, CancellationToken cancellationToken = default)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        ArgumentNullException.ThrowIfNull(method);
        method.RequireKind(GrpcMethodKind.Duplex);
        return new(StartStream(method, options, out MessageStreamContent content, cancellationToken), content);
    }

    /// <summary>Ends the connections and the calls under way on them.</summary>
    public void Dispose() => _invoker.Dispose();

    internal Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _invoker.SendAsync(request, cancellationToken);

    private ClientCall<TReply> StartUnary<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, TRequest request, GrpcCallOptions? options, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(request);
        method.RequireKind(GrpcMethodKind.Unary);
        return Start(method, options, encoding => new SingleMessageContent(request, encoding, Options.MaxSendMessageSize), cancellationToken);
    }

    private ClientCall<TReply> StartStream<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, GrpcCallOptions? options, out MessageStreamContent content, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        MessageStreamContent? made = null;
        ClientCall<TReply> call = Start(
            method, options, encoding => made = new MessageStreamContent(encoding, Options.MaxSendMessageSize), cancellationToken);
        content = made!;
        return call;
    }

    private ClientCall<TReply> Start<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, GrpcCallOptions? options, Func<GrpcEncoding, HttpContent> content, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        options ??= GrpcCallOptions.Default;
        var call = new ClientCall<TReply>(this, method.ReplyParser, options.Timeout ?? Options.DefaultTimeout, cancellationToken);
        GrpcEncoding encoding = options.RequestEncoding ?? Options.RequestEncoding;
        call.Start(RequestHeaders.Make(this, method.Path, options, call.Timeout, encoding, content(encoding)));
        return call;
    }

    private static SocketsHttpHandler Connect(GrpcChannelOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            KeepAlivePingDelay = options.KeepAlivePingDelay,
            KeepAlivePingTimeout = options.KeepAlivePingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            EnableMultipleHttp2Connections = true,
            AutomaticDecompression = DecompressionMethods.None,
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
        };
        if (options.Tls is { } tls) handler.SslOptions = tls;
        return handler;
    }
}
