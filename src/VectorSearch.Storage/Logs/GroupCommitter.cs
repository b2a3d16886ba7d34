namespace VectorSearch.Storage;

/// <summary>
/// One loop that makes appended records durable, for all writers of a log together: while one commit is on its way to the
/// disk, the next gathers.
/// </summary>
internal sealed class GroupCommitter : IAsyncDisposable
{
    private readonly Func<ulong> _lastAppended;
    private readonly Func<ulong, ValueTask> _commit;
    private readonly TimeSpan _interval;
    private readonly SemaphoreSlim _work = new(0);
    private readonly SemaphoreSlim _urgent = new(0);
    private readonly TaskCompletionSource<StorageException> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _loop;
    private TaskCompletionSource _nextCommit = NewSignal();
    private ulong _durable;
    private int _hasWork;
    private int _isUrgent;
    private volatile bool _stopping;
    private volatile bool _isAbandoned;
    private volatile bool _hasEnded;

    /// <param name="durable">Newest record that is on disk already.</param>
    /// <param name="lastAppended">Newest record appended.</param>
    /// <param name="commit">Makes every record up to the given one durable; what it throws ends the loop for good.</param>
    /// <param name="interval">How long an append may wait for company when nobody waits for it.</param>
    public GroupCommitter(ulong durable, Func<ulong> lastAppended, Func<ulong, ValueTask> commit, TimeSpan interval)
    {
        _durable = durable;
        _lastAppended = lastAppended;
        _commit = commit;
        _interval = interval;
        _loop = Task.Run(RunAsync);
    }

    public ulong Durable => Volatile.Read(ref _durable);

    public StorageException? Fault { get; private set; }

    /// <summary>Ends with the fault, should there be one.</summary>
    public Task<StorageException> Failed => _failed.Task;

    /// <summary>Says that a record was appended: it is committed within the interval.</summary>
    public void Notify()
    {
        if (Interlocked.Exchange(ref _hasWork, 1) == 0) _work.Release();
    }

    /// <summary>Says that someone waits.</summary>
    public void Hurry()
    {
        if (Interlocked.Exchange(ref _isUrgent, 1) == 0) _urgent.Release();
        Notify();
    }

    /// <summary>Ends when every record up to the sequence is on disk.</summary>
    /// <exception cref="StorageException">A commit failed, or the committer was closed before one reached the record.</exception>
    public async ValueTask WhenDurableAsync(ulong sequence, CancellationToken cancellation)
    {
        while (Durable < sequence)
        {
            // The signal is taken before the second look: a commit that ends in between completes the signal we hold.
            Task next = Volatile.Read(ref _nextCommit).Task;
            if (Durable >= sequence) return;
            ThrowIfEnded();
            Hurry();
            await next.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Ends after a commit that began after the call.</summary>
    /// <exception cref="StorageException">As for <see cref="WhenDurableAsync"/>.</exception>
    public async Task CommitAsync(CancellationToken cancellation)
    {
        // Two signals: the first may belong to a commit that was on its way already.
        for (int i = 0; i < 2; i++)
        {
            Task next = Volatile.Read(ref _nextCommit).Task;
            ThrowIfEnded();
            Hurry();
            await next.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Commits once more and ends the loop. The semaphores are left to the collector: who waits may still raise them.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        Hurry();
        await _loop.ConfigureAwait(false);
    }

    /// <summary>Ends the loop without another commit.</summary>
    public void Abandon()
    {
        _isAbandoned = true;
        _stopping = true;
        Hurry();
        _loop.Wait();
    }

    private async Task RunAsync()
    {
        try
        {
            while (await CommitNextAsync().ConfigureAwait(false)) Interlocked.Exchange(ref _nextCommit, NewSignal()).SetResult();
        }
        catch (Exception e)
        {
            // Whatever it is, nobody may be left waiting for a commit that will not come.
            Fault = e as StorageException ?? StorageException.Refused("the log", "a commit", e);
        }

        // Who takes the signal after this finds that it is over; who took it before is woken to look.
        _hasEnded = true;
        Volatile.Read(ref _nextCommit).SetResult();
        if (Fault is { } fault) _failed.SetResult(fault);
    }

    /// <summary>Waits for work and commits it; false if that was the last time.</summary>
    private async Task<bool> CommitNextAsync()
    {
        await _work.WaitAsync().ConfigureAwait(false);
        if (!_stopping) await _urgent.WaitAsync(_interval).ConfigureAwait(false);

        // The flags fall before the commit begins, so that whoever comes during it raises them again. Full fences:
        // with plain volatile writes the reads below may overtake them, and who saw a raised flag is never served.
        Interlocked.Exchange(ref _isUrgent, 0);
        Interlocked.Exchange(ref _hasWork, 0);
        if (_isAbandoned) return false;
        bool isLast = _stopping;
        ulong target = _lastAppended();
        await _commit(target).ConfigureAwait(false);
        Volatile.Write(ref _durable, target);
        return !isLast;
    }

    private void ThrowIfEnded()
    {
        if (_hasEnded) throw Fault ?? new StorageException(StorageFailure.Refused, "the log", -1, "an open log", "one that was closed");
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
