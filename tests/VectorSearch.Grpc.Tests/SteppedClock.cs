namespace VectorSearch.Grpc.Tests;

/// <summary>
/// Time that passes when a test says so, and then fires the timers that are due. A test that moves it waits first until what
/// it tests has set its timer (<see cref="TimerSetAsync"/>): on which thread and when that happens is nobody's promise.
/// </summary>
internal sealed class SteppedClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<SteppedTimer> _timers = [];
    private readonly SemaphoreSlim _set = new(0);
    private TimeSpan _now = TimeSpan.FromDays(1);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_gate) return _now.Ticks;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        SteppedTimer timer = new(this, () => callback(state));
        lock (_gate) _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Ends when a timer is set to fire at some time; each setting ends one wait, whichever comes first.</summary>
    public Task TimerSetAsync() => _set.WaitAsync();

    /// <summary>Lets time pass.</summary>
    /// <returns>Timers that fired.</returns>
    public int Advance(TimeSpan time)
    {
        List<SteppedTimer> due = [];
        lock (_gate)
        {
            _now += time;
            foreach (SteppedTimer timer in _timers)
            {
                if (timer.Due is null || timer.Due > _now) continue;
                timer.Due = null;
                due.Add(timer);
            }
        }

        foreach (SteppedTimer timer in due) timer.Fire();
        return due.Count;
    }

    private sealed class SteppedTimer(SteppedClock clock, Action fire) : ITimer
    {
        /// <summary>When it fires, or null; read and written under the clock's lock.</summary>
        public TimeSpan? Due { get; set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool isSet = dueTime != Timeout.InfiniteTimeSpan;
            lock (clock._gate) Due = isSet ? clock._now + dueTime : null;
            if (isSet) clock._set.Release();
            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
