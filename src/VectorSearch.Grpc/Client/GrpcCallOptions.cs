namespace VectorSearch.Grpc;

/// <summary>What a caller may choose for one call.</summary>
public sealed record GrpcCallOptions
{
    /// <summary>Options without a choice.</summary>
    public static GrpcCallOptions Default { get; } = new();

    /// <summary>Metadata to send before the first message.</summary>
    public GrpcMetadata? Headers { get; init; }

    /// <summary>
    /// How long the call may take, in all; the server is told (<c>grpc-timeout</c>). Null takes the channel's
    /// <see cref="GrpcChannelOptions.DefaultTimeout"/>; infinite waits for ever.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How messages to the server are compressed; null takes the channel's choice.</summary>
    public GrpcEncoding? RequestEncoding { get; init; }
}
