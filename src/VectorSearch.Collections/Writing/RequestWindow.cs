namespace VectorSearch.Collections;

/// <summary>
/// Answers of the last requests that carried an id, so that a request that is sent again is done once and answered alike.
/// It is part of log and snapshot, so it outlives a restart. A request under way is waited for, not done beside.
/// </summary>
internal sealed class RequestWindow(int capacity)
{
    private readonly Dictionary<string, Task<WriteReceipt>> _receipts = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private readonly Lock _lock = new();

    /// <summary>Runs the write unless a request of this id was done or is under way.</summary>
    public async Task<WriteReceipt> OnceAsync(string? requestId, Func<Task<WriteReceipt>> write)
    {
        if (string.IsNullOrEmpty(requestId)) return await write().ConfigureAwait(false);
        TaskCompletionSource<WriteReceipt> mine = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<WriteReceipt>? first;
        lock (_lock)
        {
            if (!_receipts.TryGetValue(requestId, out first)) Add(requestId, mine.Task);
        }

        if (first is not null) return await first.ConfigureAwait(false) with { Repeated = true };
        try
        {
            WriteReceipt receipt = await write().ConfigureAwait(false);
            mine.SetResult(receipt);
            return receipt;
        }
        catch (Exception e)
        {
            // A request that failed may be tried again under its id.
            lock (_lock) _receipts.Remove(requestId);
            mine.SetException(e);
            _ = mine.Task.Exception; // observed: often nobody waits beside
            throw;
        }
    }

    /// <summary>Takes up an answer found in log or snapshot.</summary>
    public void Restore(string requestId, WriteReceipt receipt)
    {
        lock (_lock)
        {
            if (!_receipts.ContainsKey(requestId)) Add(requestId, Task.FromResult(receipt));
        }
    }

    /// <summary>The answers given so far, oldest first.</summary>
    public IReadOnlyList<(string RequestId, WriteReceipt Receipt)> Answered()
    {
        lock (_lock)
        {
            return [.. _order
                .Where(id => _receipts.TryGetValue(id, out Task<WriteReceipt>? task) && task.IsCompletedSuccessfully)
                .Select(id => (id, _receipts[id].Result))];
        }
    }

    private void Add(string requestId, Task<WriteReceipt> receipt)
    {
        _receipts[requestId] = receipt;
        _order.Enqueue(requestId);
        while (_order.Count > capacity) _receipts.Remove(_order.Dequeue());
    }
}
