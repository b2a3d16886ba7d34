using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>A recovered collection: table, pipeline, reader and snapshots, wired together.</summary>
internal sealed class LiveCollection : IAsyncDisposable
{
    /// <summary>Between a snapshot that failed and the next try.</summary>
    private static readonly TimeSpan SnapshotPause = TimeSpan.FromSeconds(5);

    /// <summary>A rebuild brings a snapshot forward from the moment that it is due to this part of it.</summary>
    private const int SaveAheadPart = 4;

    private readonly CollectionDefinition _definition;
    private readonly CatalogOptions _options;
    private readonly CollectionFiles _files;
    private readonly MemoryBudget _budget;
    private readonly WritePipeline _pipeline;
    private readonly RequestWindow _requests;
    private readonly Snapshotter _snapshotter;
    private readonly ManifestKeeper _manifest;
    private readonly GenerationHistory _history;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskTracker _background = new();
    private int _isSnapshotDue;
    private long _bytesSinceSnapshot;

    public LiveCollection(
        CollectionFiles files, CollectionDefinition definition, CatalogOptions options, MemoryBudget budget, LoadedCollection loaded, RequestWindow requests,
        ManifestKeeper manifest, GenerationHistory history)
    {
        _definition = definition;
        _options = options;
        _files = files;
        _budget = budget;
        _manifest = manifest;
        _history = history;
        Settings = new CollectionSettings(definition);
        _requests = requests;
        IndexedFields fields = new(files, Report);
        GenerationMaker maker = new(definition, Settings, options, files, fields, () => _pipeline!.AppliedLsn, Report);
        LiveGeneration[] live = [.. loaded.Generations.Select(one => maker.Make(one.Record, one.Entry, one.Table))];
        Generations = new LiveGenerations(new GenerationSet(live.Single(one => one.Number == manifest.Current.Serving), live));
        FasterRecordLog log = loaded.Log!;
        _pipeline = new WritePipeline(
            Generations, log, loaded.Applied, () => FasterRecordLog.Open(files.Log, LogOptions(definition, options), files.Disk), Report);
        _snapshotter = new Snapshotter(files, Generations, requests, _pipeline, manifest);
        Exchange = new GenerationExchange(Generations, _pipeline, _snapshotter, manifest, history, options.Time, Report);
        Rebuilder = new Rebuilder(Generations, maker, Exchange, _pipeline, _snapshotter, manifest, history, files, options, budget, SaveAhead, Report, _closing.Token);
        // Not the length of the log: that shrinks by whole pages only, and a small log would be snapshot for ever.
        _bytesSinceSnapshot = loaded.Applied.Sequence > manifest.Current.SnapshotSequence ? log.DiskBytes : 0;
        budget.Add(this);
        foreach (LiveGeneration generation in live) generation.Table.Maintenance.Start(options.LinkerThreads);
        if (fields.All is { Count: > 0 } known) _background.Run(() => MakeColumns(known));
    }

    public LiveGenerations Generations { get; }

    public GenerationExchange Exchange { get; }

    public Rebuilder Rebuilder { get; }

    public CollectionSettings Settings { get; }

    public long MemoryBytes => Generations.Current.Look(generation => generation.Table.MemoryBytes).Sum();

    public ulong AppliedLsn => _pipeline.AppliedLsn;

    public CollectionStatus Status
    {
        get
        {
            LiveGeneration serving = Generations.Current.Serving;
            return new CollectionStatus
            {
                State = _pipeline.ReadOnlyCause is null ? CollectionState.Serving : CollectionState.ReadOnly,
                Detail = _pipeline.ReadOnlyCause ?? "",
                Points = serving.Table.Count,
                Generation = serving.Number,
                Space = serving.Definition.Space,
                Lsn = _pipeline.AppliedLsn,
                DurableLsn = _pipeline.DurableLsn,
                SnapshotLsn = _snapshotter.SnapshotLsn,
                UnlinkedPoints = serving.Table.Index.Links ? serving.Table.Maintenance.Outstanding : 0,
                MemoryBytes = MemoryBytes,
                DiskBytes = _files.DiskBytes(),
            };
        }
    }

    public CollectionStatistics Statistics
    {
        get
        {
            CollectionStatus status = Status;
            return Generations.Ask(serving =>
            {
                IndexCounts index = serving.Table.Index.Counts;
                return new CollectionStatistics
                {
                    Points = status.Points,
                    LinkedPoints = serving.Table.Index.Links ? serving.Table.Index.Count - index.Unlinked : 0,
                    OutstandingPoints = serving.Table.Maintenance.Outstanding,
                    ReusableSlots = index.Reusable,
                    UpperLayers = index.UpperLayers,
                    VectorBytes = index.VectorBytes,
                    GraphBytes = index.GraphBytes,
                    CodeBytes = index.CodeBytes,
                    MemoryBytes = status.MemoryBytes,
                    DiskBytes = status.DiskBytes,
                    Lsn = status.Lsn,
                    DurableLsn = status.DurableLsn,
                    SnapshotLsn = status.SnapshotLsn,
                };
            });
        }
    }

    public static RecordLogOptions LogOptions(CollectionDefinition definition, CatalogOptions options) => new()
    {
        CommitInterval = TimeSpan.FromMilliseconds(definition.CommitIntervalMs),
        Time = options.Time,
    };

    public Task<WriteReceipt> UpsertAsync(UpsertBatch batch, CancellationToken cancellation) =>
        _requests.OnceAsync(batch.RequestId, () => BeginAsync(writer => writer.Upsert(batch), cancellation), cancellation);

    public Task<WriteReceipt> DeleteAsync(DeleteBatch batch, CancellationToken cancellation) =>
        _requests.OnceAsync(batch.RequestId, () => BeginAsync(writer => writer.Delete(batch), cancellation), cancellation);

    public Task<WriteReceipt> UpdatePayloadAsync(PayloadBatch batch, CancellationToken cancellation) =>
        _requests.OnceAsync(batch.RequestId, () => BeginAsync(writer => writer.ChangePayloads(batch), cancellation), cancellation);

    public Task<Task<WriteReceipt>> BeginUpsertAsync(UpsertBatch batch, CancellationToken cancellation) =>
        _requests.BeginOnceAsync(batch.RequestId, () => BeginAsync(writer => writer.Upsert(batch), cancellation));

    public Task<Task<WriteReceipt>> BeginDeleteAsync(DeleteBatch batch, CancellationToken cancellation) =>
        _requests.BeginOnceAsync(batch.RequestId, () => BeginAsync(writer => writer.Delete(batch), cancellation));

    public Task<(ulong Last, IReadOnlyList<ulong> Missing)> SettledAsync(string prefix, int span, CancellationToken cancellation) =>
        _requests.SettledAsync(prefix, span, cancellation);

    public Task WaitForLsnAsync(ulong lsn, CancellationToken cancellation) => _pipeline.WaitForAsync(lsn, cancellation);

    public async Task WaitForLinkedAsync(CancellationToken cancellation)
    {
        foreach (LiveGeneration generation in Generations.Current.All) await generation.Table.Maintenance.WaitForRoomAsync(0, cancellation).ConfigureAwait(false);
    }

    public Task<ulong> SnapshotAsync(CancellationToken cancellation) => _snapshotter.TakeAsync(cancellation);

    /// <summary>Takes a snapshot and uses it before another can replace it.</summary>
    public Task<ulong> SnapshotAsync(Action<Manifest> use, CancellationToken cancellation) => _snapshotter.TakeAndAsync(
        manifest =>
        {
            use(manifest);
            return manifest.SnapshotSequence;
        },
        null,
        cancellation);

    /// <summary>Every generation, newest first.</summary>
    public IReadOnlyList<Generation> DescribeGenerations()
    {
        while (true)
        {
            GenerationSet set = Generations.Current;
            List<Generation> live = set.Look(generation => generation.Describe() with { State = set.StateOf(generation) });
            IReadOnlyList<Generation> others = _history.NotLive(live);

            // Of another set by now: one that joined it meanwhile is in neither list as what it is. One that is just being
            // retired is in both, and told as it was.
            if (set == Generations.Current) return [.. live.Concat(others).DistinctBy(generation => generation.Number).OrderByDescending(generation => generation.Number)];
        }
    }

    /// <exception cref="StorageException">Damaged or newer.</exception>
    public byte[]? ReadDocument(ulong number, string name) => _files.Generations.ReadDocument(number, name);

    /// <exception cref="StorageException">The disk refused.</exception>
    public void WriteDocument(ulong number, string name, ReadOnlySpan<byte> bytes) => _files.Generations.WriteDocument(number, name, bytes);

    /// <summary>A rebuild begins and ends with the generations that there are.</summary>
    public Task<T> WhileNotRebuilding<T>(Func<Task<T>> change) => Rebuilder.IsRunning
        ? throw new VectorSearchException(ErrorCode.FailedPrecondition, "A rebuild of this collection is under way: wait for it or cancel it.")
        : change();

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await Rebuilder.WhenEndedAsync().ConfigureAwait(false);
        await _background.WhenAllAsync().ConfigureAwait(false);
        await _pipeline.DisposeAsync().ConfigureAwait(false);
        await _snapshotter.DisposeAsync().ConfigureAwait(false);
        Exchange.Dispose();
        _budget.Remove(this);
        Generations.Close();
        foreach (LiveGeneration generation in Generations.Current.All) await generation.DisposeAsync().ConfigureAwait(false);
        _manifest.Dispose();
        _closing.Dispose();
    }

    /// <summary>A write that was prepared for generations that are no longer the current ones is prepared again.</summary>
    private async Task<Task<WriteReceipt>> BeginAsync(Func<CollectionWriter, PendingWrite> prepare, CancellationToken cancellation)
    {
        while (true)
        {
            if (_pipeline.ReadOnlyCause is { } cause) throw new VectorSearchException(ErrorCode.ReadOnly, $"The collection takes no writes: {cause}");
            GenerationSet generations = Generations.Current;
            if (Prepare(generations, prepare) is not { } write) continue;
            _budget.Check(write);
            foreach (LiveGeneration generation in generations.All)
                await generation.Table.Maintenance.WaitForRoomAsync(_options.MaxUnlinkedPoints, cancellation).ConfigureAwait(false);
            if (await _pipeline.BeginAsync(write, cancellation).ConfigureAwait(false) is { } done) return FinishAsync(write, done);
        }
    }

    /// <summary>What is read to prepare a write (points of a filter, payloads) is the serving generation's. Null if that is gone.</summary>
    private PendingWrite? Prepare(GenerationSet generations, Func<CollectionWriter, PendingWrite> prepare)
    {
        Generations.ThrowIfClosed();
        if (!generations.Serving.TryPin()) return null;
        try
        {
            return prepare(new CollectionWriter(generations, Settings));
        }
        finally
        {
            generations.Serving.Unpin();
        }
    }

    private async Task<WriteReceipt> FinishAsync(PendingWrite write, Task<WriteReceipt> done)
    {
        WriteReceipt receipt = await done.ConfigureAwait(false);
        long written = Interlocked.Add(ref _bytesSinceSnapshot, write.Bodies.Sum(body => (long)body.Length + RecordFrame.HeaderBytes));
        if (written > Math.Max(_options.SnapshotAfterLogBytes, _snapshotter.SnapshotBytes / 2)) SnapshotInBackground();
        return receipt;
    }

    /// <summary>Makes the columns that there were before the start, the serving generation's first.</summary>
    private Task MakeColumns(IReadOnlyList<string> fields)
    {
        try
        {
            Generations.Current.Look(generation =>
            {
                generation.Table.Payloads.Require(fields, _closing.Token);
                return fields.Count;
            });
        }
        catch (OperationCanceledException)
        {
            return Task.CompletedTask; // closing
        }
        catch (StorageException e)
        {
            Report($"The indexes of payload fields could not be made: {e.Message}", true); // a filter that needs them is told the same
        }

        return Task.CompletedTask;
    }

    /// <summary>Takes a snapshot before its time, where there is enough in the log to be worth it.</summary>
    private void SaveAhead()
    {
        if (Interlocked.Read(ref _bytesSinceSnapshot) > Math.Max(_options.SnapshotAfterLogBytes, _snapshotter.SnapshotBytes / 2) / SaveAheadPart) SnapshotInBackground();
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
            catch (Exception e)
            {
                // A disk that refuses, or a defect of ours: the log only grows until the next one can be taken.
                Report($"No snapshot could be taken: {e.Message}", true);
                await Task.Delay(SnapshotPause, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            finally
            {
                Volatile.Write(ref _isSnapshotDue, 0);
            }
        });
    }

    private void Report(string message, bool isFault) => _options.OnEvent?.Invoke(new CollectionEvent(_definition.Name, message, isFault));
}
