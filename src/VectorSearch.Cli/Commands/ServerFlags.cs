using System.CommandLine;
using VectorSearch.Server;

namespace VectorSearch.Cli.Commands;

/// <summary>The flags that say how a server runs. What is not given comes from the environment or the configuration file.</summary>
internal sealed class ServerFlags
{
    private readonly Option<string?> _config = new("--config") { Description = "JSON file with options, such as { \"GrpcPort\": 6410 }." };

    /// <summary>Each option of the server with its flag. Values are read and checked in one place for all three sources.</summary>
    private readonly (string Name, Option<string?> Flag)[] _flags =
    [
        (nameof(ServerOptions.DataDirectory), Flag("--data", "Folder that holds collections and models (default vectorsearch-data).", "-d")),
        (nameof(ServerOptions.Bind), Flag("--bind", "IP address to listen on (default 127.0.0.1).")),
        (nameof(ServerOptions.GrpcPort), Flag("--grpc-port", $"Port for gRPC (default {ServerOptions.DefaultGrpcPort}; 0 takes a free one).")),
        (nameof(ServerOptions.HttpPort), Flag("--http-port", $"Port for HTTP: JSON, gRPC-Web, health and status (default {ServerOptions.DefaultHttpPort}; 0 takes a free one).")),
        (nameof(ServerOptions.MaxMessageBytes), Flag("--max-message-bytes", $"Largest message a client may send (default {ServerOptions.DefaultMaxMessageBytes}).")),
        (nameof(ServerOptions.TlsCertificateFile), Flag("--tls-certificate", "PEM file with the server's certificate; without it there is no TLS.")),
        (nameof(ServerOptions.TlsKeyFile), Flag("--tls-key", "PEM file with the certificate's private key.")),
        (nameof(ServerOptions.TlsClientAuthorityFile), Flag("--tls-client-authority", "PEM file with the authority of callers' certificates (mutual TLS).")),
        (nameof(ServerOptions.AccessFile), Flag("--access", "JSON file that says who may call; without it everybody may do everything.")),
        (nameof(ServerOptions.OtlpEndpoint), Flag("--otlp", "Address of an OpenTelemetry collector (OTLP over HTTP), such as http://localhost:4318.")),
        (nameof(ServerOptions.LogFormat), Flag("--log-format", "text (default) or json.")),
        (nameof(ServerOptions.CorsOrigins), Flag("--cors-origins", "Web origins that may call from a browser, separated by commas, or *.")),
        (nameof(ServerOptions.ReadyFile), Flag("--ready-file", "File to write one JSON line with the ports to, once the server answers.")),
    ];

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_config);
        foreach ((_, Option<string?> flag) in _flags) command.Options.Add(flag);
    }

    /// <summary>The options that flags, environment and file give together.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="defaults">What holds where no source says anything.</param>
    /// <exception cref="ServerConfigurationException">Lists every fault.</exception>
    public ServerOptions Read(ParseResult parsed, ServerOptions? defaults = null)
    {
        Dictionary<string, string?> given = [];
        foreach ((string name, Option<string?> flag) in _flags)
        {
            if (parsed.GetValue(flag) is { } value) given[name] = value;
        }

        return ServerConfiguration.Load(parsed.GetValue(_config), given, defaults);
    }

    private static Option<string?> Flag(string name, string description, params string[] aliases) => new(name, aliases) { Description = description };
}
