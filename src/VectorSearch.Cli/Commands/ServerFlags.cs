using System.CommandLine;
using System.Globalization;
using VectorSearch.Server;

namespace VectorSearch.Cli.Commands;

/// <summary>The flags that say how a server runs. What is not given comes from the environment or the configuration file.</summary>
internal sealed class ServerFlags
{
    private readonly Option<string?> _config = new("--config") { Description = "JSON file with options, such as { \"GrpcPort\": 6410 }." };
    private readonly Option<string?> _data = new("--data", "-d") { Description = "Folder that holds collections and models (default vectorsearch-data)." };
    private readonly Option<string?> _bind = new("--bind") { Description = "IP address to listen on (default 127.0.0.1)." };
    private readonly Option<int?> _grpcPort = new("--grpc-port") { Description = $"Port for gRPC (default {ServerOptions.DefaultGrpcPort}; 0 takes a free one)." };
    private readonly Option<int?> _httpPort = new("--http-port") { Description = $"Port for HTTP: health and status (default {ServerOptions.DefaultHttpPort}; 0 takes a free one)." };
    private readonly Option<int?> _maxMessage = new("--max-message-bytes") { Description = "Largest message a client may send." };
    private readonly Option<string?> _readyFile = new("--ready-file") { Description = "File to write one JSON line with the ports to, once the server answers." };

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _config, _data, _bind, _grpcPort, _httpPort, _maxMessage, _readyFile }) command.Options.Add(option);
    }

    /// <summary>The options that flags, environment and file give together.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="defaults">What holds where no source says anything.</param>
    /// <exception cref="ServerConfigurationException">Lists every fault.</exception>
    public ServerOptions Read(ParseResult parsed, ServerOptions? defaults = null)
    {
        Dictionary<string, string?> flags = [];
        Take(nameof(ServerOptions.DataDirectory), parsed.GetValue(_data));
        Take(nameof(ServerOptions.Bind), parsed.GetValue(_bind));
        Take(nameof(ServerOptions.GrpcPort), Text(parsed.GetValue(_grpcPort)));
        Take(nameof(ServerOptions.HttpPort), Text(parsed.GetValue(_httpPort)));
        Take(nameof(ServerOptions.MaxMessageBytes), Text(parsed.GetValue(_maxMessage)));
        Take(nameof(ServerOptions.ReadyFile), parsed.GetValue(_readyFile));
        return ServerConfiguration.Load(parsed.GetValue(_config), flags, defaults);

        void Take(string name, string? value)
        {
            if (value is not null) flags[name] = value;
        }
    }

    private static string? Text(int? number) => number?.ToString(CultureInfo.InvariantCulture);
}
