using System.Collections.Concurrent;

namespace VectorSearch.Collections;

/// <summary>The memory all collections of a catalog may hold together. Writes that would exceed it are refused; reads go on.</summary>
internal sealed class MemoryBudget(long bytes)
{
    private readonly ConcurrentDictionary<LiveCollection, byte> _collections = new();

    public void Add(LiveCollection collection) => _collections[collection] = 0;

    public void Remove(LiveCollection collection) => _collections.TryRemove(collection, out _);

    /// <summary>Refuses work that would hold so many bytes more.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.ResourceExhausted"/>.</exception>
    public void Check(long asked)
    {
        if (bytes == 0) return;
        long held = _collections.Keys.Sum(collection => collection.MemoryBytes);
        if (held + asked > bytes)
            throw new VectorSearchException(ErrorCode.ResourceExhausted, "memory", $"{held} bytes held and {asked} more", $"at most {bytes}, the memory budget");
    }

    /// <exception cref="VectorSearchException"><see cref="ErrorCode.ResourceExhausted"/>.</exception>
    public void Check(PendingWrite write)
    {
        if (bytes == 0 || write.Mutations[0].Kind == MutationKind.Delete || write.Bodies.Count == 0) return;
        Check(write.Bodies.Sum(body => (long)body.Length));
    }
}
