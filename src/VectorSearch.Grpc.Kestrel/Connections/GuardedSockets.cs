using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// Takes connections for Kestrel as its own sockets do, and closes those of addresses that open too many before Kestrel makes
/// anything of them: pipes and middleware of a connection that is then refused are most of what a flood of them costs a server.
/// </summary>
public static class GuardedSockets
{
    /// <summary>Lets the ports of a server take connections in this way; <see cref="KestrelLimits.Guard"/> needs it.</summary>
    /// <param name="host">The web host.</param>
    public static void UseGuardedSockets(this IWebHostBuilder host)
    {
        ArgumentNullException.ThrowIfNull(host);
        host.ConfigureServices(static services => services.AddSingleton<Factory>().AddSingleton<IConnectionListenerFactory>(static all => all.GetRequiredService<Factory>()));
    }

    /// <summary>Sets how many connections a second an address may open to a port.</summary>
    /// <exception cref="InvalidOperationException">The host was not told to <see cref="UseGuardedSockets"/>.</exception>
    internal static void Limit(ListenOptions port, int perSecond)
    {
        if (port.ApplicationServices.GetService<Factory>() is not { } factory)
            throw new InvalidOperationException($"The port {port} is to be guarded: call {nameof(UseGuardedSockets)} on the web host first.");
        factory.Rates[port.EndPoint] = new AddressRates(perSecond, TimeProvider.System);
    }

    private sealed class Factory(ILoggerFactory logs) : IConnectionListenerFactory, IConnectionListenerFactorySelector
    {
        /// <summary>By the very object that Kestrel binds: two ports may both be 0 until they are bound.</summary>
        public ConcurrentDictionary<EndPoint, AddressRates> Rates { get; } = new(ReferenceEqualityComparer.Instance);

        public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        {
            Socket socket = Listen(endpoint);
            SocketConnectionContextFactory contexts = new(new SocketConnectionFactoryOptions(), logs.CreateLogger(CallLog.Category));
            return ValueTask.FromResult<IConnectionListener>(new Listener(socket, contexts, Rates.GetValueOrDefault(endpoint)));
        }
    }

    // Kestrel's own.
    private const int Backlog = 512;

    private static Socket Listen(EndPoint endpoint)
    {
        try
        {
            Socket socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(taken.Message, taken);
        }
    }

    private sealed class Listener(Socket socket, SocketConnectionContextFactory contexts, AddressRates? rates) : IConnectionListener
    {
        public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (true)
            {
                try
                {
                    if (Take(await socket.AcceptAsync(cancellationToken)) is { } taken) return taken;
                }
                catch (ObjectDisposedException)
                {
                    return null;
                }
                catch (SocketException closed) when (closed.SocketErrorCode == SocketError.OperationAborted)
                {
                    return null;
                }
                catch (SocketException)
                {
                    // The caller was gone before it was taken.
                    continue;
                }
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            socket.Dispose();
            return default;
        }

        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            contexts.Dispose();
            return default;
        }

        /// <summary>Makes a connection of a socket; null if its address has had its share.</summary>
        private ConnectionContext? Take(Socket accepted)
        {
            try
            {
                if (rates is null || accepted.RemoteEndPoint is not IPEndPoint caller || rates.TryTake(caller.Address))
                {
                    accepted.NoDelay = true;
                    return contexts.Create(accepted);
                }

                ConnectionTelemetry.Refused.Add(1);

                // By a reset: a farewell in order would keep the connection in the system's tables.
                accepted.Close(0);
                return null;
            }
            catch
            {
                accepted.Dispose();
                throw;
            }
        }
    }
}
