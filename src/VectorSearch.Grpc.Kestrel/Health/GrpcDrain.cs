using Microsoft.Extensions.Hosting;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// Ends a server without breaking calls. When the host stops: health says NOT_SERVING; after
/// <see cref="Delay"/> Kestrel takes no new connections and tells its peers so (GOAWAY); unary calls come to their end;
/// streams are told by <see cref="ServerCall.Stopping"/> and, if they go on, end with UNAVAILABLE after
/// <see cref="StreamGracePeriod"/>. Registered as a hosted service.
/// </summary>
public sealed class GrpcDrain : IHostedLifecycleService, IDisposable
{
    private readonly HealthRegistry _health;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _streamsEnd = new();

    /// <summary>A drain that says so through a health service.</summary>
    public GrpcDrain(HealthRegistry health)
    {
        ArgumentNullException.ThrowIfNull(health);
        _health = health;
    }

    /// <summary>How long callers have to see that the server leaves before it takes no more connections.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.Zero;

    /// <summary>How long streams may go on. Must be shorter than the host's shutdown timeout (30 s by default).</summary>
    public TimeSpan StreamGracePeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Fires when the server begins to end.</summary>
    internal CancellationToken Stopping => _stopping.Token;

    /// <summary>Fires when streams must have ended.</summary>
    internal CancellationToken StreamsEnd => _streamsEnd.Token;

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _health.Drain();
        await _stopping.CancelAsync();
        _streamsEnd.CancelAfter(Delay + StreamGracePeriod);
        // The host's own patience ends the wait, and is no fault.
        await Task.Delay(Delay, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _streamsEnd.Dispose();
    }
}
