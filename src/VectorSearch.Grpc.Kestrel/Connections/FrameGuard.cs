using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// Stands between a connection and Kestrel's HTTP/2, and paces clients that send more control frames than any honest one:
/// floods of PING, SETTINGS, CONTINUATION or RST_STREAM (CVE-2023-44487, CVE-2019-9512 to 9518) cost their sender little and a
/// server much. Such a connection is read at the pace of <see cref="KestrelLimits.MaxControlFramesPerSecond"/>, and closed if it
/// keeps on. Pacing comes first because it costs nothing, whereas who is closed at once comes back at once.
/// </summary>
internal sealed class FrameGuard
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly KestrelLimits _limits;
    private readonly AddressRates _newcomers;
    private readonly bool _alwaysHttp2;
    private readonly ILogger _log;

    private FrameGuard(ListenOptions port, KestrelLimits limits)
    {
        _limits = limits;
        _newcomers = new AddressRates(limits.MaxControlFramesPerSecond, TimeProvider.System);
        _alwaysHttp2 = port.Protocols == HttpProtocols.Http2;
        _log = port.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(CallLog.Category);
    }

    /// <summary>Puts a guard before a port's HTTP/2; to be called after TLS was set up, which it must see from inside.</summary>
    internal static void Put(ListenOptions port, KestrelLimits limits)
    {
        FrameGuard guard = new(port, limits);
        port.Use(next => connection => guard.IsHttp2(connection) ? guard.RunAsync(connection, next) : next(connection));
    }

    private bool IsHttp2(ConnectionContext connection) =>
        connection.Features.Get<ITlsApplicationProtocolFeature>() is { } tls ? tls.ApplicationProtocol.Span.SequenceEqual("h2"u8) : _alwaysHttp2;

    private async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        IDuplexPipe transport = connection.Transport;
        int perSecond = _limits.MaxControlFramesPerSecond;
        FrameBudget budget = new(perSecond, _limits.FloodPatience, TimeProvider.System, FrameBudget.First(perSecond, _newcomers, (connection.RemoteEndPoint as IPEndPoint)?.Address));
        connection.Transport = new GuardedTransport(new GuardedInput(transport.Input, budget, () => PauseAsync(connection), () => Close(connection)), transport.Output);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    }

    /// <summary>False if the connection is gone meanwhile: what it had still sent is work for nobody.</summary>
    private static async Task<bool> PauseAsync(ConnectionContext connection)
    {
        ConnectionTelemetry.Paused.Add(1);
        await Task.Delay(Pause, connection.ConnectionClosed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !connection.ConnectionClosed.IsCancellationRequested;
    }

    private void Close(ConnectionContext connection)
    {
        ConnectionTelemetry.Cut.Add(1);
        _log.FloodCut($"{connection.RemoteEndPoint}", _limits.MaxControlFramesPerSecond, _limits.FloodPatience.TotalSeconds);
        connection.Abort(new ConnectionAbortedException("The client kept sending more control frames than it may."));
    }

    private sealed class GuardedTransport(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
