using System.Net;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Server.Metrics;

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

    /// <summary>Greatest number of calls that run or wait.</summary>
    private const int MaxCalls = 1_000_000;

    /// <summary>Most memory for replies: a tebibyte.</summary>
    private const int MaxReplyMegabytes = 1 << 20;

    /// <summary>Greatest interval: a day.</summary>
    private const int MaxMilliseconds = 86_400_000;

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

    /// <summary>
    /// JSON file that says who may call: keys by their digests, and whose tokens are believed. Empty lets everybody do
    /// everything.
    /// </summary>
    public string AccessFile { get; init; } = "";

    /// <summary>Reads that run at once; 0 for one more than there are processors.</summary>
    public int MaxConcurrentReads { get; init; }

    /// <summary>Reads that may wait for their place; more are turned away.</summary>
    public int MaxQueuedReads { get; init; } = 256;

    /// <summary>Writes that run at once.</summary>
    public int MaxConcurrentWrites { get; init; } = 256;

    /// <summary>Writes that may wait for their place; more are turned away.</summary>
    public int MaxQueuedWrites { get; init; } = 1024;

    /// <summary>Streams, and calls that wait for an operation, at once; more are turned away.</summary>
    public int MaxConcurrentStreams { get; init; } = 512;

    /// <summary>A call whose place would come later than this, by the time that calls take now, is turned away when it comes.</summary>
    public int MaxQueueMilliseconds { get; init; } = 500;

    /// <summary>Megabytes of replies that wait for their callers to read them; a call whose reply would be more is turned away. Small replies do not count.</summary>
    public int MaxUnwrittenReplyMegabytes { get; init; } = 64;

    /// <summary>Control frames of HTTP/2 a second that are read of one connection; see <see cref="KestrelLimits.MaxControlFramesPerSecond"/>.</summary>
    public int MaxControlFramesPerSecond { get; init; } = KestrelLimits.DefaultMaxControlFramesPerSecond;

    /// <summary>New connections a second of one address to the gRPC port; see <see cref="KestrelLimits.MaxNewConnectionsPerSecond"/>.</summary>
    public int MaxNewConnectionsPerSecond { get; init; } = KestrelLimits.DefaultMaxNewConnectionsPerSecond;

    /// <summary>Strict mode: answers (limit, candidates) that one request may ask for; 0 leaves it to the server's own limits.</summary>
    public int StrictMaxAnswers { get; init; }

    /// <summary>Strict mode: greatest ef of a request; 0 for no limit of its own.</summary>
    public int StrictMaxEf { get; init; }

    /// <summary>Strict mode: queries in one request; 0 for no limit of its own.</summary>
    public int StrictMaxQueries { get; init; }

    /// <summary>Strict mode: points that one request may name or write; 0 for no limit of its own.</summary>
    public int StrictMaxRows { get; init; }

    /// <summary>Strict mode: conditions in a filter; 0 for no limit of its own.</summary>
    public int StrictMaxConditions { get; init; }

    /// <summary>Strict mode: 1 refuses requests that ask to compare with every point; 0 lets them.</summary>
    public int StrictNoExact { get; init; }

    /// <summary>A call that takes at least so many milliseconds is told in the log; 0 tells none.</summary>
    public int SlowCallMilliseconds { get; init; } = 1000;

    /// <summary>Share of one processor, in percent, that re-checking live queries exactly may take; 0 samples no recall.</summary>
    public int RecallSamplingPercent { get; init; } = RecallSampler.DefaultPercent;

    /// <summary>Base address of an OpenTelemetry collector that takes OTLP over HTTP, as <c>http://localhost:4318</c>; empty sends nothing.</summary>
    public string OtlpEndpoint { get; init; } = "";

    /// <summary>Between two deliveries of metrics to the collector.</summary>
    public int OtlpIntervalMilliseconds { get; init; } = 60_000;

    /// <summary>How the log is written to standard error: <c>text</c>, or <c>json</c> with one object a line.</summary>
    public string LogFormat { get; init; } = "text";

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
        CheckFeatures(faults);
        return faults;

        void CheckPort(string field, int port)
        {
            if (port is < IPEndPoint.MinPort or > IPEndPoint.MaxPort) faults.Add($"{field} is {port}; expected 0 to {IPEndPoint.MaxPort}.");
        }
    }

    private void CheckFeatures(List<string> faults)
    {
        Check(nameof(MaxConcurrentReads), MaxConcurrentReads, 0, MaxCalls);
        Check(nameof(MaxQueuedReads), MaxQueuedReads, 0, MaxCalls);
        Check(nameof(MaxConcurrentWrites), MaxConcurrentWrites, 1, MaxCalls);
        Check(nameof(MaxQueuedWrites), MaxQueuedWrites, 0, MaxCalls);
        Check(nameof(MaxConcurrentStreams), MaxConcurrentStreams, 1, MaxCalls);
        Check(nameof(MaxQueueMilliseconds), MaxQueueMilliseconds, 1, MaxMilliseconds);
        Check(nameof(MaxUnwrittenReplyMegabytes), MaxUnwrittenReplyMegabytes, 1, MaxReplyMegabytes);
        Check(nameof(MaxControlFramesPerSecond), MaxControlFramesPerSecond, KestrelLimits.MinMaxControlFramesPerSecond, KestrelLimits.MaxMaxControlFramesPerSecond);
        Check(nameof(MaxNewConnectionsPerSecond), MaxNewConnectionsPerSecond, KestrelLimits.MinMaxNewConnectionsPerSecond, KestrelLimits.MaxMaxNewConnectionsPerSecond);
        Check(nameof(StrictMaxAnswers), StrictMaxAnswers, 0, int.MaxValue);
        Check(nameof(StrictMaxEf), StrictMaxEf, 0, int.MaxValue);
        Check(nameof(StrictMaxQueries), StrictMaxQueries, 0, int.MaxValue);
        Check(nameof(StrictMaxRows), StrictMaxRows, 0, int.MaxValue);
        Check(nameof(StrictMaxConditions), StrictMaxConditions, 0, int.MaxValue);
        Check(nameof(StrictNoExact), StrictNoExact, 0, 1);
        Check(nameof(SlowCallMilliseconds), SlowCallMilliseconds, 0, MaxMilliseconds);
        Check(nameof(RecallSamplingPercent), RecallSamplingPercent, 0, RecallSampler.MaxPercent);
        Check(nameof(OtlpIntervalMilliseconds), OtlpIntervalMilliseconds, 10, MaxMilliseconds);
        if (OtlpEndpoint.Length > 0 && !(Uri.TryCreate(OtlpEndpoint, UriKind.Absolute, out Uri? collector) && collector.Scheme is "http" or "https"))
            faults.Add($"{nameof(OtlpEndpoint)} is '{OtlpEndpoint}'; expected an address such as http://localhost:4318.");
        if (LogFormat is not ("text" or "json")) faults.Add($"{nameof(LogFormat)} is '{LogFormat}'; expected text or json.");

        void Check(string field, int value, int least, int most)
        {
            if (value < least || value > most) faults.Add($"{field} is {value}; expected {least} to {most}.");
        }
    }
}
