using VectorSearch.Grpc;

namespace VectorSearch.Client;

/// <summary>Times, limits and retries of a client.</summary>
public sealed record VectorSearchClientOptions
{
    /// <summary>Default of <see cref="MaxMessageBytes"/>: the server's own default.</summary>
    public const int DefaultMaxMessageBytes = 4 << 20;

    /// <summary>Least value of <see cref="MaxMessageBytes"/>: a request's head and one vector of 10,000 dimensions.</summary>
    public const int MinMaxMessageBytes = 64 << 10;

    /// <summary>Default of <see cref="MaxReplyBytes"/>: a reply is as large as what was asked for, and the server bounds it.</summary>
    public const int DefaultMaxReplyBytes = 256 << 20;

    /// <summary>How long a whole call may take, retries included, unless the call says otherwise.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Largest message that the server takes, in bytes. A larger upsert goes in pieces.</summary>
    public int MaxMessageBytes { get; init; } = DefaultMaxMessageBytes;

    /// <summary>Largest reply that the client takes, in bytes.</summary>
    public int MaxReplyBytes { get; init; } = DefaultMaxReplyBytes;

    /// <summary>When a call is repeated.</summary>
    public RetryPolicy Retry { get; init; } = RetryPolicy.Default;

    /// <summary>How connections are made: TLS, metadata for every call, keep-alive.</summary>
    public GrpcChannelOptions Channel { get; init; } = new();

    internal void Validate()
    {
        List<string> faults = [];
        if (Timeout <= TimeSpan.Zero) faults.Add($"{nameof(Timeout)} is {Timeout}, expected more than zero");
        if (MaxMessageBytes < MinMaxMessageBytes) faults.Add($"{nameof(MaxMessageBytes)} is {MaxMessageBytes}, expected {MinMaxMessageBytes} or more");
        if (MaxReplyBytes <= 0) faults.Add($"{nameof(MaxReplyBytes)} is {MaxReplyBytes}, expected more than zero");
        Retry.Validate(faults);
        if (faults.Count > 0) throw new ArgumentException($"Client options: {string.Join("; ", faults)}.");
    }
}
