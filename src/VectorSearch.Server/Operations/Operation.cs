using VectorSearch.Server.Services;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Operations;

/// <summary>How an operation stands.</summary>
internal enum OperationState
{
    Running = 1,
    Succeeded = 2,
    Failed = 3,
    Cancelled = 4,
}

/// <summary>How far an operation is, as it tells it.</summary>
/// <param name="Phase">What it does now.</param>
/// <param name="Done">Units done of this phase.</param>
/// <param name="Total">Units of this phase in all; 0 if that is not known.</param>
internal readonly record struct OperationProgress(string Phase, long Done, long Total);

/// <summary>What came out of an operation; a kind of operation has a kind of result.</summary>
internal abstract record OperationResult
{
    /// <summary>A snapshot was taken.</summary>
    /// <param name="Lsn">Newest record that it holds.</param>
    public sealed record Snapshot(ulong Lsn) : OperationResult;

    /// <summary>A generation was built and judged.</summary>
    /// <param name="Outcome">As callers are told.</param>
    public sealed record Rebuild(Proto.RebuildResult Outcome) : OperationResult;
}

/// <summary>Long work that is to be done.</summary>
/// <param name="progress">Told how far it is.</param>
/// <param name="cancellation">Asks it to stop.</param>
internal delegate Task<OperationResult> OperationWork(IProgress<OperationProgress> progress, CancellationToken cancellation);

/// <summary>One piece of long work, seen from outside. Safe for use by many threads.</summary>
internal sealed class Operation : IProgress<OperationProgress>, IDisposable
{
    private readonly Lock _change = new();
    private readonly CancellationTokenSource _cancellation;
    private readonly Func<bool> _isStopping;
    private readonly TimeProvider _time;
    private volatile bool _isCancelled;
    private TaskCompletionSource _changed = NewSignal();
    private DateTimeOffset _phaseStart;

    /// <summary>An operation that begins.</summary>
    /// <param name="name">Unique.</param>
    /// <param name="kind">What is done.</param>
    /// <param name="collection">The collection it concerns.</param>
    /// <param name="start">When it was begun.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isStopping">Whether the server stops.</param>
    /// <param name="stop">Fires when the work shall stop with the server.</param>
    public Operation(string name, string kind, string collection, DateTimeOffset start, TimeProvider time, Func<bool> isStopping, CancellationToken stop)
    {
        (Name, Kind, Collection, StartTime, _time, _isStopping) = (name, kind, collection, start, time, isStopping);
        _phaseStart = time.GetUtcNow();
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(stop);
    }

    public string Name { get; }

    public string Kind { get; }

    public string Collection { get; }

    public DateTimeOffset StartTime { get; }

    /// <summary>True if it did not end by itself or by its caller, but with the server: it can go on after the next start.</summary>
    public bool IsInterrupted { get; private set; }

    public OperationView View { get; private set; } = new(OperationState.Running, default, null, null, null, null);

    /// <summary>Ends with the next change after <see cref="View"/> was read, if it is read after this.</summary>
    public Task Changed
    {
        get
        {
            lock (_change) return _changed.Task;
        }
    }

    /// <summary>One that ended before the server started.</summary>
    public static Operation Ended(string name, string kind, string collection, DateTimeOffset start, OperationView view, TimeProvider time) =>
        new(name, kind, collection, start, time, () => false, CancellationToken.None) { View = view };

    public void Report(OperationProgress value) => Change(view =>
    {
        DateTimeOffset now = _time.GetUtcNow();
        if (view.Progress.Phase != value.Phase) _phaseStart = now;
        bool isKnown = value.Total > 0 && value.Done > 0 && value.Done <= value.Total;
        TimeSpan? remaining = isKnown ? (now - _phaseStart) * ((double)(value.Total - value.Done) / value.Done) : null;
        return view with { Progress = value, Remaining = remaining };
    });

    public void Cancel()
    {
        if (View.State != OperationState.Running) return;
        _isCancelled = true;
        _cancellation.Cancel();
    }

    /// <summary>Does the work and keeps what became of it. Never throws.</summary>
    public async Task RunAsync(OperationWork work)
    {
        try
        {
            OperationResult result = await work(this, _cancellation.Token);
            End(OperationState.Succeeded, result, null);
        }
        catch (OperationCanceledException)
        {
            End(OperationState.Cancelled, null, null);
        }
        catch (Exception fault)
        {
            End(OperationState.Failed, null, Faults.Write(fault));
        }
    }

    public void Dispose() => _cancellation.Dispose();

    private void End(OperationState state, OperationResult? result, Proto.Fault? fault)
    {
        IsInterrupted = state != OperationState.Succeeded && _isStopping() && !_isCancelled;
        Change(view => view with { State = state, Result = result, Fault = fault, Remaining = null, EndTime = _time.GetUtcNow() });
    }

    private void Change(Func<OperationView, OperationView> change)
    {
        TaskCompletionSource changed;
        lock (_change)
        {
            View = change(View);
            changed = _changed;
            _changed = NewSignal();
        }

        changed.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>An operation at one moment.</summary>
internal sealed record OperationView(
    OperationState State, OperationProgress Progress, TimeSpan? Remaining, OperationResult? Result, Proto.Fault? Fault, DateTimeOffset? EndTime)
{
    /// <summary>True once nothing will change any more.</summary>
    public bool IsOver => State != OperationState.Running;
}
