namespace VectorSearch.Collections;

/// <summary>
/// Points of one space with their index, log and snapshot. Safe for use by many threads. An acknowledged write is
/// findable, and on disk unless it asked for <see cref="Durability.Applied"/>.
/// </summary>
public sealed class Collection
{
    internal Collection(CollectionDefinition definition) => Definition = definition;

    /// <summary>What the collection is.</summary>
    public CollectionDefinition Definition { get; }

    /// <summary>What it looks like now.</summary>
    public CollectionStatus Status { get; } = new() { State = CollectionState.Recovering };

    /// <summary>Live points.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.Damaged"/> or <see cref="ErrorCode.Unavailable"/>.</exception>
    public long Count => Status.Points;

    /// <summary>Inserts or replaces points.</summary>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.InvalidArgument"/> for a wrong row (nothing is written then),
    /// <see cref="ErrorCode.FailedPrecondition"/> for another space, <see cref="ErrorCode.ResourceExhausted"/>,
    /// <see cref="ErrorCode.ReadOnly"/> after an I/O error (the outcome of writes in flight is then unknown),
    /// <see cref="ErrorCode.Damaged"/>.
    /// </exception>
    public Task<WriteReceipt> UpsertAsync(UpsertBatch batch, CancellationToken cancellation = default)
    {
        _ = batch;
        cancellation.ThrowIfCancellationRequested();
        return Task.FromException<WriteReceipt>(NotReady());
    }

    /// <summary>Deletes points.</summary>
    /// <exception cref="VectorSearchException">As for <see cref="UpsertAsync"/>.</exception>
    public Task<WriteReceipt> DeleteAsync(DeleteBatch batch, CancellationToken cancellation = default)
    {
        _ = batch;
        cancellation.ThrowIfCancellationRequested();
        return Task.FromException<WriteReceipt>(NotReady());
    }

    /// <summary>Reads points back.</summary>
    /// <param name="ids">Which.</param>
    /// <param name="withPayload">Bring payloads.</param>
    /// <param name="withVectors">Bring vectors as they were sent.</param>
    /// <param name="skipMissing">Leave out ids that are not there instead of failing.</param>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.NotFound"/> names the first id that is missing.</exception>
    public PointRows Get(IReadOnlyList<PointId> ids, bool withPayload, bool withVectors, bool skipMissing) => throw NotReady();

    /// <summary>
    /// Answers queries on the calling thread. Wait with <see cref="WaitForLsnAsync"/> first: this refuses a
    /// <see cref="QueryBatch.MinLsn"/> that is not reached.
    /// </summary>
    /// <exception cref="VectorSearchException">As for the fields of <see cref="QueryBatch"/>.</exception>
    /// <exception cref="OperationCanceledException">The token fired; the walk stops within some hundred hops.</exception>
    public QueryResult Query(QueryBatch batch, CancellationToken cancellation = default) => throw NotReady();

    /// <summary>Ends when reads reflect the write with this log sequence number; at once for 0.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.FailedPrecondition"/> if no such write was ever acknowledged.</exception>
    public Task WaitForLsnAsync(ulong lsn, CancellationToken cancellation = default)
    {
        _ = lsn;
        cancellation.ThrowIfCancellationRequested();
        return Task.FromException(NotReady());
    }

    /// <summary>Ends when every point written so far is linked into the graph.</summary>
    public Task WaitForLinkedAsync(CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromException(NotReady());
    }

    /// <summary>Writes a snapshot and shortens the log. Writes and reads go on meanwhile.</summary>
    /// <returns>Newest log sequence number that the snapshot holds.</returns>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.ReadOnly"/> if the disk refuses; the old snapshot stays.</exception>
    public Task<ulong> SnapshotAsync(CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromException<ulong>(NotReady());
    }

    private VectorSearchException NotReady() =>
        new(ErrorCode.Unavailable, $"The collection '{Definition.Name}' is still recovering.");
}
