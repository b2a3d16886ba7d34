using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>
/// Background work on the index: links points that are found by exact scan so far, and takes retired points out of the
/// graph. Writers wait when too much of it is outstanding, so that the exact scan stays short. An exact index links
/// nothing: every point is found by scan for good.
/// </summary>
internal sealed class IndexMaintenance : IDisposable
{
    /// <summary>
    /// After so many removals, or a quarter of the points if that is more, the graph is looked over for nodes that walks
    /// no longer reach: that reads every list once, so it costs a removal less than the removal itself does.
    /// </summary>
    private const int RemovalsPerLook = 4096;

    /// <summary>
    /// How often writers that wait look again: a link into a large graph takes a millisecond, and more beside a snapshot.
    /// </summary>
    private const int JobsPerSignal = 16;

    private readonly PointTable _table;
    private readonly bool _links;
    private readonly BackgroundWorkers<Job> _workers;
    private Task _loading = Task.CompletedTask;
    private int _outstanding;
    private int _removals;
    private volatile bool _isStopped;
    private TaskCompletionSource _progress = NewSignal();

    private readonly record struct Job(int Slot, PointEntry? Retired);

    /// <param name="table">The points.</param>
    /// <param name="links">False for an exact index.</param>
    public IndexMaintenance(PointTable table, bool links)
    {
        (_table, _links) = (table, links);
        _workers = new BackgroundWorkers<Job>(Work);
    }

    /// <summary>Points not linked or not removed yet.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>What ended a worker, which never happens unless there is a defect; null otherwise.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Starts working. During recovery nothing is worked off, so that serving begins early.</summary>
    public void Start(int threads)
    {
        // A snapshot may hold points that were not linked yet. Linking a linked one does nothing.
        int loaded = _links && _table.Index.Counts.Unlinked > Outstanding ? _table.Index.SlotCount : 0;
        CancellationToken stopping = _workers.Stopping;
        if (loaded > 0) _loading = BackgroundThread.Run(() => LinkLoaded(loaded, stopping));
        _workers.Start(threads);
    }

    public void Link(int slot)
    {
        if (_links) Enqueue(new Job(slot, null));
    }

    public void Remove(PointEntry retired) => Enqueue(new Job(retired.Slot, retired));

    /// <summary>Takes out a slot that no point owns.</summary>
    public void RemoveOrphan(int slot) => Enqueue(new Job(slot, new PointEntry(default, slot, 0, null)));

    /// <summary>Ends when at most so many jobs are outstanding.</summary>
    public async ValueTask WaitForRoomAsync(int bound, CancellationToken cancellation)
    {
        while (Outstanding > bound)
        {
            Task next = Volatile.Read(ref _progress).Task;
            if (Outstanding <= bound || _isStopped) return;
            if (Failure is { } failure) throw new InvalidOperationException("The index can no longer be maintained.", failure);
            await next.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _isStopped = true;
        Signal(); // a writer that waits for a generation that is retired waits for nothing

        // What is not linked is found by exact scan after the next start too.
        _workers.Dispose();
        _loading.Wait();
    }

    private void Enqueue(Job job)
    {
        Interlocked.Increment(ref _outstanding);
        _workers.Enqueue(job);
    }

    private void Work(Job job)
    {
        try
        {
            Do(job);
        }
        catch (Exception e)
        {
            Failure = e;
            Signal();
            throw;
        }
    }

    private void LinkLoaded(int slots, CancellationToken stopping)
    {
        for (int slot = 0; slot < slots && !stopping.IsCancellationRequested; slot++) _table.Index.Link(slot);
    }

    private void Do(Job job)
    {
        if (job.Retired is { } retired)
        {
            // The cell is emptied before the slot can be given to another point.
            lock (this) _table.Forget(job.Slot, retired);
            _table.Index.Remove(job.Slot);
            LookOverIfDue();
        }
        else
        {
            _table.Index.Link(job.Slot);
        }

        int left = Interlocked.Decrement(ref _outstanding);
        if (left % JobsPerSignal == 0) Signal();
    }

    private void LookOverIfDue()
    {
        if (Interlocked.Increment(ref _removals) <= Math.Max(RemovalsPerLook, _table.Index.Count / 4)) return;
        Volatile.Write(ref _removals, 0);
        _table.Index.Reconnect();
    }

    private void Signal() => Interlocked.Exchange(ref _progress, NewSignal()).TrySetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
