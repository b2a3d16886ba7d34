using System.CommandLine;
using VectorSearch.Client;
using VectorSearch.Server;

namespace VectorSearch.Cli.Commands;

/// <summary>
/// A client for one command: of a running server (<c>--address</c>), or of a server that the command starts on a data
/// directory (<c>--data</c>) and ends with itself.
/// </summary>
internal sealed class ServerConnection : IAsyncDisposable
{
    private readonly VectorSearchServer? _server;

    private ServerConnection(VectorSearchClient client, VectorSearchServer? server)
    {
        Client = client;
        _server = server;
    }

    /// <summary>The client.</summary>
    public VectorSearchClient Client { get; }

    /// <summary>Connects to the server, or starts one.</summary>
    public static async Task<ServerConnection> OpenAsync(Flags flags, ParseResult parsed, CancellationToken cancellation)
    {
        string? data = parsed.GetValue(flags.Data);
        string? address = parsed.GetValue(flags.Address);
        if (data is not null && address is not null) throw new CliException("--data and --address exclude each other: the first opens a data directory here, the second speaks to a server that runs.");
        if (data is null)
        {
            string text = address ?? $"http://127.0.0.1:{ServerOptions.DefaultGrpcPort}";
            if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)) throw new CliException($"--address is '{text}'; expected something like http://127.0.0.1:{ServerOptions.DefaultGrpcPort}.");
            return new ServerConnection(new VectorSearchClient(uri), null);
        }

        VectorSearchServer server = await VectorSearchServer.StartAsync(new ServerOptions { DataDirectory = data, GrpcPort = 0, HttpPort = 0 }, null, cancellation);
        return new ServerConnection(new VectorSearchClient(server.GrpcAddress), server);
    }

    /// <summary>Ends the connection, and the server if the command started it.</summary>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_server is not null) await _server.DisposeAsync();
    }

    /// <summary>The two flags.</summary>
    public sealed class Flags
    {
        /// <summary>A data directory to open here.</summary>
        public Option<string?> Data { get; } = new("--data", "-d") { Description = "Open this data directory here instead of speaking to a server." };

        /// <summary>A server that runs.</summary>
        public Option<string?> Address { get; } = new("--address", "-a") { Description = $"Address of a running server (default http://127.0.0.1:{ServerOptions.DefaultGrpcPort})." };

        /// <summary>Adds them to a command.</summary>
        public void AddTo(Command command)
        {
            command.Options.Add(Data);
            command.Options.Add(Address);
        }
    }
}
