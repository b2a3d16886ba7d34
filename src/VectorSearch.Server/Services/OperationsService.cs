using VectorSearch.Collections;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Server.Operations;
using VectorSearch.Server.Wire;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Services;

/// <summary>The Operations service.</summary>
internal sealed class OperationsService(OperationRegistry operations, TimeProvider time)
{
    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan BetweenMessages = TimeSpan.FromMilliseconds(100);

    public Proto.GetOperationReply Get(Proto.GetOperationRequest request) => new() { Context = new Proto.ReplyContext(), Operation = OperationMessages.Write(operations.Get(request.Name)) };

    public Proto.ListOperationsReply List(Proto.ListOperationsRequest request) => new()
    {
        Context = new Proto.ReplyContext(),
        Operations = { operations.List().Where(operation => request.Collection.Length == 0 || operation.Collection == request.Collection).Select(OperationMessages.Write) },
    };

    public Proto.CancelOperationReply Cancel(Proto.CancelOperationRequest request)
    {
        return new Proto.CancelOperationReply { Context = new Proto.ReplyContext(), Operation = OperationMessages.Write(operations.Cancel(request.Name)) };
    }

    /// <summary>Waits until the operation is over, the time is, or the server is about to end, which shall not wait for this.</summary>
    public async Task<Proto.WaitOperationReply> WaitAsync(Proto.WaitOperationRequest request, CancellationToken stopping, CancellationToken cancellation)
    {
        TimeSpan wait = request.Timeout?.ToTimeSpan() ?? DefaultWait;
        if (wait < TimeSpan.Zero || wait > MaxWait) throw new VectorSearchException(ErrorCode.InvalidArgument, "timeout", $"{wait.TotalSeconds} s", $"0 to {MaxWait.TotalSeconds} s");
        Operation operation = operations.Get(request.Name);
        using CancellationTokenSource enough = new(wait, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, stopping, cancellation);
        try
        {
            for (Task changed = operation.Changed; !operation.View.IsOver; changed = operation.Changed) await changed.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Reply(); // the wait is over, the operation is not
        }

        return Reply();

        Proto.WaitOperationReply Reply() => new() { Context = new Proto.ReplyContext(), Operation = OperationMessages.Write(operation) };
    }

    public async Task WatchAsync(Proto.WatchOperationRequest request, MessageStreamWriter<Proto.WatchOperationReply> replies, CancellationToken cancellation)
    {
        Operation operation = operations.Get(request.Name);
        while (true)
        {
            Task changed = operation.Changed;
            Proto.Operation now = OperationMessages.Write(operation);
            await replies.WriteAsync(new Proto.WatchOperationReply { Context = new Proto.ReplyContext(), Operation = now });
            if (now.State != Proto.Operation.Types.State.Running) return;
            await changed.WaitAsync(cancellation);
            if (!operation.View.IsOver) await Task.Delay(BetweenMessages, time, cancellation);
        }
    }
}
