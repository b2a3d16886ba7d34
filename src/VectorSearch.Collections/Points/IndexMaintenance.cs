using System.Threading.Channels;

namespace VectorSearch.Collections;

/// <summary>
/// Background work on the index: links points that are found by exact scan so far, and takes retired points out of the
/// graph. Writers wait when too much of it is outstanding, so that the exact scan stays short. An exact index links
/// nothing: every point is found by scan for good.
/// </summary>
internal sealed class IndexMaintenance(PointTable table, bool links) : IDisposable
{
    /// <summary>
    /// After so many removals, or a quarter of the points if that is more, the graph is looked over for nodes that walks
    /// no longer reach: that reads every list once, so it costs a removal less than the removal itself does.
    /// </summary>
    private const int RemovalsPerLook = 4096;

    private readonly Channel<Job> _jobs = Channel.CreateUnbounded<Job>();
    private readonly List<Task> _workers = [];
    private readonly CancellationTokenSource _stopping = new();
    private int _outstanding;
    private int _removals;
    private TaskCompletionSource _progress = NewSignal();

    private readonly record struct Job(int Slot, PointEntry? Retired);

    /// <summary>Points not linked or not removed yet.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>What ended a worker, which never happens unless there is a defect; null otherwise.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Starts working. During recovery nothing is worked off, so that serving begins early.</summary>
    public void Start(int threads)
    {
        // A snapshot may hold points that were not linked yet. Linking a linked one does nothing.
        int loaded = links && table.Index.Counts.Unlinked > Outstanding ? table.Index.SlotCount : 0;
        if (loaded > 0) _workers.Add(Task.Run(() => LinkLoaded(loaded)));
        for (int i = 0; i < threads; i++) _workers.Add(Task.Factory.StartNew(RunAsync, TaskCreationOptions.LongRunning).Unwrap());
    }

    public void Link(int slot)
    {
        if (links) Enqueue(new Job(slot, null));
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
            if (Outstanding <= bound) return;
            if (Failure is { } failure) throw new InvalidOperationException("The index can no longer be maintained.", failure);
            await next.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _jobs.Writer.TryComplete();
        Task.WaitAll(_workers);
        _stopping.Dispose();
    }

    private void Enqueue(Job job)
    {
        Interlocked.Increment(ref _outstanding);
        _jobs.Writer.TryWrite(job);
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _jobs.Reader.WaitToReadAsync(_stopping.Token).ConfigureAwait(false))
            {
                while (!_stopping.IsCancellationRequested && _jobs.Reader.TryRead(out Job job)) Do(job);
                if (_stopping.IsCancellationRequested) return;
            }
        }
        catch (OperationCanceledException)
        {
            return; // closing: what is not linked is found by exact scan after the next start too
        }
        catch (Exception e)
        {
            Failure = e;
            Signal();
            throw;
        }
    }

    private void LinkLoaded(int slots)
    {
        for (int slot = 0; slot < slots && !_stopping.IsCancellationRequested; slot++) table.Index.Link(slot);
    }

    private void Do(Job job)
    {
        if (job.Retired is { } retired)
        {
            // The cell is emptied before the slot can be given to another point.
            lock (this) table.Forget(job.Slot, retired);
            table.Index.Remove(job.Slot);
            LookOverIfDue();
        }
        else
        {
            table.Index.Link(job.Slot);
        }

        // A signal per 64 jobs is often enough for writers that wait for thousands.
        int left = Interlocked.Decrement(ref _outstanding);
        if (left % 64 == 0) Signal();
    }

    private void LookOverIfDue()
    {
        if (Interlocked.Increment(ref _removals) <= Math.Max(RemovalsPerLook, table.Index.Count / 4)) return;
        Volatile.Write(ref _removals, 0);
        table.Index.Reconnect();
    }

    private void Signal() => Interlocked.Exchange(ref _progress, NewSignal()).TrySetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
