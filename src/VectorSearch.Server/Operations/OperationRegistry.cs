using System.Globalization;
using Google.Protobuf;
using VectorSearch.Collections;
using VectorSearch.Grpc;
using VectorSearch.Server.Wire;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Operations;

/// <summary>The operations that run, and the last ones that ended, also before the server started.</summary>
internal sealed class OperationRegistry(TimeProvider time, OperationJournal journal) : IAsyncDisposable
{
    /// <summary>Operations that ended and are still known.</summary>
    public const int Remembered = 1_000;

    private readonly Lock _change = new();
    private readonly Dictionary<string, Operation> _operations = new(StringComparer.Ordinal);
    private readonly Queue<Operation> _ended = new();
    private readonly List<Task> _running = [];
    private readonly CancellationTokenSource _stopping = new();
    private volatile bool _isStopping;
    private long _last;

    /// <summary>
    /// Takes up what an earlier run of the server left. What ended is remembered; what it was at is begun again where that can
    /// be done, and has failed where not.
    /// </summary>
    /// <param name="again">An operation that was interrupted, with its request → the work, or null if it cannot be begun again.</param>
    public void Recover(Func<Proto.Operation, ReadOnlyMemory<byte>, OperationWork?> again)
    {
        foreach ((Proto.Operation kept, ReadOnlyMemory<byte> request) in journal.Load())
        {
            if (kept.State == Proto.Operation.Types.State.Running && again(kept, request) is { } work)
            {
                Begin(kept.Name, kept.Kind, kept.Collection, kept.StartTime.ToDateTimeOffset(), work, request);
                continue;
            }

            if (kept.State == Proto.Operation.Types.State.Running)
            {
                kept.State = Proto.Operation.Types.State.Failed;
                kept.Fault = new Proto.Fault { Code = (int)GrpcStatusCode.Unavailable, Message = "The server stopped before this ended. Begin it again." };
                kept.EndTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(time.GetUtcNow());
                journal.End(kept, request);
            }

            Operation ended = Operation.Ended(kept.Name, kept.Kind, kept.Collection, kept.StartTime.ToDateTimeOffset(), OperationMessages.Read(kept), time);
            lock (_change)
            {
                _operations.Add(ended.Name, ended);
                Remember(ended);
            }
        }
    }

    /// <summary>Begins work, which goes on without the caller.</summary>
    /// <param name="kind">What is done.</param>
    /// <param name="collection">The collection it concerns.</param>
    /// <param name="work">The work.</param>
    /// <param name="request">What began it, if a restart of the server shall begin it again.</param>
    /// <exception cref="VectorSearchException">The disk refused; nothing is begun.</exception>
    public Operation Start(string kind, string collection, OperationWork work, IMessage? request = null)
    {
        DateTimeOffset now = time.GetUtcNow();
        string name = string.Create(CultureInfo.InvariantCulture, $"{kind}-{now.ToUnixTimeMilliseconds()}-{Interlocked.Increment(ref _last)}");
        return Begin(name, kind, collection, now, work, request is null ? default : request.ToByteArray());
    }

    /// <exception cref="VectorSearchException">There is none of this name.</exception>
    public Operation Get(string name)
    {
        lock (_change)
        {
            return _operations.TryGetValue(name, out Operation? operation) ? operation : throw new VectorSearchException(
                ErrorCode.NotFound, "name", $"'{name}'", $"an operation that runs or is among the last {Remembered} that ended");
        }
    }

    /// <summary>The newest first.</summary>
    public IReadOnlyList<Operation> List()
    {
        lock (_change) return [.. _operations.Values.OrderByDescending(operation => operation.StartTime).ThenByDescending(operation => operation.Name, StringComparer.Ordinal)];
    }

    /// <summary>
    /// Asks an operation to stop. That is on disk before it is asked, so that a server that dies now does not go on with what
    /// nobody wants any more.
    /// </summary>
    /// <exception cref="VectorSearchException">There is none of this name.</exception>
    public Operation Cancel(string name)
    {
        Operation operation = Get(name);
        lock (_change)
        {
            if (!operation.View.IsOver)
            {
                Proto.Operation cancelled = OperationMessages.Write(operation);
                cancelled.State = Proto.Operation.Types.State.Cancelled;
                cancelled.EndTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(time.GetUtcNow());
                journal.End(cancelled, operation.Request);
            }
        }

        operation.Cancel();
        return operation;
    }

    /// <summary>
    /// The server stops. What can be gone on with after its next start is left to end with its collection, which keeps how far
    /// it is; the rest is cancelled.
    /// </summary>
    public Task StopAsync()
    {
        _isStopping = true;
        return _stopping.CancelAsync();
    }

    /// <summary>Stops what runs and waits for its end.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Task[] running;
        lock (_change) running = [.. _running];
        await Task.WhenAll(running);
        foreach (Operation operation in _operations.Values) operation.Dispose();
        _stopping.Dispose();
    }

    private Operation Begin(string name, string kind, string collection, DateTimeOffset start, OperationWork work, ReadOnlyMemory<byte> request)
    {
        lock (_change)
        {
            Operation operation = new(name, kind, collection, start, time, () => _isStopping, request.IsEmpty ? _stopping.Token : CancellationToken.None, request);
            journal.Begin(OperationMessages.Write(operation), request);
            _operations.Add(name, operation);
            _running.RemoveAll(task => task.IsCompleted);
            _running.Add(Task.Run(() => RunAsync(operation, work)));
            return operation;
        }
    }

    private async Task RunAsync(Operation operation, OperationWork work)
    {
        await operation.RunAsync(work);

        // On disk it still runs, and goes on after the next start.
        if (operation.IsInterrupted) return;
        lock (_change)
        {
            journal.End(OperationMessages.Write(operation), operation.Request);
            Remember(operation);
        }
    }

    /// <summary>The caller holds the lock.</summary>
    private void Remember(Operation operation)
    {
        _ended.Enqueue(operation);
        if (_ended.Count <= Remembered) return;
        Operation oldest = _ended.Dequeue();
        _operations.Remove(oldest.Name);
        journal.Forget(oldest.Name);
        oldest.Dispose();
    }
}
