using ServingStatus = VectorSearch.Grpc.HealthModel.HealthCheckResponse.Types.ServingStatus;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// Which services take calls. The empty name stands for the server as a whole and is known from the start, as not
/// serving. Safe for concurrent use.
/// </summary>
public sealed class HealthRegistry
{
    /// <summary>The name of the server as a whole.</summary>
    public const string Server = "";

    // Guards everything below; held only for dictionary work.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ServingStatus> _states = new(StringComparer.Ordinal) { [Server] = ServingStatus.NotServing };
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _draining;

    /// <summary>Says whether a service takes calls. Nothing serves any more once <see cref="Drain"/> was called.</summary>
    /// <param name="service">Its name with its package, or <see cref="Server"/>.</param>
    /// <param name="serving">True if it does.</param>
    public void Set(string service, bool serving)
    {
        ArgumentNullException.ThrowIfNull(service);
        Change(() => _states[service] = serving && !_draining ? ServingStatus.Serving : ServingStatus.NotServing);
    }

    /// <summary>Everything stops serving for good: the server is about to end.</summary>
    public void Drain() => Change(() =>
    {
        _draining = true;
        foreach (string service in _states.Keys) _states[service] = ServingStatus.NotServing;
    });

    /// <summary>True if the service takes calls, null if it is not known.</summary>
    public bool? IsServing(string service)
    {
        lock (_gate) return _states.TryGetValue(service, out ServingStatus status) ? status == ServingStatus.Serving : null;
    }

    internal IReadOnlyDictionary<string, ServingStatus> Snapshot()
    {
        lock (_gate) return new Dictionary<string, ServingStatus>(_states);
    }

    /// <summary>The state of a service and a task that ends with the next change of any.</summary>
    internal (ServingStatus? Status, Task Changed) Look(string service)
    {
        lock (_gate) return (_states.TryGetValue(service, out ServingStatus status) ? status : null, _changed.Task);
    }

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            change();
            changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }
}
