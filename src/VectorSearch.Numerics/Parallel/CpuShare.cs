using System.Diagnostics;

namespace VectorSearch.Numerics;

/// <summary>
/// A bound on the processors that long work keeps busy: so many threads of its own, each of which rests between pieces of
/// work where the bound is no whole number. Loops of <see cref="DeterministicParallel"/> that begin on a thread of the share
/// keep to it. On Linux the scheduler gives such a thread a tenth of what it gives one that answers calls.
/// </summary>
public sealed class CpuShare
{
    private const int Niceness = 10;

    /// <summary>Shorter rests are saved up: a sleep is no more exact than some tens of microseconds.</summary>
    private static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(5);

    /// <summary>Longer ones are taken in parts.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromHours(1);

    [ThreadStatic]
    private static CpuShare? _current;

    [ThreadStatic]
    private static long _began;

    [ThreadStatic]
    private static TimeSpan _owed;

    private readonly double _restPerWork;

    /// <summary>A share.</summary>
    /// <param name="processors">Processors that may be kept busy on average, above 0; 1.5 for two threads that rest a quarter of the time.</param>
    public CpuShare(double processors)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(processors);
        Threads = (int)Math.Ceiling(processors);
        _restPerWork = (Threads / processors) - 1;
    }

    /// <summary>Most threads at a time.</summary>
    public int Threads { get; }

    /// <summary>The share that the calling thread works for; null if for none.</summary>
    internal static CpuShare? Current => _current;

    /// <summary>Runs work on a thread of the share.</summary>
    public async Task<T> RunAsync<T>(Func<T> work)
    {
        T result = default!;
        await BackgroundThread.Run(() => Enter(() => result = work()), Niceness).ConfigureAwait(false);
        return result;
    }

    /// <summary>
    /// To be called between pieces of work, of some milliseconds if that can be chosen: rests as long as the share of the
    /// calling thread asks for. Returns at once on a thread that works for no share.
    /// </summary>
    /// <param name="cancellation">Ends the rest.</param>
    public static void Breathe(CancellationToken cancellation = default)
    {
        if (_current is not { _restPerWork: > 0 } share) return;
        long now = Stopwatch.GetTimestamp();
        _owed += share.RestAfter(Stopwatch.GetElapsedTime(_began, now));
        _began = now;
        if (_owed < ShortestRest) return;
        cancellation.WaitHandle.WaitOne(_owed < LongestRest ? _owed : LongestRest);
        _began = Stopwatch.GetTimestamp();
        _owed -= Stopwatch.GetElapsedTime(now, _began);
    }

    /// <summary>How long to rest after so much work.</summary>
    internal TimeSpan RestAfter(TimeSpan work) => work * _restPerWork;

    /// <summary>Runs the same work on so many threads of the share, of which the calling one is the first.</summary>
    internal void RunOnAll(int threads, Action work)
    {
        Task[] others = [.. Enumerable.Range(1, threads - 1).Select(_ => BackgroundThread.Run(() => Enter(work), Niceness))];
        try
        {
            work();
        }
        finally
        {
            Task.WaitAll(others);
        }
    }

    private void Enter(Action work)
    {
        (_current, _began, _owed) = (this, Stopwatch.GetTimestamp(), TimeSpan.Zero);
        try
        {
            work();
        }
        finally
        {
            _current = null;
        }
    }
}
