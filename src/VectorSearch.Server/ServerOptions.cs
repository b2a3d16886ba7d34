using System.Net;

namespace VectorSearch.Server;

/// <summary>
/// What a server needs to know to start. Each may come from a flag, an environment variable
/// (<c>VECTORSEARCH_GrpcPort</c>) or a configuration file (<c>{ "GrpcPort": 6410 }</c>), in that order of precedence.
/// </summary>
public sealed record ServerOptions
{
    /// <summary>Port for gRPC unless another is chosen.</summary>
    public const int DefaultGrpcPort = 6410;

    /// <summary>Port for HTTP unless another is chosen.</summary>
    public const int DefaultHttpPort = 6411;

    /// <summary>Largest message a client may send unless another limit is chosen, in bytes.</summary>
    public const int DefaultMaxMessageBytes = 4 << 20;

    /// <summary>Least value of <see cref="MaxMessageBytes"/>.</summary>
    public const int MinMaxMessageBytes = 64 << 10;

    /// <summary>Greatest value of <see cref="MaxMessageBytes"/>.</summary>
    public const int MaxMaxMessageBytes = 64 << 20;

    /// <summary>Log after which a collection takes a snapshot unless another size is chosen, in MiB.</summary>
    public const int DefaultSnapshotAfterLogMegabytes = 256;

    /// <summary>Greatest value of <see cref="SnapshotAfterLogMegabytes"/>.</summary>
    public const int MaxSnapshotAfterLogMegabytes = 1 << 20;

    /// <summary>Folder that holds collections and models. Made if it is missing.</summary>
    public string DataDirectory { get; init; } = "vectorsearch-data";

    /// <summary>Address to listen on. Loopback by default: a server without keys is nobody else's business.</summary>
    public string Bind { get; init; } = "127.0.0.1";

    /// <summary>Port for gRPC (HTTP/2); 0 takes a free one.</summary>
    public int GrpcPort { get; init; } = DefaultGrpcPort;

    /// <summary>Port for everything else (HTTP/1.1, and with TLS also HTTP/2); 0 takes a free one.</summary>
    public int HttpPort { get; init; } = DefaultHttpPort;

    /// <summary>Largest message a client may send, in bytes, checked before it is read.</summary>
    public int MaxMessageBytes { get; init; } = DefaultMaxMessageBytes;

    /// <summary>Log after which a collection takes a snapshot by itself, in MiB, at least 1; a large collection waits for half its size.</summary>
    public int SnapshotAfterLogMegabytes { get; init; } = DefaultSnapshotAfterLogMegabytes;

    /// <summary>Where to write one JSON line with the ports once the server answers; none if empty.</summary>
    public string ReadyFile { get; init; } = "";

    /// <summary>PEM file with the server's certificate and chain; empty serves without TLS.</summary>
    public string TlsCertificateFile { get; init; } = "";

    /// <summary>PEM file with the certificate's private key.</summary>
    public string TlsKeyFile { get; init; } = "";

    /// <summary>PEM file with the authority that must have issued a caller's certificate (mutual TLS); empty asks for none.</summary>
    public string TlsClientAuthorityFile { get; init; } = "";

    /// <summary>Web origins that may call from a browser, separated by commas, or <c>*</c>; empty lets none.</summary>
    public string CorsOrigins { get; init; } = "";

    /// <summary>All that is wrong with these options, one sentence each; empty if nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [];
        if (string.IsNullOrWhiteSpace(DataDirectory)) faults.Add($"{nameof(DataDirectory)} is empty; give a folder.");
        if (!IPAddress.TryParse(Bind, out _)) faults.Add($"{nameof(Bind)} is '{Bind}'; expected an IP address such as 127.0.0.1 or 0.0.0.0.");
        CheckPort(nameof(GrpcPort), GrpcPort);
        CheckPort(nameof(HttpPort), HttpPort);
        if (GrpcPort != 0 && GrpcPort == HttpPort) faults.Add($"{nameof(GrpcPort)} and {nameof(HttpPort)} are both {GrpcPort}; they must differ.");
        if (MaxMessageBytes is < MinMaxMessageBytes or > MaxMaxMessageBytes)
            faults.Add($"{nameof(MaxMessageBytes)} is {MaxMessageBytes}; expected {MinMaxMessageBytes} to {MaxMaxMessageBytes}.");
        if (TlsCertificateFile.Length > 0 != TlsKeyFile.Length > 0) faults.Add($"{nameof(TlsCertificateFile)} and {nameof(TlsKeyFile)} go together; one of them is empty.");
        if (TlsClientAuthorityFile.Length > 0 && TlsCertificateFile.Length == 0) faults.Add($"{nameof(TlsClientAuthorityFile)} needs {nameof(TlsCertificateFile)} and {nameof(TlsKeyFile)}.");
        if (SnapshotAfterLogMegabytes is < 1 or > MaxSnapshotAfterLogMegabytes)
            faults.Add($"{nameof(SnapshotAfterLogMegabytes)} is {SnapshotAfterLogMegabytes}; expected 1 to {MaxSnapshotAfterLogMegabytes}.");
        return faults;

        void CheckPort(string field, int port)
        {
            if (port is < IPEndPoint.MinPort or > IPEndPoint.MaxPort) faults.Add($"{field} is {port}; expected 0 to {IPEndPoint.MaxPort}.");
        }
    }
}
