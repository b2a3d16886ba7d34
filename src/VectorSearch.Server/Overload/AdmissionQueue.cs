using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using VectorSearch.Numerics;

namespace VectorSearch.Server.Overload;

/// <summary>
/// Lets so many calls run at once and a few more wait, first come, first served. A call is turned away on arrival, at once,
/// when the queue is full or when by the time that calls take now its turn would come too late; one that was let wait gets
/// its turn unless its caller gives up. So the queue is bounded in length and in time, and what is answered is answered in time.
/// <para>
/// Where calls take long, those that waited run on <see cref="BackgroundThread"/>s: the pool's threads, and the processors when
/// they want them, are there for whoever comes and is to be turned away.
/// </para>
/// <para>
/// It is not disposed: at the end of the server whoever has a place still leaves it, and whoever waits still gets a turn or
/// gives up. The threads end by themselves when they have had nothing to do for a while.
/// </para>
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "See above; disposed runners would leave waiters for ever.")]
internal sealed class AdmissionQueue
{
    /// <summary>Weight of the newest call in the mean time of calls.</summary>
    private const double Newest = 1.0 / 32;

    /// <summary>Calls that take less on average are not worth a change of threads.</summary>
    private static readonly long LongTicks = Stopwatch.Frequency / 2000;

    /// <summary>
    /// Calls that take as long on average hold the pool's threads so long that whoever is turned away would wait for one: the
    /// pool makes a thread beyond its minimum only after a pause. Where calls are short, more threads than processors would only
    /// wake one another.
    /// </summary>
    private static readonly long HoldingTicks = Stopwatch.Frequency / 250;

    private const int MaxReservedThreads = 256;

    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly int _concurrency;
    private readonly int _maxQueued;
    private readonly TimeSpan _maxWait;

    // Held for a few instructions only; never while a call runs or is resumed.
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiting = new();
    private readonly BackgroundWorkers<Waiter> _runners = new(static waiter => waiter.SetResult(true));
    private int _running;
    private double _meanTicks;
    private bool _hasReserved;
    private long _refused;

    /// <summary>A queue.</summary>
    /// <param name="concurrency">Calls that run at once, at least 1.</param>
    /// <param name="maxQueued">Calls that may wait.</param>
    /// <param name="maxWait">Longest expected wait of a call that is let in.</param>
    /// <param name="holdsThreads">True if calls compute, and so hold their thread until they end.</param>
    public AdmissionQueue(int concurrency, int maxQueued, TimeSpan maxWait, bool holdsThreads = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(concurrency, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(maxQueued);
        (_concurrency, _maxQueued, _maxWait) = (concurrency, maxQueued, maxWait);
        _hasReserved = !holdsThreads;
        _runners.Start(concurrency);
    }

    /// <summary>Calls that run.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Calls that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate) return _waiting.Count;
        }
    }

    /// <summary>Calls turned away since the start.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>When somebody who was turned away may come again: when what waits now will be gone.</summary>
    public TimeSpan RetryAfter
    {
        get
        {
            lock (_gate) return Clamp(ExpectedWait(_waiting.Count));
        }
    }

    /// <summary>True if a call that came now would be turned away: before anything of it is read.</summary>
    /// <param name="patience">Time until the caller's deadline; infinite for none.</param>
    public bool WouldTurnAway(TimeSpan patience)
    {
        lock (_gate)
        {
            if (_running < _concurrency || !IsTooLate(patience)) return false;
        }

        Interlocked.Increment(ref _refused);
        return true;
    }

    /// <summary>
    /// Waits for a place; false if the call is turned away, which is known at once. Who got a place leaves by
    /// <see cref="Exit(long)"/>.
    /// </summary>
    /// <param name="patience">Time until the caller's deadline; infinite for none.</param>
    /// <param name="cancellation">The caller gives up.</param>
    /// <exception cref="OperationCanceledException">The caller gave up while waiting.</exception>
    public ValueTask<bool> EnterAsync(TimeSpan patience, CancellationToken cancellation)
    {
        Waiter waiter;
        lock (_gate)
        {
            if (_running < _concurrency)
            {
                _running++;
                return ValueTask.FromResult(true);
            }

            if (IsTooLate(patience))
            {
                Interlocked.Increment(ref _refused);
                return ValueTask.FromResult(false);
            }

            waiter = new Waiter();
            waiter.Place = _waiting.AddLast(waiter);
        }

        return WaitAsync(waiter, cancellation);
    }

    /// <summary>Gives the place to whoever waits longest.</summary>
    /// <param name="entered">Timestamp of the moment the call began to run.</param>
    public void Exit(long entered) => Exit(entered, Stopwatch.GetTimestamp());

    internal void Exit(long entered, long now)
    {
        Waiter? next = null;
        bool isLong, reserves;
        lock (_gate)
        {
            long ticks = now - entered;
            _meanTicks = _meanTicks == 0 ? ticks : _meanTicks + ((ticks - _meanTicks) * Newest);
            isLong = _meanTicks >= LongTicks;
            reserves = _meanTicks >= HoldingTicks && !_hasReserved;
            _hasReserved |= reserves;
            if (_waiting.First is { } first)
            {
                next = first.Value;
                _waiting.RemoveFirst();
                next.Place = null;
            }
            else
            {
                _running--;
            }
        }

        if (reserves) ReserveThreads(Math.Min(_concurrency, MaxReservedThreads) + 1);
        if (next is null) return;
        if (isLong) _runners.Enqueue(next);
        else ThreadPool.UnsafeQueueUserWorkItem(static waiter => waiter.SetResult(true), next, preferLocal: false);
    }

    private static void ReserveThreads(int wanted)
    {
        ThreadPool.GetMinThreads(out int workers, out int ports);
        if (workers < wanted) ThreadPool.SetMinThreads(wanted, ports);
    }

    [SuppressMessage("Reliability", "CA2016:Forward the token", Justification = "The waiter must first be taken out of the queue.")]
    private async ValueTask<bool> WaitAsync(Waiter waiter, CancellationToken cancellation)
    {
        await using CancellationTokenRegistration registration = cancellation.UnsafeRegister(
            static (state, token) =>
            {
                (AdmissionQueue queue, Waiter waiter) = ((AdmissionQueue, Waiter))state!;
                queue.GiveUp(waiter, token);
            },
            (this, waiter));
        return await waiter.Task;
    }

    private void GiveUp(Waiter waiter, CancellationToken cancellation)
    {
        lock (_gate)
        {
            // Without a place in the queue it has its turn already, and leaves by Exit.
            if (waiter.Place is not { } place) return;
            _waiting.Remove(place);
            waiter.Place = null;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static gone => gone.waiter.SetCanceled(gone.cancellation), (waiter, cancellation), preferLocal: false);
    }

    /// <summary>The caller holds the lock.</summary>
    private bool IsTooLate(TimeSpan patience)
    {
        TimeSpan expected = ExpectedWait(_waiting.Count + 1);
        return _waiting.Count >= _maxQueued || expected > _maxWait || (patience != Timeout.InfiniteTimeSpan && expected > patience);
    }

    private TimeSpan ExpectedWait(int queued) => TimeSpan.FromSeconds(queued * _meanTicks / _concurrency / Stopwatch.Frequency);

    private static TimeSpan Clamp(TimeSpan pause) => pause < LeastPause ? LeastPause : pause > LongestPause ? LongestPause : pause;

    /// <summary>A call that waits, and goes on where its task is completed. Its place is read and written under the queue's lock.</summary>
    private sealed class Waiter : TaskCompletionSource<bool>
    {
        public LinkedListNode<Waiter>? Place { get; set; }
    }
}
