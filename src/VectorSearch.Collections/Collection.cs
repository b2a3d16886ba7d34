using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>
/// Points of one space with their index, log and snapshot. Safe for use by many threads. An acknowledged write is
/// findable, and on disk unless it asked for <see cref="Durability.Applied"/>.
/// </summary>
public sealed partial class Collection
{
    private readonly string _name;
    private volatile LiveCollection? _live;
    private VectorSearchException? _damage;
    private volatile CollectionDefinition? _definition;

    internal Collection(string name) => _name = name;

    /// <summary>What the collection is, as the generation has it that answers now.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.Damaged"/> if its definition cannot be read.</exception>
    public CollectionDefinition Definition
    {
        get
        {
            CollectionDefinition definition = _definition ?? throw NotServing();
            return _live?.Generations.Current.Serving.Record.ApplyTo(definition) ?? definition;
        }
    }

    /// <summary>Its name, which is known even when nothing else is.</summary>
    public string Name => _name;

    /// <summary>What it looks like now.</summary>
    public CollectionStatus Status => _live?.Status ?? new CollectionStatus
    {
        State = _damage is null ? CollectionState.Recovering : CollectionState.Damaged,
        Detail = _damage?.Message ?? "Reading snapshot and log.",
    };

    /// <summary>Live points.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.Damaged"/> or <see cref="ErrorCode.Unavailable"/>.</exception>
    public long Count => Live.Generations.Current.Serving.Table.Count;

    /// <summary>Newest log sequence number that reads reflect.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.Damaged"/> or <see cref="ErrorCode.Unavailable"/>.</exception>
    public ulong Lsn => Live.AppliedLsn;

    /// <summary>Counts and sizes of this moment.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.Damaged"/> or <see cref="ErrorCode.Unavailable"/>.</exception>
    public CollectionStatistics Statistics => Live.Statistics;

    /// <summary>Inserts or replaces points.</summary>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.InvalidArgument"/> for a wrong row (nothing is written then),
    /// <see cref="ErrorCode.FailedPrecondition"/> for another space, <see cref="ErrorCode.ResourceExhausted"/>,
    /// <see cref="ErrorCode.ReadOnly"/> after an I/O error (the outcome of writes in flight is then unknown),
    /// <see cref="ErrorCode.Damaged"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller no longer waits; the write may still be done.</exception>
    public Task<WriteReceipt> UpsertAsync(UpsertBatch batch, CancellationToken cancellation = default) => Live.UpsertAsync(batch, cancellation);

    /// <summary>Deletes points, named or filtered.</summary>
    /// <exception cref="VectorSearchException">As for <see cref="UpsertAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">The caller no longer waits; the write may still be done.</exception>
    public Task<WriteReceipt> DeleteAsync(DeleteBatch batch, CancellationToken cancellation = default) =>
        WriteAsync(live => live.DeleteAsync(batch, cancellation));

    /// <summary>
    /// Begins to insert or replace points. The outer task ends when the write has its place among the others, so that a
    /// caller who begins one after the other has them done in this order; the inner one ends with the acknowledgement.
    /// </summary>
    /// <exception cref="VectorSearchException">As for <see cref="UpsertAsync"/>; a wrong row by the outer task.</exception>
    /// <exception cref="OperationCanceledException">The caller no longer waits; the write may still be done.</exception>
    public Task<Task<WriteReceipt>> BeginUpsertAsync(UpsertBatch batch, CancellationToken cancellation = default) => Live.BeginUpsertAsync(batch, cancellation);

    /// <summary>Begins to delete points; see <see cref="BeginUpsertAsync"/>.</summary>
    /// <exception cref="VectorSearchException">As for <see cref="UpsertAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">The caller no longer waits; the write may still be done.</exception>
    public Task<Task<WriteReceipt>> BeginDeleteAsync(DeleteBatch batch, CancellationToken cancellation = default) => Live.BeginDeleteAsync(batch, cancellation);

    /// <summary>
    /// Of the remembered requests named <paramref name="prefix"/> and a number: the greatest that was done, and those of the
    /// <paramref name="span"/> numbers before it that were not. Waits for what is under way.
    /// </summary>
    public Task<(ulong Last, IReadOnlyList<ulong> Missing)> SettledRequestsAsync(string prefix, int span, CancellationToken cancellation = default) =>
        Live.SettledAsync(prefix, span, cancellation);

    /// <summary>Changes the payloads of points, named or filtered; vectors and features stay.</summary>
    /// <exception cref="VectorSearchException">As for <see cref="UpsertAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">The caller no longer waits; the write may still be done.</exception>
    public Task<WriteReceipt> UpdatePayloadAsync(PayloadBatch batch, CancellationToken cancellation = default) =>
        WriteAsync(live => live.UpdatePayloadAsync(batch, cancellation));

    /// <summary>Reads points back.</summary>
    /// <param name="ids">Which.</param>
    /// <param name="withPayload">Bring payloads.</param>
    /// <param name="withVectors">Bring vectors as they were sent.</param>
    /// <param name="skipMissing">Leave out ids that are not there instead of failing.</param>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.NotFound"/> names the first id that is missing.</exception>
    public PointRows Get(IReadOnlyList<PointId> ids, bool withPayload, bool withVectors, bool skipMissing) =>
        Read(serving => serving.Reader.Get(ids, withPayload, withVectors, skipMissing));

    /// <summary>Reads all points, page by page, in no particular order.</summary>
    /// <param name="fromSlot">0 for the first page; then <see cref="PointPage.NextSlot"/> of the page before.</param>
    /// <param name="limit">Points wanted on this page.</param>
    /// <param name="withPayload">Bring payloads.</param>
    /// <param name="withVectors">Bring vectors as they were sent.</param>
    /// <param name="filter">Only points that it lets through; null for all.</param>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.InvalidArgument"/> if the limit or the filter is wrong.</exception>
    public PointPage Scroll(int fromSlot, int limit, bool withPayload, bool withVectors, PayloadFilter? filter = null) =>
        Read(serving => serving.Reader.Scroll(fromSlot, limit, withPayload, withVectors, filter));

    /// <summary>How many points a filter lets through.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.InvalidArgument"/> naming the condition that is wrong.</exception>
    public long CountMatches(PayloadFilter filter) => Read(serving => (long)serving.Reader.Matches(filter).Count);

    /// <summary>Which values a payload field has, and how many points have each.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.InvalidArgument"/> naming the field that is wrong.</exception>
    public FacetResult Facet(FacetQuery query) => Read(serving => serving.Reader.Facet(query));

    /// <summary>Makes the indexes of payload fields now, which otherwise the first filter on a field does.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.Damaged"/> if a payload cannot be read.</exception>
    public void IndexFields(IReadOnlyList<string> fields)
    {
        Guarded(live => live.Generations.Current.Look(generation =>
        {
            generation.Table.Payloads.Require(fields);
            return fields.Count;
        }));
    }

    /// <summary>Payload fields that have an index now. Which they are is remembered over a restart.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.Damaged"/> or <see cref="ErrorCode.Unavailable"/>.</exception>
    public IReadOnlyList<string> IndexedFields => Read(serving => serving.Table.Payloads.Fields.Order(StringComparer.Ordinal).ToArray());

    /// <summary>
    /// Answers queries on the calling thread. Wait with <see cref="WaitForLsnAsync"/> first: this refuses a
    /// <see cref="QueryBatch.MinLsn"/> that is not reached.
    /// </summary>
    /// <exception cref="VectorSearchException">As for the fields of <see cref="QueryBatch"/>.</exception>
    /// <exception cref="OperationCanceledException">The token fired; the walk stops within some hundred hops.</exception>
    public QueryResult Query(QueryBatch batch, CancellationToken cancellation = default)
    {
        // Not through Read: its delegate would capture the query, and this is the path that is measured in microseconds.
        LiveGeneration asked = Live.Generations.PinFor(batch);
        try
        {
            return asked.Reader.Query(batch, cancellation);
        }
        catch (StorageException e)
        {
            throw StorageFaults.Translate(_name, e);
        }
        finally
        {
            asked.Unpin();
        }
    }

    /// <summary>Answers queries as <see cref="Query"/> does, and tells how, and how well.</summary>
    /// <exception cref="VectorSearchException">As for the fields of <see cref="QueryBatch"/>.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public QueryExplanation Explain(QueryBatch batch, CancellationToken cancellation = default) => Read(serving => serving.Reader.Explain(batch, cancellation));

    /// <summary>Measures recall on queries of late and points of the collection.</summary>
    /// <exception cref="VectorSearchException">A field is wrong, or there is nothing to measure on.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public RecallEstimate EstimateRecall(RecallQuestion question, CancellationToken cancellation = default) =>
        Read(serving => serving.Reader.EstimateRecall(question, cancellation));

    /// <summary>Ends when reads reflect the write with this log sequence number; at once for 0.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.FailedPrecondition"/> if no such number was ever given out.</exception>
    public Task WaitForLsnAsync(ulong lsn, CancellationToken cancellation = default) => Live.WaitForLsnAsync(lsn, cancellation);

    /// <summary>Ends when every point written so far is linked into the graph.</summary>
    public Task WaitForLinkedAsync(CancellationToken cancellation = default) => Live.WaitForLinkedAsync(cancellation);

    /// <summary>Writes a snapshot and shortens the log. Writes and reads go on meanwhile.</summary>
    /// <returns>Newest log sequence number that the snapshot holds.</returns>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.ReadOnly"/> if the disk refuses; the old snapshot stays.</exception>
    public async Task<ulong> SnapshotAsync(CancellationToken cancellation = default)
    {
        try
        {
            return await Live.SnapshotAsync(cancellation).ConfigureAwait(false);
        }
        catch (StorageException e)
        {
            throw StorageFaults.Translate(_name, e);
        }
    }

    /// <summary>Reads the files and serves, or keeps the damage for whoever asks.</summary>
    internal void Recover(CollectionFiles files, CatalogOptions options, MemoryBudget budget)
    {
        try
        {
            _definition = files.ReadDefinition();
            if (_definition.Name != _name)
                throw new StorageException(StorageFailure.Damaged, files.Definition, -1, $"the definition of '{_name}'", $"that of '{_definition.Name}'");
            _live = CollectionRecovery.Recover(files, _definition, options, budget);
        }
        catch (StorageException e)
        {
            _damage = StorageFaults.Translate(_name, e);
            options.OnEvent?.Invoke(new CollectionEvent(_name, _damage.Message, true));
        }
    }

    /// <exception cref="StorageException">The disk refused; nothing has changed.</exception>
    internal void Update(CollectionFiles files, CollectionChanges changes)
    {
        LiveCollection live = Live;
        CollectionDefinition next = changes.ApplyTo(_definition!);
        CollectionDefinitionValidator.Check(next);
        files.WriteDefinition(next);
        _definition = next;
        live.Settings.Take(next);
    }

    /// <exception cref="StorageException">The disk refused.</exception>
    internal Task<ulong> BackupAsync(CollectionFiles files, IReadOnlyList<string> aliases, string target, CancellationToken cancellation) =>
        Live.SnapshotAsync(manifest => CollectionBackup.Write(files, _definition!, aliases, manifest, target), cancellation);

    internal async ValueTask CloseAsync()
    {
        LiveCollection? live = _live;
        _damage = new VectorSearchException(ErrorCode.Unavailable, $"The collection '{_name}' is closed.");
        _live = null;
        if (live is not null) await live.DisposeAsync().ConfigureAwait(false);
    }

    private LiveCollection Live => _live ?? throw NotServing();

    private T Read<T>(Func<LiveGeneration, T> read) => Read(Live.Generations.PinServing(), read);

    private T Read<T>(LiveGeneration pinned, Func<LiveGeneration, T> read)
    {
        try
        {
            return read(pinned);
        }
        catch (StorageException e)
        {
            throw StorageFaults.Translate(_name, e);
        }
        finally
        {
            pinned.Unpin();
        }
    }

    /// <summary>A write that reads first: to see which points a filter means, or what they hold.</summary>
    private async Task<WriteReceipt> WriteAsync(Func<LiveCollection, Task<WriteReceipt>> write)
    {
        try
        {
            return await write(Live).ConfigureAwait(false);
        }
        catch (StorageException e)
        {
            throw StorageFaults.Translate(_name, e);
        }
    }

    private VectorSearchException NotServing() => _damage is { } damage
        ? new VectorSearchException(damage.Code, damage.Message, damage.InnerException)
        : new VectorSearchException(ErrorCode.Unavailable, $"The collection '{_name}' is still recovering.");
}
