namespace VectorSearch.Collections;

/// <summary>Background tasks that must have ended before their owner goes.</summary>
internal sealed class TaskTracker
{
    private readonly Lock _lock = new();
    private readonly List<Task> _running = [];

    public void Run(Func<Task> work)
    {
        lock (_lock)
        {
            _running.RemoveAll(task => task.IsCompleted);
            _running.Add(Task.Run(work));
        }
    }

    public Task WhenAllAsync()
    {
        lock (_lock) return Task.WhenAll(_running);
    }
}
