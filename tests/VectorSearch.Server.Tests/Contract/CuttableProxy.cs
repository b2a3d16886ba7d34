using System.Net;
using System.Net.Sockets;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>Passes bytes between a client and a server until it is told to cut every connection, as a network does that fails.</summary>
internal sealed class CuttableProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<TcpClient> _ends = [];
    private readonly Uri _server;
    private readonly Task _accepting;

    public CuttableProxy(Uri server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Bytes after which the connections of now are cut, again and again; 0 for never.</summary>
    public long CutEvery { get; init; }

    public int Cuts { get; private set; }

    public void Cut()
    {
        lock (_ends)
        {
            if (_ends.Count > 0) Cuts++;
            foreach (TcpClient end in _ends)
            {
                end.LingerState = new LingerOption(true, 0); // a reset, not an orderly end
                end.Dispose();
            }

            _ends.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                TcpClient server = new();
                await server.ConnectAsync(_server.Host, _server.Port, _stopping.Token);
                lock (_ends) _ends.AddRange([client, server]);
                _ = PassAsync(client, server, CutEvery);
                _ = PassAsync(server, client, 0);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to, long cutAfter)
    {
        byte[] buffer = new byte[8192];
        long passed = 0;
        try
        {
            NetworkStream source = from.GetStream(), target = to.GetStream();
            while (await source.ReadAsync(buffer) is > 0 and int read)
            {
                await target.WriteAsync(buffer.AsMemory(0, read));
                passed += read;
                if (cutAfter == 0 || passed < cutAfter) continue;
                Cut();
                return;
            }
        }
        catch (Exception end) when (end is IOException or ObjectDisposedException or InvalidOperationException)
        {
            return; // cut
        }
    }
}
