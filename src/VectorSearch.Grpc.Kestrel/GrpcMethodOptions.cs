namespace VectorSearch.Grpc.Kestrel;

/// <summary>What one method has otherwise than <see cref="GrpcServerOptions"/>; null leaves it as it is there.</summary>
public sealed record GrpcMethodOptions
{
    /// <summary>See <see cref="GrpcServerOptions.MaxReceiveMessageSize"/>.</summary>
    public int? MaxReceiveMessageSize { get; init; }

    /// <summary>See <see cref="GrpcServerOptions.MaxRequestStreamSize"/>.</summary>
    public long? MaxRequestStreamSize { get; init; }

    /// <summary>See <see cref="GrpcServerOptions.StreamIdleTimeout"/>.</summary>
    public TimeSpan? StreamIdleTimeout { get; init; }

    internal MessageReaderLimits Limits(GrpcMethodKind kind, GrpcServerOptions server)
    {
        int messageSize = MaxReceiveMessageSize ?? server.MaxReceiveMessageSize;
        ArgumentOutOfRangeException.ThrowIfNegative(messageSize, nameof(MaxReceiveMessageSize));
        long streamSize = MaxRequestStreamSize ?? (kind == GrpcMethodKind.ClientStream ? server.MaxRequestStreamSize : long.MaxValue);
        ArgumentOutOfRangeException.ThrowIfNegative(streamSize, nameof(MaxRequestStreamSize));
        bool single = kind is GrpcMethodKind.Unary or GrpcMethodKind.ServerStream;
        TimeSpan idle = single ? server.MessageTimeout : StreamIdleTimeout ?? server.StreamIdleTimeout;
        return new MessageReaderLimits(messageSize, streamSize, idle, server.MessageTimeout);
    }
}
