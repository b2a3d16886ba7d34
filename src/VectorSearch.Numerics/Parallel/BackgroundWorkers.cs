using System.Collections.Concurrent;

namespace VectorSearch.Numerics;

/// <summary>
/// A queue of jobs and the <see cref="BackgroundThread"/>s that do them. Threads are made when there is work and end when there
/// was none for a while, so that what has nothing to do has no threads. Safe for use by many threads.
/// </summary>
/// <typeparam name="TJob">What a job is.</typeparam>
/// <param name="work">Does a job. What it throws ends its thread, and <see cref="Dispose"/> throws it again.</param>
public sealed class BackgroundWorkers<TJob>(Action<TJob> work) : IDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(2);

    private readonly BlockingCollection<TJob> _jobs = [];
    private readonly CancellationTokenSource _stopping = new();

    // Guards itself and the number of threads; a thread is started under it.
    private readonly List<Task> _threads = [];
    private int _most;
    private int _running;

    /// <summary>Jobs that nobody has begun.</summary>
    public int Waiting => _jobs.Count;

    /// <summary>Fires when the workers end: long jobs should look at it.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Lets so many threads work; before that jobs are only kept.</summary>
    public void Start(int threads)
    {
        lock (_threads) Volatile.Write(ref _most, threads);
        for (int i = 0; i < threads; i++) StartThreadIfNeeded();
    }

    /// <summary>Adds a job.</summary>
    public void Enqueue(TJob job)
    {
        _jobs.Add(job);
        StartThreadIfNeeded();
    }

    /// <summary>Waits for the jobs under way; those that nobody has begun are not done. Not to be called from within a job.</summary>
    public void Dispose()
    {
        lock (_threads) _most = 0;
        _stopping.Cancel();
        Task[] threads;
        lock (_threads) threads = [.. _threads];
        Task.WaitAll(threads);
        _jobs.Dispose();
        _stopping.Dispose();
    }

    private void StartThreadIfNeeded()
    {
        if (Volatile.Read(ref _running) >= Volatile.Read(ref _most) || _jobs.Count == 0) return;
        lock (_threads)
        {
            if (_running >= _most) return;
            Interlocked.Increment(ref _running);
            _threads.RemoveAll(thread => thread.IsCompletedSuccessfully);
            _threads.Add(BackgroundThread.Run(Run));
        }
    }

    private void Run()
    {
        try
        {
            while (_jobs.TryTake(out TJob? job, (int)Idle.TotalMilliseconds, _stopping.Token)) work(job);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }

        Interlocked.Decrement(ref _running);

        // A job that came since the last look met this thread as one that works.
        StartThreadIfNeeded();
    }
}
