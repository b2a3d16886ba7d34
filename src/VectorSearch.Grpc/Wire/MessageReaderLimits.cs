namespace VectorSearch.Grpc;

/// <summary>What a reader of messages takes from its peer.</summary>
/// <param name="MaxMessageSize">Bytes of one message, as it travels and inflated.</param>
/// <param name="MaxStreamSize">Bytes of all messages of a call together, as they travel.</param>
/// <param name="IdleTimeout">Longest pause between two messages, or infinite.</param>
/// <param name="MessageTimeout">
/// Longest time from a message's first byte to its last, beside what its length takes at <see cref="MinBytesPerSecond"/>;
/// or infinite.
/// </param>
internal sealed record MessageReaderLimits(int MaxMessageSize, long MaxStreamSize, TimeSpan IdleTimeout, TimeSpan MessageTimeout)
{
    /// <summary>A peer slower than this on a long message is not waited for.</summary>
    internal const int MinBytesPerSecond = 16 * 1024;

    /// <summary>What time it is; for tests.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Limits without timeouts, for a caller, whose deadline does their work.</summary>
    internal static MessageReaderLimits ForCaller(int maxMessageSize) =>
        new(maxMessageSize, long.MaxValue, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
}
