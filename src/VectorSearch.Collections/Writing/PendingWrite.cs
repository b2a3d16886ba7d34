using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>A write between the log and its acknowledgement: one or more records that follow each other.</summary>
internal sealed class PendingWrite(IReadOnlyList<Mutation> mutations, IReadOnlyList<byte[]> bodies, Durability durability)
{
    public IReadOnlyList<Mutation> Mutations { get; } = mutations;

    public IReadOnlyList<byte[]> Bodies { get; } = bodies;

    public Durability Durability { get; } = durability;

    /// <summary>Where each record lies, once it is in the log.</summary>
    public List<LogPosition> Positions { get; } = [];

    /// <summary>Why the log did not take all of it; null if it did.</summary>
    public StorageException? Fault { get; set; }

    /// <summary>Ends with the acknowledgement.</summary>
    public TaskCompletionSource<WriteReceipt> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
