using VectorSearch.Grpc;
using VectorSearch.Grpc.ErrorModel;

namespace VectorSearch.Client;

/// <summary>
/// When a call is repeated, and after what pause. <see cref="GrpcStatusCode.Unavailable"/> is repeated with growing pauses,
/// each with a random part so that many clients don't come back at once; <see cref="GrpcStatusCode.ResourceExhausted"/> only
/// if the server says when (google.rpc.RetryInfo). A write carries its request id again, so that the server does it once.
/// All of it stays within the call's timeout.
/// </summary>
public sealed record RetryPolicy
{
    /// <summary>Five attempts, from 100 ms to 5 s apart.</summary>
    public static RetryPolicy Default { get; } = new();

    /// <summary>One attempt.</summary>
    public static RetryPolicy None { get; } = new() { Attempts = 1 };

    /// <summary>Attempts in all, the first included.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Pause before the second attempt; it doubles from one to the next.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest pause, unless the server asks for a longer one.</summary>
    public TimeSpan MaxPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The pause before the next attempt; null to give up.</summary>
    /// <param name="attempt">The attempt that failed, from 1.</param>
    /// <param name="status">How it failed.</param>
    internal TimeSpan? PauseAfter(int attempt, GrpcStatus status)
    {
        bool isRepeatable = status.Code is GrpcStatusCode.Unavailable or GrpcStatusCode.ResourceExhausted;
        if (attempt >= Attempts || !isRepeatable) return null;
        if (status.TryGetDetail(out RetryInfo? told) && told.RetryDelay is { } delay) return delay.ToTimeSpan();
        if (status.Code != GrpcStatusCode.Unavailable) return null;

        double pause = Math.Min(MaxPause.TotalMilliseconds, FirstPause.TotalMilliseconds * Math.Pow(2, attempt - 1));
#pragma warning disable CA5394 // Spreads load; nothing secret depends on it.
        return TimeSpan.FromMilliseconds(pause * (0.5 + Random.Shared.NextDouble() / 2));
#pragma warning restore CA5394
    }

    internal void Validate(List<string> faults)
    {
        if (Attempts < 1) faults.Add($"{nameof(VectorSearchClientOptions.Retry)}.{nameof(Attempts)} is {Attempts}, expected 1 or more");
        if (FirstPause < TimeSpan.Zero) faults.Add($"{nameof(VectorSearchClientOptions.Retry)}.{nameof(FirstPause)} is {FirstPause}, expected zero or more");
        if (MaxPause < FirstPause) faults.Add($"{nameof(VectorSearchClientOptions.Retry)}.{nameof(MaxPause)} is {MaxPause}, expected {nameof(FirstPause)} or more");
    }
}
