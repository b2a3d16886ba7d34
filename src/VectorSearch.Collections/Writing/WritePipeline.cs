using System.Threading.Channels;
using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>
/// Log → apply → acknowledge, in the order of the log. Records are appended under one lock and applied by one task, so
/// memory never holds a write that log order would put later. A write that must be committed is applied after its commit:
/// no reader sees what a crash could take back.
/// <para>
/// When the log fails, everything under way is refused, the collection goes on reading, and the task tries to open the
/// log again until the cause is gone.
/// </para>
/// </summary>
internal sealed class WritePipeline : IAsyncDisposable
{
    internal const int MaxQueuedWrites = 1024;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

    private readonly LiveGenerations _generations;
    private readonly Func<IRecordLog> _reopen;
    private readonly Action<string, bool> _report;
    private readonly Channel<PendingWrite> _queue = Channel.CreateUnbounded<PendingWrite>(new() { SingleReader = true });
    private readonly SemaphoreSlim _room = new(MaxQueuedWrites);
    private readonly SemaphoreSlim _applying = new(1, 1);
    private readonly SemaphoreSlim _resting = new(1, 1);
    private readonly Lock _ordering = new();
    private readonly Queue<(ulong Lsn, Mutation Mutation, byte[] Body)> _notDurable = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;
    private IRecordLog _log;
    private long _appliedAddress;
    private ulong _appliedLsn;
    private TaskCompletionSource _progress = NewSignal();
    private string? _readOnlyCause;
    private TaskCompletionSource? _entrance; // not null while no write may enter

    public WritePipeline(
        LiveGenerations generations, IRecordLog log, LogPosition applied, Func<IRecordLog> reopen, Action<string, bool> report)
    {
        _generations = generations;
        _log = log;
        _appliedLsn = applied.Sequence;
        _appliedAddress = applied.Address;
        _reopen = reopen;
        _report = report;
        _loop = Task.Run(RunAsync);
        _ = WatchAsync(log);
    }

    /// <summary>Newest record that reads reflect.</summary>
    public ulong AppliedLsn => Volatile.Read(ref _appliedLsn);

    /// <summary>Newest record known to be on disk.</summary>
    public ulong DurableLsn => _log.DurableSequence;

    /// <summary>Newest record that was given a number.</summary>
    public ulong LastLsn => _log.LastSequence;

    /// <summary>Why writes are refused; null while they are not.</summary>
    public string? ReadOnlyCause => Volatile.Read(ref _readOnlyCause);

    /// <summary>
    /// Ends when the write has its place in the log; the inner task ends with the acknowledgement. Once begun, the write goes
    /// on although the caller no longer waits. Null if the generations are others than those that it was prepared for: it must
    /// be prepared again.
    /// </summary>
    public async Task<Task<WriteReceipt>?> BeginAsync(PendingWrite write, CancellationToken cancellation)
    {
        while (true)
        {
            await _room.WaitAsync(cancellation).ConfigureAwait(false);
            Task opened;
            lock (_ordering)
            {
                if (_entrance is null)
                {
                    bool isCurrent = write.Generations is null || write.Generations == _generations.Current;
                    if (isCurrent) Enqueue(write);
                    else _room.Release();
                    return isCurrent ? write.Done.Task : null;
                }

                opened = _entrance.Task;
            }

            _room.Release();
            await opened.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Does something while no write is under way: all that have a place in the log are applied, none gets one before it is
    /// over. Reads go on. Writers wait for about one commit.
    /// </summary>
    /// <exception cref="VectorSearchException">The collection takes no writes, so that it is not known what is in the log.</exception>
    public async Task AtRestAsync(Action<LogPosition> act, CancellationToken cancellation)
    {
        await _resting.WaitAsync(cancellation).ConfigureAwait(false);
        TaskCompletionSource opening = NewSignal();
        try
        {
            await _room.WaitAsync(cancellation).ConfigureAwait(false);
            PendingWrite barrier = new(null, [], [], Durability.Committed) { AtRest = act };
            lock (_ordering)
            {
                Enqueue(barrier);
                _entrance = opening;
            }

            await barrier.Done.Task.ConfigureAwait(false);
        }
        finally
        {
            lock (_ordering) _entrance = null;
            opening.TrySetResult();
            _resting.Release();
        }
    }

    /// <summary>The caller holds the order and a place in the queue.</summary>
    private void Enqueue(PendingWrite write)
    {
        if (ReadOnlyCause is { } cause)
        {
            _room.Release();
            throw Refused(cause);
        }

        try
        {
            for (int i = 0; i < write.Mutations.Count; i++) write.Positions.Add(Append(_log, write.Mutations[i], write.Bodies[i]));
        }
        catch (Exception e)
        {
            write.Fault = e; // goes through the queue all the same: some of its records may be in the log, and its task deals with faults
        }

        if (_queue.Writer.TryWrite(write)) return;
        _room.Release();
        throw new VectorSearchException(ErrorCode.Unavailable, "The collection is closing.");
    }

    /// <summary>Ends when reads reflect the record.</summary>
    /// <exception cref="VectorSearchException">
    /// No such number was given out, or the collection takes no writes, so that it is not known whether there will be the record.
    /// </exception>
    public async Task WaitForAsync(ulong lsn, CancellationToken cancellation)
    {
        while (AppliedLsn < lsn)
        {
            Task next = Volatile.Read(ref _progress).Task;
            if (AppliedLsn >= lsn) return;
            if (ReadOnlyCause is { } cause) throw Refused(cause);
            if (lsn > LastLsn)
            {
                throw new VectorSearchException(
                    ErrorCode.FailedPrecondition, "min_lsn", $"{lsn}", $"at most {LastLsn}, the newest number given out");
            }

            await next.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Ends when the record is on disk.</summary>
    public ValueTask WhenDurableAsync(ulong lsn, CancellationToken cancellation) => _log.WhenDurableAsync(lsn, cancellation);

    /// <summary>Shortens the log.</summary>
    /// <exception cref="StorageException">The disk refused.</exception>
    public Task TruncateThroughAsync(LogPosition position, CancellationToken cancellation) => _log.TruncateThroughAsync(position, cancellation);

    /// <summary>Looks at the table between two writes.</summary>
    public async Task<T> BetweenWritesAsync<T>(Func<LogPosition, T> look, CancellationToken cancellation)
    {
        await _applying.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return look(new LogPosition(_appliedLsn, _appliedAddress));
        }
        finally
        {
            _applying.Release();
        }
    }

    /// <summary>Finishes what is queued, commits and closes the log.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        if (ReadOnlyCause is not null) await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        await _log.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
        _applying.Dispose();
        _resting.Dispose();
        _room.Dispose();
    }

    private async Task RunAsync()
    {
        await foreach (PendingWrite write in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                if (write.Fault is { } fault) throw fault;
                if (write.AtRest is { } act)
                {
                    await RestAsync(write, act).ConfigureAwait(false);
                    continue;
                }

                if (write.Durability == Durability.Committed) await _log.WhenDurableAsync(write.Positions[^1].Sequence).ConfigureAwait(false);
                await ApplyAsync(write).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                if (!await OvercomeAsync(write, e).ConfigureAwait(false)) return;
            }
            finally
            {
                _room.Release();
            }
        }
    }

    /// <summary>After a fault of the disk: refuses what is under way, and goes on when the cause is gone. False after a defect of ours.</summary>
    private async Task<bool> OvercomeAsync(PendingWrite write, Exception fault)
    {
        Exception defect = fault;
        if (fault is StorageException refused)
        {
            RefuseAll(write, refused.Message);
            _report($"Writes are refused: {refused.Message} Trying again until the cause is gone.", true);
            try
            {
                await ComeBackAsync().ConfigureAwait(false);
                return true;
            }
            catch (Exception e)
            {
                defect = e;
            }
        }

        // Memory may hold half of a write, so nothing more is taken until a restart.
        string cause = $"The collection stopped taking writes after a defect: {defect.Message}";
        RefuseAll(write, cause);
        _queue.Writer.TryComplete();
        _report(cause, true);
        return false;
    }

    /// <summary>What goes wrong here is the asker's: the log is as well as before.</summary>
    private async Task RestAsync(PendingWrite barrier, Action<LogPosition> act)
    {
        await _applying.WaitAsync().ConfigureAwait(false);
        try
        {
            act(new LogPosition(_appliedLsn, _appliedAddress));
            barrier.Done.TrySetResult(new WriteReceipt(_appliedLsn, 0, default, 0, false));
        }
        catch (Exception e)
        {
            barrier.Done.TrySetException(e);
        }
        finally
        {
            _applying.Release();
        }
    }

    private async Task ApplyAsync(PendingWrite write)
    {
        int affected = 0;
        GenerationSet generations;
        await _applying.WaitAsync().ConfigureAwait(false);
        try
        {
            generations = _generations.Current; // not before: who leaves the set under this lock is disposed of afterwards
            for (int i = 0; i < write.Mutations.Count; i++)
            {
                LogPosition position = write.Positions[i];
                affected += generations.Serving.Table.Apply(write.Mutations[i], position.Sequence);
                foreach (LiveGeneration other in generations.Others) other.Table.Apply(write.Mutations[i], position.Sequence);
                if (write.Durability == Durability.Applied) _notDurable.Enqueue((position.Sequence, write.Mutations[i], write.Bodies[i]));
                _appliedAddress = position.Address;
                Volatile.Write(ref _appliedLsn, position.Sequence);
            }

            ulong durable = _log.DurableSequence;
            while (_notDurable.TryPeek(out (ulong Lsn, Mutation, byte[]) oldest) && oldest.Lsn <= durable) _notDurable.Dequeue();
        }
        finally
        {
            _applying.Release();
        }

        LiveGeneration took = write.Generations?.Serving ?? generations.Serving;
        write.Done.TrySetResult(new WriteReceipt(write.Positions[^1].Sequence, took.Number, took.Definition.Space, affected, Repeated: false));
        Signal();
    }

    /// <summary>
    /// Sees to a log that fails while nobody waits for it, as after an acknowledgement that came before the commit: sends the
    /// fault through the queue, where a failed write would be, so that its task deals with it.
    /// </summary>
    private async Task WatchAsync(IRecordLog log)
    {
        PendingWrite messenger = new(null, [], [], Durability.Committed) { Fault = await log.Failed.ConfigureAwait(false) };
        _ = messenger.Done.Task.ContinueWith(static done => _ = done.Exception, TaskScheduler.Default);
        try
        {
            await _room.WaitAsync().ConfigureAwait(false);
            lock (_ordering)
            {
                // A write may have met it first.
                if (ReadOnlyCause is null && log == _log && _queue.Writer.TryWrite(messenger)) return;
            }

            _room.Release();
        }
        catch (ObjectDisposedException)
        {
            return; // closed
        }
    }

    private void RefuseAll(PendingWrite write, string cause)
    {
        lock (_ordering)
        {
            // From here on no write enters the queue, so what is in it now is all there is.
            Volatile.Write(ref _readOnlyCause, cause);
            write.Done.TrySetException(Refused(cause));
            while (_queue.Reader.TryRead(out PendingWrite? waiting))
            {
                waiting.Done.TrySetException(Refused(cause));
                _room.Release();
            }
        }

        Signal();
    }

    private async Task ComeBackAsync()
    {
        ulong durable = _log.DurableSequence;
        while (!_stopping.IsCancellationRequested && !_queue.Reader.Completion.IsCompleted)
        {
            try
            {
                await Task.Delay(RetryDelay, _stopping.Token).ConfigureAwait(false);
                await _log.DisposeAsync().ConfigureAwait(false);
                await ReopenAsync(Math.Min(durable, AppliedLsn)).ConfigureAwait(false);
                Volatile.Write(ref _readOnlyCause, null);
                _ = WatchAsync(_log);
                Signal();
                _report("Writes are taken again.", false);
                return;
            }
            catch (StorageException e)
            {
                Volatile.Write(ref _readOnlyCause, e.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>
    /// Brings log and memory together again: what reached the log although it was refused is applied, and what was applied
    /// before it reached the log is appended again under its old number.
    /// </summary>
    private async Task ReopenAsync(ulong durable)
    {
        IRecordLog log = _reopen();
        _log = log;
        foreach (LogRecord record in log.Replay(durable))
        {
            if (record.Position.Sequence <= AppliedLsn) continue;
            Mutation mutation = Mutation.Parse(record.Frame.Kind, record.Frame.Flags, record.Frame.Generation, record.Body.Span);
            await ApplyAsync(new PendingWrite(null, [mutation], [], Durability.Committed) { Positions = { record.Position } }).ConfigureAwait(false);
        }

        foreach ((ulong lsn, Mutation mutation, byte[] body) in _notDurable)
        {
            if (lsn <= log.LastSequence) continue;
            LogPosition position = Append(log, mutation, body);
            if (position.Sequence != lsn) throw new InvalidOperationException($"Record {lsn} would become {position.Sequence}.");
        }

        Mutation probe = new() { Kind = MutationKind.Probe, Generation = _generations.Current.Serving.Number, Space = default, Ids = [] };
        LogPosition last = Append(log, probe, probe.ToBytes());
        await log.WhenDurableAsync(last.Sequence).ConfigureAwait(false);
        await ApplyAsync(new PendingWrite(null, [probe], [], Durability.Committed) { Positions = { last } }).ConfigureAwait(false);
    }

    private static LogPosition Append(IRecordLog log, Mutation mutation, byte[] body) =>
        log.Append((byte)mutation.RecordKind, mutation.EndsRequest ? Mutation.EndsRequestFlag : (byte)0, (uint)mutation.Generation, body);

    private void Signal() => Interlocked.Exchange(ref _progress, NewSignal()).TrySetResult();

    private static VectorSearchException Refused(string cause) => new(
        ErrorCode.ReadOnly, $"The collection takes no writes: {cause} Reads go on; whether writes that were under way are kept is not known.");

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
