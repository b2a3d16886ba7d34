using System.Globalization;
using VectorSearch.Collections;

namespace VectorSearch.Server.Operations;

/// <summary>The operations that run, and the last ones that ended.</summary>
internal sealed class OperationRegistry(TimeProvider time) : IAsyncDisposable
{
    /// <summary>Operations that ended and are still known.</summary>
    public const int Remembered = 1_000;

    private readonly Lock _change = new();
    private readonly Dictionary<string, Operation> _operations = new(StringComparer.Ordinal);
    private readonly Queue<Operation> _ended = new();
    private readonly List<Task> _running = [];
    private readonly CancellationTokenSource _stopping = new();
    private long _last;

    /// <summary>Begins work, which goes on without the caller.</summary>
    public Operation Start(string kind, string collection, Func<IProgress<OperationProgress>, CancellationToken, Task<OperationResult>> work)
    {
        lock (_change)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{kind}-{time.GetUtcNow().ToUnixTimeMilliseconds()}-{++_last}");
            Operation operation = new(name, kind, collection, time, _stopping.Token);
            _operations.Add(name, operation);
            _running.RemoveAll(task => task.IsCompleted);
            _running.Add(Task.Run(() => RunAsync(operation, work)));
            return operation;
        }
    }

    /// <exception cref="VectorSearchException">There is none of this name.</exception>
    public Operation Get(string name)
    {
        lock (_change)
        {
            return _operations.TryGetValue(name, out Operation? operation) ? operation : throw new VectorSearchException(
                ErrorCode.NotFound, "name", $"'{name}'", $"an operation that runs or is among the last {Remembered} that ended since the server started");
        }
    }

    /// <summary>The newest first.</summary>
    public IReadOnlyList<Operation> List()
    {
        lock (_change) return [.. _operations.Values.OrderByDescending(operation => operation.StartTime).ThenByDescending(operation => operation.Name, StringComparer.Ordinal)];
    }

    /// <summary>Cancels what runs and waits for its end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Task[] running;
        lock (_change) running = [.. _running];
        await Task.WhenAll(running);
        foreach (Operation operation in _operations.Values) operation.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync(Operation operation, Func<IProgress<OperationProgress>, CancellationToken, Task<OperationResult>> work)
    {
        await operation.RunAsync(work);
        lock (_change)
        {
            _ended.Enqueue(operation);
            if (_ended.Count <= Remembered) return;
            Operation oldest = _ended.Dequeue();
            _operations.Remove(oldest.Name);
            oldest.Dispose();
        }
    }
}
