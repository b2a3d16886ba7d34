using System.Collections.Concurrent;

namespace VectorSearch.Cli.Bench;

/// <summary>Calls that are made without waiting for the ones before, and all waited for at the end.</summary>
internal sealed class CallsUnderWay
{
    private readonly ConcurrentDictionary<Task, bool> _calls = new();

    /// <summary>Takes a call in; one that was answered is forgotten, one that threw is kept for <see cref="EndAsync"/>.</summary>
    public void Add(Task call)
    {
        if (call.IsCompletedSuccessfully) return;
        _calls[call] = true;
        call.ContinueWith(
            done => _calls.TryRemove(done, out _), CancellationToken.None,
            TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Waits for all. Throws what a call threw: a fault that it expects it counts itself.</summary>
    public Task EndAsync() => Task.WhenAll(_calls.Keys);
}
