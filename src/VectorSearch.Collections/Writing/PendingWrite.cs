using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>A write between the log and its acknowledgement: one or more records that follow each other.</summary>
internal sealed class PendingWrite(GenerationSet? generations, IReadOnlyList<Mutation> mutations, IReadOnlyList<byte[]> bodies, Durability durability)
{
    /// <summary>The generations that it was prepared for; null for what concerns none.</summary>
    public GenerationSet? Generations { get; } = generations;

    /// <summary>Done when every write before it has been applied and before one after it is taken; null for a write.</summary>
    public Action<LogPosition>? AtRest { get; init; }

    public IReadOnlyList<Mutation> Mutations { get; } = mutations;

    public IReadOnlyList<byte[]> Bodies { get; } = bodies;

    public Durability Durability { get; } = durability;

    /// <summary>Where each record lies, once it is in the log.</summary>
    public List<LogPosition> Positions { get; } = [];

    /// <summary>Why the log did not take all of it; null if it did.</summary>
    public Exception? Fault { get; set; }

    /// <summary>Ends with the acknowledgement.</summary>
    public TaskCompletionSource<WriteReceipt> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
