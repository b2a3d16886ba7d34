using System.Net.Security;

namespace VectorSearch.Grpc;

/// <summary>How a channel connects, and its limits.</summary>
public sealed record GrpcChannelOptions
{
    /// <summary>Default of both message limits, in bytes.</summary>
    public const int DefaultMaxMessageSize = 4 * 1024 * 1024;

    /// <summary>Largest reply, in bytes, as it travels and inflated.</summary>
    public int MaxReceiveMessageSize { get; init; } = DefaultMaxMessageSize;

    /// <summary>Largest request, in bytes before compression.</summary>
    public int MaxSendMessageSize { get; init; } = int.MaxValue;

    /// <summary>How messages to the server are compressed unless a call says otherwise.</summary>
    public GrpcEncoding RequestEncoding { get; init; } = GrpcEncoding.Identity;

    /// <summary>How long a call may take unless it says otherwise.</summary>
    public TimeSpan DefaultTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How long connecting may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A connection is probed after this pause, while calls are under way.</summary>
    public TimeSpan KeepAlivePingDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A probe that is not answered for so long ends the connection and its calls.</summary>
    public TimeSpan KeepAlivePingTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Metadata to send with every call, as an API key.</summary>
    public GrpcMetadata? Headers { get; init; }

    /// <summary>TLS of an <c>https</c> address: trusted roots, client certificate; null takes the system's.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>Takes the place of the channel's own connections, in tests; the channel does not dispose it.</summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>Says every fault at once.</summary>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    internal void Validate()
    {
        var faults = new List<string>();
        if (MaxReceiveMessageSize < 0) faults.Add($"{nameof(MaxReceiveMessageSize)} is {MaxReceiveMessageSize}, expected 0 or more");
        if (MaxSendMessageSize < 0) faults.Add($"{nameof(MaxSendMessageSize)} is {MaxSendMessageSize}, expected 0 or more");
        CheckTime(nameof(DefaultTimeout), DefaultTimeout);
        CheckTime(nameof(ConnectTimeout), ConnectTimeout);
        CheckTime(nameof(KeepAlivePingDelay), KeepAlivePingDelay);
        CheckTime(nameof(KeepAlivePingTimeout), KeepAlivePingTimeout);
        if (faults.Count > 0) throw new ArgumentException($"Channel options: {string.Join("; ", faults)}.");

        void CheckTime(string name, TimeSpan value)
        {
            if (value <= TimeSpan.Zero && value != Timeout.InfiniteTimeSpan) faults.Add($"{name} is {value}, expected more than zero, or infinite");
        }
    }
}
