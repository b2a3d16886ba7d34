using System.Globalization;

namespace VectorSearch.Collections;

/// <summary>
/// Answers of the last requests that carried an id, so that a request that is sent again is done once and answered alike.
/// It is part of log and snapshot, so it outlives a restart. A request under way is waited for, not done beside.
/// </summary>
internal sealed class RequestWindow(int capacity)
{
    private readonly Dictionary<string, Task<WriteReceipt>> _receipts = new(StringComparer.Ordinal);
    private readonly Queue<(string RequestId, Task<WriteReceipt> Receipt)> _order = new();
    private readonly Lock _lock = new();

    /// <summary>
    /// Runs the write unless a request of this id was done or is under way. A caller who no longer waits does not undo what
    /// was begun: its answer is remembered all the same.
    /// </summary>
    public async Task<WriteReceipt> OnceAsync(string? requestId, Func<Task<Task<WriteReceipt>>> begin, CancellationToken cancellation) =>
        await (await BeginOnceAsync(requestId, begin).ConfigureAwait(false)).WaitAsync(cancellation).ConfigureAwait(false);

    /// <summary>
    /// Begins the write unless a request of this id was done or is under way. The outer task ends when the write has its
    /// place among the others, the inner one with its answer.
    /// </summary>
    public async Task<Task<WriteReceipt>> BeginOnceAsync(string? requestId, Func<Task<Task<WriteReceipt>>> begin)
    {
        if (string.IsNullOrEmpty(requestId)) return await begin().ConfigureAwait(false);
        TaskCompletionSource<WriteReceipt> mine = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<WriteReceipt>? first;
        lock (_lock)
        {
            if (!_receipts.TryGetValue(requestId, out first)) Add(requestId, mine.Task);
        }

        if (first is not null) return RepeatAsync(first);
        try
        {
            return FollowAsync(requestId, mine, await begin().ConfigureAwait(false));
        }
        catch (Exception e)
        {
            Forget(requestId, mine, e);
            throw;
        }
    }

    /// <summary>
    /// Of requests named PREFIX and a number: the greatest that was done, and those of the <paramref name="span"/> before it
    /// that were not. Waits for what is under way.
    /// </summary>
    public async Task<(ulong Last, IReadOnlyList<ulong> Missing)> SettledAsync(string prefix, int span, CancellationToken cancellation)
    {
        (ulong Number, Task<WriteReceipt> Receipt)[] named;
        lock (_lock)
        {
            named = [.. _receipts
                .Where(request => request.Key.StartsWith(prefix, StringComparison.Ordinal) && ulong.TryParse(request.Key.AsSpan(prefix.Length), out _))
                .Select(request => (ulong.Parse(request.Key.AsSpan(prefix.Length), CultureInfo.InvariantCulture), request.Value))];
        }

        await Task.WhenAll(named.Select(request => request.Receipt.ContinueWith(_ => { }, TaskScheduler.Default))).WaitAsync(cancellation).ConfigureAwait(false);
        HashSet<ulong> done = [.. named.Where(request => request.Receipt.IsCompletedSuccessfully).Select(request => request.Number)];
        ulong last = done.Count == 0 ? 0 : done.Max();
        List<ulong> missing = [];
        for (ulong number = last > (ulong)span ? last - (ulong)span : 1; number < last; number++)
        {
            if (!done.Contains(number)) missing.Add(number);
        }

        return (last, missing);
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
            return [.. _order.Where(request => IsKept(request) && request.Receipt.IsCompletedSuccessfully).Select(request => (request.RequestId, request.Receipt.Result))];
        }
    }

    private static async Task<WriteReceipt> RepeatAsync(Task<WriteReceipt> first) => await first.ConfigureAwait(false) with { Repeated = true };

    private async Task<WriteReceipt> FollowAsync(string requestId, TaskCompletionSource<WriteReceipt> mine, Task<WriteReceipt> done)
    {
        try
        {
            WriteReceipt receipt = await done.ConfigureAwait(false);
            mine.SetResult(receipt);
            return receipt;
        }
        catch (Exception e)
        {
            Forget(requestId, mine, e);
            throw;
        }
    }

    /// <summary>A request that failed may be tried again under its id.</summary>
    private void Forget(string requestId, TaskCompletionSource<WriteReceipt> mine, Exception fault)
    {
        lock (_lock) _receipts.Remove(requestId);
        mine.SetException(fault);
        _ = mine.Task.Exception; // observed: often nobody waits beside
    }

    private void Add(string requestId, Task<WriteReceipt> receipt)
    {
        _receipts[requestId] = receipt;
        _order.Enqueue((requestId, receipt));
        while (_order.Count > capacity)
        {
            (string RequestId, Task<WriteReceipt> Receipt) oldest = _order.Dequeue();
            if (IsKept(oldest)) _receipts.Remove(oldest.RequestId);
        }
    }

    /// <summary>A request that failed is forgotten, and may be there again from a later attempt.</summary>
    private bool IsKept((string RequestId, Task<WriteReceipt> Receipt) request) =>
        _receipts.TryGetValue(request.RequestId, out Task<WriteReceipt>? now) && now == request.Receipt;
}
