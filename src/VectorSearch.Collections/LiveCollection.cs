using VectorSearch.Index;
using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>A recovered collection: table, pipeline, reader and snapshots, wired together.</summary>
internal sealed class LiveCollection : IAsyncDisposable
{
    private readonly CollectionDefinition _definition;
    private readonly CatalogOptions _options;
    private readonly CollectionFiles _files;
    private readonly MemoryBudget _budget;
    private readonly CollectionWriter _writer;
    private readonly WritePipeline _pipeline;
    private readonly RequestWindow _requests;
    private readonly Snapshotter _snapshotter;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskTracker _background = new();
    private int _isSnapshotDue;
    private long _bytesSinceSnapshot;

    public LiveCollection(
        CollectionFiles files, CollectionDefinition definition, CatalogOptions options, MemoryBudget budget, PointTable table, RequestWindow requests,
        FasterRecordLog log, LogPosition applied, Manifest manifest, TwoSlotFile manifestFile)
    {
        _definition = definition;
        _options = options;
        _files = files;
        _budget = budget;
        Table = table;
        Settings = new CollectionSettings(definition);
        _requests = requests;
        _pipeline = new WritePipeline(
            table, log, applied, (uint)manifest.Generation, () => FasterRecordLog.Open(files.Log, LogOptions(definition, options), files.Disk), Report);
        FeatureEmbedder embedder = new(definition, options.Encoders);
        Reader = new CollectionReader(definition, Settings, table, _pipeline, embedder);
        _writer = new CollectionWriter(definition, Settings, embedder, Reader);
        _snapshotter = new Snapshotter(files, table, requests, _pipeline, manifest, manifestFile);
        // Not the length of the log: that shrinks by whole pages only, and a small log would be snapshot for ever.
        _bytesSinceSnapshot = applied.Sequence > manifest.SnapshotSequence ? log.DiskBytes : 0;
        budget.Add(this);
        table.Maintenance.Start(options.LinkerThreads);
    }

    public PointTable Table { get; }

    public CollectionSettings Settings { get; }

    public CollectionReader Reader { get; }

    public long MemoryBytes => Table.MemoryBytes;

    public CollectionStatus Status => new()
    {
        State = _pipeline.ReadOnlyCause is null ? CollectionState.Serving : CollectionState.ReadOnly,
        Detail = _pipeline.ReadOnlyCause ?? "",
        Points = Table.Count,
        Generation = 1,
        Lsn = _pipeline.AppliedLsn,
        DurableLsn = _pipeline.DurableLsn,
        SnapshotLsn = _snapshotter.SnapshotLsn,
        UnlinkedPoints = _definition.Index == IndexKind.Exact ? 0 : Table.Maintenance.Outstanding,
        MemoryBytes = MemoryBytes,
        DiskBytes = _files.DiskBytes(),
    };

    public CollectionStatistics Statistics
    {
        get
        {
            CollectionStatus status = Status;
            IndexStatistics index = Table.Index.GetStatistics();
            return new CollectionStatistics
            {
                Points = status.Points,
                LinkedPoints = _definition.Index == IndexKind.Exact ? 0 : index.Live - index.Unlinked,
                OutstandingPoints = Table.Maintenance.Outstanding,
                ReusableSlots = index.Reusable,
                UpperLayers = Math.Max(0, index.TopLevel),
                VectorBytes = index.VectorBytes,
                GraphBytes = index.GraphBytes,
                CodeBytes = index.CodeBytes,
                MemoryBytes = status.MemoryBytes,
                DiskBytes = status.DiskBytes,
                Lsn = status.Lsn,
                DurableLsn = status.DurableLsn,
                SnapshotLsn = status.SnapshotLsn,
            };
        }
    }

    public static RecordLogOptions LogOptions(CollectionDefinition definition, CatalogOptions options) => new()
    {
        CommitInterval = TimeSpan.FromMilliseconds(definition.CommitIntervalMs),
        Time = options.Time,
    };

    public Task<WriteReceipt> UpsertAsync(UpsertBatch batch, CancellationToken cancellation) =>
        _requests.OnceAsync(batch.RequestId, () => BeginAsync(() => _writer.Upsert(batch), cancellation), cancellation);

    public Task<WriteReceipt> DeleteAsync(DeleteBatch batch, CancellationToken cancellation) =>
        _requests.OnceAsync(batch.RequestId, () => BeginAsync(() => _writer.Delete(batch), cancellation), cancellation);

    public Task<WriteReceipt> UpdatePayloadAsync(PayloadBatch batch, CancellationToken cancellation) =>
        _requests.OnceAsync(batch.RequestId, () => BeginAsync(() => _writer.ChangePayloads(batch), cancellation), cancellation);

    public Task<Task<WriteReceipt>> BeginUpsertAsync(UpsertBatch batch, CancellationToken cancellation) =>
        _requests.BeginOnceAsync(batch.RequestId, () => BeginAsync(() => _writer.Upsert(batch), cancellation));

    public Task<Task<WriteReceipt>> BeginDeleteAsync(DeleteBatch batch, CancellationToken cancellation) =>
        _requests.BeginOnceAsync(batch.RequestId, () => BeginAsync(() => _writer.Delete(batch), cancellation));

    public Task<(ulong Last, IReadOnlyList<ulong> Missing)> SettledAsync(string prefix, int span, CancellationToken cancellation) =>
        _requests.SettledAsync(prefix, span, cancellation);

    public Task WaitForLsnAsync(ulong lsn, CancellationToken cancellation) => _pipeline.WaitForAsync(lsn, cancellation);

    public Task WaitForLinkedAsync(CancellationToken cancellation) => Table.Maintenance.WaitForRoomAsync(0, cancellation).AsTask();

    public Task<ulong> SnapshotAsync(CancellationToken cancellation) => _snapshotter.TakeAsync(cancellation);

    /// <summary>Takes a snapshot and uses it before another can replace it.</summary>
    public Task<ulong> SnapshotAsync(Action<Manifest> use, CancellationToken cancellation) => _snapshotter.TakeAndAsync(
        manifest =>
        {
            use(manifest);
            return manifest.SnapshotSequence;
        },
        cancellation);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _background.WhenAllAsync().ConfigureAwait(false);
        await _pipeline.DisposeAsync().ConfigureAwait(false);
        _snapshotter.Dispose();
        Reader.Dispose();
        _budget.Remove(this);
        Table.Dispose();
        _closing.Dispose();
    }

    private async Task<Task<WriteReceipt>> BeginAsync(Func<PendingWrite> prepare, CancellationToken cancellation)
    {
        if (_pipeline.ReadOnlyCause is { } cause) throw new VectorSearchException(ErrorCode.ReadOnly, $"The collection takes no writes: {cause}");
        PendingWrite write = prepare();
        _budget.Check(write);
        await Table.Maintenance.WaitForRoomAsync(_options.MaxUnlinkedPoints, cancellation).ConfigureAwait(false);
        return FinishAsync(write, await _pipeline.BeginAsync(write, cancellation).ConfigureAwait(false));
    }

    private async Task<WriteReceipt> FinishAsync(PendingWrite write, Task<WriteReceipt> done)
    {
        WriteReceipt receipt = await done.ConfigureAwait(false);
        long written = Interlocked.Add(ref _bytesSinceSnapshot, write.Bodies.Sum(body => (long)body.Length + RecordFrame.HeaderBytes));
        if (written > Math.Max(_options.SnapshotAfterLogBytes, _snapshotter.SnapshotBytes / 2)) SnapshotInBackground();
        return receipt;
    }

    private void SnapshotInBackground()
    {
        if (Interlocked.Exchange(ref _isSnapshotDue, 1) == 1) return;
        _background.Run(async () =>
        {
            try
            {
                Interlocked.Exchange(ref _bytesSinceSnapshot, 0);
                ulong lsn = await _snapshotter.TakeAsync(_closing.Token).ConfigureAwait(false);
                Report($"Snapshot taken through record {lsn}.", false);
            }
            catch (OperationCanceledException)
            {
                return; // closing
            }
            catch (StorageException e)
            {
                Report($"No snapshot could be taken: {e.Message}", true);
                await Task.Delay(TimeSpan.FromSeconds(5), CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                Volatile.Write(ref _isSnapshotDue, 0);
            }
        });
    }

    private void Report(string message, bool isFault) => _options.OnEvent?.Invoke(new CollectionEvent(_definition.Name, message, isFault));
}
