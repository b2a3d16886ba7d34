namespace VectorSearch.Grpc.Kestrel;

/// <summary>Limits and hooks of all methods that are mapped together.</summary>
public sealed record GrpcServerOptions
{
    /// <summary>Name of the meter that counts and times calls, for OpenTelemetry's <c>AddMeter</c>.</summary>
    public const string MeterName = "VectorSearch.Grpc";

    /// <summary>Name of the source of spans, one a call, for OpenTelemetry's <c>AddSource</c>.</summary>
    public const string ActivitySourceName = "VectorSearch.Grpc";

    /// <summary>Default of <see cref="MaxReceiveMessageSize"/>, in bytes.</summary>
    public const int DefaultMaxReceiveMessageSize = 4 * 1024 * 1024;

    /// <summary>Default of <see cref="MaxRequestStreamSize"/>, in bytes.</summary>
    public const long DefaultMaxRequestStreamSize = 4L * 1024 * 1024 * 1024;

    /// <summary>
    /// Largest request message, in bytes, both as it travels and inflated. Checked on the message's prefix, before the
    /// message is waited for.
    /// </summary>
    public int MaxReceiveMessageSize { get; init; } = DefaultMaxReceiveMessageSize;

    /// <summary>Largest reply message, in bytes before compression.</summary>
    public int MaxSendMessageSize { get; init; } = int.MaxValue;

    /// <summary>
    /// All request messages of one client-streaming call together, in bytes. Duplex calls answer as they go and have no
    /// such limit.
    /// </summary>
    public long MaxRequestStreamSize { get; init; } = DefaultMaxRequestStreamSize;

    /// <summary>
    /// Longest pause between two request messages of a streaming call; infinite for none. Kestrel's own body rate does
    /// not hold for streams, so this is what ends an abandoned one.
    /// </summary>
    public TimeSpan StreamIdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Longest time from a request message's first byte to its last, beside one second for each 16 KiB of it. Also how
    /// long the message of a unary call may be waited for. Infinite for no limit.
    /// </summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How replies are compressed for callers that accept it; a handler may choose otherwise for its call.</summary>
    public GrpcEncoding ResponseEncoding { get; init; } = GrpcEncoding.Identity;

    /// <summary>
    /// Gives the status of an exception that a handler threw, or null for one that it does not know. Those are logged,
    /// and the caller gets <see cref="GrpcStatusCode.Unknown"/> without their text.
    /// </summary>
    public Func<Exception, GrpcStatus?>? ExceptionMapper { get; init; }

    /// <summary>What every call goes through before its handler, the first one outermost.</summary>
    public IReadOnlyList<ICallInterceptor> Interceptors { get; init; } = [];

    /// <summary>What every request message goes through between its parsing and its handler, and the reply of a unary one after it; null for nothing.</summary>
    public IMessageInspector? Inspector { get; init; }

    /// <summary>Ends calls gracefully when the server stops; null leaves streams to the host's shutdown timeout.</summary>
    public GrpcDrain? Drain { get; init; }

    /// <summary>Says every fault at once.</summary>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    internal void Validate()
    {
        var faults = new List<string>();
        if (MaxReceiveMessageSize < 0) faults.Add($"{nameof(MaxReceiveMessageSize)} is {MaxReceiveMessageSize}, expected 0 or more");
        if (MaxSendMessageSize < 0) faults.Add($"{nameof(MaxSendMessageSize)} is {MaxSendMessageSize}, expected 0 or more");
        if (MaxRequestStreamSize < 0) faults.Add($"{nameof(MaxRequestStreamSize)} is {MaxRequestStreamSize}, expected 0 or more");
        CheckTime(nameof(StreamIdleTimeout), StreamIdleTimeout);
        CheckTime(nameof(MessageTimeout), MessageTimeout);
        if (faults.Count > 0) throw new ArgumentException($"gRPC server options: {string.Join("; ", faults)}.");

        void CheckTime(string name, TimeSpan value)
        {
            if (value != Timeout.InfiniteTimeSpan && (value <= TimeSpan.Zero || value.TotalMilliseconds > int.MaxValue))
                faults.Add($"{name} is {value}, expected more than zero and at most {TimeSpan.FromMilliseconds(int.MaxValue)}, or infinite");
        }
    }
}
