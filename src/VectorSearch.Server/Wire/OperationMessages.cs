using Google.Protobuf.WellKnownTypes;
using VectorSearch.Server.Operations;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Wire;

/// <summary>Operations between messages and the registry.</summary>
internal static class OperationMessages
{
    /// <summary>Writes an operation as it is now.</summary>
    public static Proto.Operation Write(Operation operation)
    {
        OperationView view = operation.View;
        Proto.Operation message = new()
        {
            Name = operation.Name,
            Kind = operation.Kind,
            Collection = operation.Collection,
            State = (Proto.Operation.Types.State)(int)view.State,
            Progress = new Proto.Progress
            {
                Phase = view.Progress.Phase ?? "",
                Done = (ulong)view.Progress.Done,
                Total = (ulong)view.Progress.Total,
                Remaining = view.Progress.Remaining is { } remaining ? Duration.FromTimeSpan(remaining) : null,
                Fraction = view.State == OperationState.Succeeded ? 1 : view.Progress.Fraction,
            },
            StartTime = Timestamp.FromDateTimeOffset(operation.StartTime),
            EndTime = view.EndTime is { } end ? Timestamp.FromDateTimeOffset(end) : null,
            Fault = view.Fault,
        };
        switch (view.Result)
        {
            case OperationResult.Snapshot snapshot:
                message.Snapshot = new Proto.SnapshotResult { Lsn = snapshot.Lsn };
                break;
            case OperationResult.Rebuild rebuild:
                message.Rebuild = rebuild.Outcome;
                break;
        }

        return message;
    }

    /// <summary>Reads an operation that ended.</summary>
    public static OperationView Read(Proto.Operation message) => new(
        (OperationState)(int)message.State,
        new OperationProgress(message.Progress?.Phase ?? "", (long)(message.Progress?.Done ?? 0), (long)(message.Progress?.Total ?? 0), message.Progress?.Fraction ?? 0),
        message.ResultCase switch
        {
            Proto.Operation.ResultOneofCase.Snapshot => new OperationResult.Snapshot(message.Snapshot.Lsn),
            Proto.Operation.ResultOneofCase.Rebuild => new OperationResult.Rebuild(message.Rebuild),
            _ => null,
        },
        message.Fault,
        message.EndTime?.ToDateTimeOffset());
}
