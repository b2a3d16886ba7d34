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
/// <param name="Fraction">How much of the whole operation is done, 0 to 1.</param>
/// <param name="Remaining">How long the rest of it will take; null if that is not known.</param>
internal readonly record struct OperationProgress(string Phase, long Done, long Total, double Fraction = 0, TimeSpan? Remaining = null);

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

    /// <summary>An operation that begins.</summary>
    /// <param name="name">Unique.</param>
    /// <param name="kind">What is done.</param>
    /// <param name="collection">The collection it concerns.</param>
    /// <param name="start">When it was begun.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isStopping">Whether the server stops.</param>
    /// <param name="stop">Fires when the work shall stop with the server.</param>
    /// <param name="request">What began it, if a restart of the server shall begin it again.</param>
    public Operation(
        string name, string kind, string collection, DateTimeOffset start, TimeProvider time, Func<bool> isStopping, CancellationToken stop, ReadOnlyMemory<byte> request = default)
    {
        (Name, Kind, Collection, StartTime, Request, _time, _isStopping) = (name, kind, collection, start, request, time, isStopping);
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(stop);
    }

    public string Name { get; }

    public string Kind { get; }

    public string Collection { get; }

    public DateTimeOffset StartTime { get; }

    /// <summary>What began it; empty if a restart does not begin it again.</summary>
    public ReadOnlyMemory<byte> Request { get; }

    /// <summary>True if it did not end by itself or by its caller, but with the server: it can go on after the next start.</summary>
    public bool IsInterrupted { get; private set; }

    public OperationView View { get; private set; } = new(OperationState.Running, default, null, null, null);

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

    public void Report(OperationProgress value) => Change(view => view with { Progress = value });

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
        Change(view => view with { State = state, Progress = view.Progress with { Remaining = null }, Result = result, Fault = fault, EndTime = _time.GetUtcNow() });
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
    OperationState State, OperationProgress Progress, OperationResult? Result, Proto.Fault? Fault, DateTimeOffset? EndTime)
{
    /// <summary>True once nothing will change any more.</summary>
    public bool IsOver => State != OperationState.Running;
}
