using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// Limits of connections, streams, headers and control frames, each set explicitly, so that no peer can make the server hold
/// or do more than it was told to.
/// </summary>
public sealed record KestrelLimits
{
    /// <summary>Control frames a second unless another limit is chosen.</summary>
    public const int DefaultMaxControlFramesPerSecond = 10_000;

    /// <summary>Least value of <see cref="MaxControlFramesPerSecond"/>.</summary>
    public const int MinMaxControlFramesPerSecond = 100;

    /// <summary>Greatest value of <see cref="MaxControlFramesPerSecond"/>.</summary>
    public const int MaxMaxControlFramesPerSecond = 10_000_000;

    /// <summary>New connections a second unless another limit is chosen.</summary>
    public const int DefaultMaxNewConnectionsPerSecond = 500;

    /// <summary>Least value of <see cref="MaxNewConnectionsPerSecond"/>.</summary>
    public const int MinMaxNewConnectionsPerSecond = 1;

    /// <summary>Greatest value of <see cref="MaxNewConnectionsPerSecond"/>.</summary>
    public const int MaxMaxNewConnectionsPerSecond = 1_000_000;

    /// <summary>The limits without a choice.</summary>
    public static KestrelLimits Default { get; } = new();

    /// <summary>Connections at the same time; more are closed at once.</summary>
    public long MaxConcurrentConnections { get; init; } = 4096;

    /// <summary>Calls at the same time on one connection.</summary>
    public int MaxStreamsPerConnection { get; init; } = 100;

    /// <summary>Bytes of one header's name and value.</summary>
    public int MaxRequestHeaderFieldSize { get; init; } = 16 * 1024;

    /// <summary>Bytes of all headers of a request.</summary>
    public int MaxRequestHeadersTotalSize { get; init; } = 32 * 1024;

    /// <summary>How many headers a request may have.</summary>
    public int MaxRequestHeaderCount { get; init; } = 100;

    /// <summary>Bytes of one HTTP/2 frame.</summary>
    public int MaxFrameSize { get; init; } = 16 * 1024;

    /// <summary>Bytes of the table that HPACK may fill for a connection.</summary>
    public int HeaderTableSize { get; init; } = 4 * 1024;

    /// <summary>Bytes that may be under way to the server on one connection.</summary>
    public int InitialConnectionWindowSize { get; init; } = 1024 * 1024;

    /// <summary>Bytes that may be under way to the server in one call.</summary>
    public int InitialStreamWindowSize { get; init; } = 768 * 1024;

    /// <summary>A silent connection is probed after this pause.</summary>
    public TimeSpan KeepAlivePingDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A probe that is not answered for so long closes the connection.</summary>
    public TimeSpan KeepAlivePingTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A connection without calls is closed after this pause.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>How long a request's headers may take.</summary>
    public TimeSpan RequestHeadersTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Slowest body of a request and slowest reader of a reply, in bytes a second.</summary>
    public double MinDataRate { get; init; } = 240;

    /// <summary>How long a slow peer is borne.</summary>
    public TimeSpan MinDataRateGracePeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of a body that is no gRPC call.</summary>
    public long MaxRequestBodySize { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// Control frames a second that are read of one connection: PING, SETTINGS, PRIORITY, CONTINUATION, empty or padded DATA and
    /// the like. RST_STREAM counts as ten of them, ten WINDOW_UPDATE as one. A second's worth may come at once, of a new
    /// connection a tenth of that; what comes faster waits. A client has a PING under way at a time, so a thousand or some
    /// thousands a second are the most that honest ones reach.
    /// </summary>
    public int MaxControlFramesPerSecond { get; init; } = DefaultMaxControlFramesPerSecond;

    /// <summary>A connection that wants to send more control frames for so long is closed.</summary>
    public TimeSpan FloodPatience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// New connections a second of one address to a port of HTTP/2 alone; two seconds' worth may come at once, more are closed
    /// as they come. A caller of gRPC needs one, and keeps it.
    /// </summary>
    public int MaxNewConnectionsPerSecond { get; init; } = DefaultMaxNewConnectionsPerSecond;

    /// <summary>Guards a port against floods of connections and of control frames, and sets its TLS up between the two.</summary>
    /// <param name="port">The port, with its protocols set.</param>
    /// <param name="tls">Its TLS; null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit is out of its range.</exception>
    /// <exception cref="ArgumentException">A file of the TLS cannot be used.</exception>
    /// <exception cref="InvalidOperationException">The host was not told to <see cref="GuardedSockets.UseGuardedSockets"/>.</exception>
    public void Guard(ListenOptions port, GrpcTls? tls = null)
    {
        ArgumentNullException.ThrowIfNull(port);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxControlFramesPerSecond, MinMaxControlFramesPerSecond);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxControlFramesPerSecond, MaxMaxControlFramesPerSecond);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxNewConnectionsPerSecond, MinMaxNewConnectionsPerSecond);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxNewConnectionsPerSecond, MaxMaxNewConnectionsPerSecond);

        // Callers of HTTP/1.1 and JSON may well make a connection for each call.
        if (port.Protocols == HttpProtocols.Http2) GuardedSockets.Limit(port, MaxNewConnectionsPerSecond);
        tls?.Apply(port);
        FrameGuard.Put(port, this);
    }

    /// <summary>Sets the limits of a server.</summary>
    public void Configure(KestrelServerOptions server)
    {
        ArgumentNullException.ThrowIfNull(server);
        server.AddServerHeader = false;
        server.AllowSynchronousIO = false;
        KestrelServerLimits limits = server.Limits;
        limits.MaxConcurrentConnections = MaxConcurrentConnections;
        limits.MaxConcurrentUpgradedConnections = MaxConcurrentConnections;
        limits.MaxRequestHeadersTotalSize = MaxRequestHeadersTotalSize;
        limits.MaxRequestHeaderCount = MaxRequestHeaderCount;
        limits.MaxRequestBodySize = MaxRequestBodySize;
        limits.KeepAliveTimeout = KeepAliveTimeout;
        limits.RequestHeadersTimeout = RequestHeadersTimeout;
        limits.MinRequestBodyDataRate = new MinDataRate(MinDataRate, MinDataRateGracePeriod);
        limits.MinResponseDataRate = new MinDataRate(MinDataRate, MinDataRateGracePeriod);
        Http2Limits http2 = limits.Http2;
        http2.MaxStreamsPerConnection = MaxStreamsPerConnection;
        http2.MaxRequestHeaderFieldSize = MaxRequestHeaderFieldSize;
        http2.MaxFrameSize = MaxFrameSize;
        http2.HeaderTableSize = HeaderTableSize;
        http2.InitialConnectionWindowSize = InitialConnectionWindowSize;
        http2.InitialStreamWindowSize = InitialStreamWindowSize;
        http2.KeepAlivePingDelay = KeepAlivePingDelay;
        http2.KeepAlivePingTimeout = KeepAlivePingTimeout;
    }
}
