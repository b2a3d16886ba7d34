using VectorSearch.Numerics;
using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>What a generation's table held right after one record.</summary>
/// <param name="Table">The table.</param>
/// <param name="Entries">Its live entries.</param>
/// <param name="Missing">Points of the collection that it does not hold.</param>
internal sealed record TableMoment(PointTable Table, PointEntry[] Entries, IReadOnlyList<KeyValuePair<PointId, ulong>> Missing);

/// <summary>
/// Takes snapshots: the points of every complete generation at one moment, written aside while writes go on, then manifest,
/// then log. One at a time. A kill between any two steps leaves the old or the new snapshots in force, and a log that
/// reaches back to them.
/// </summary>
internal sealed class Snapshotter(
    CollectionFiles files, LiveGenerations generations, RequestWindow requests, WritePipeline pipeline, ManifestKeeper manifest) : IAsyncDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Newest record the snapshots hold.</summary>
    public ulong SnapshotLsn => manifest.Current.SnapshotSequence;

    /// <summary>Bytes of the snapshots.</summary>
    public long SnapshotBytes { get; private set; } = manifest.Current.Generations
        .Where(generation => generation.Snapshot.Length > 0)
        .Sum(generation => new FileInfo(files.Snapshot(generation.Snapshot)).Length);

    /// <exception cref="StorageException">The disk refused; the old snapshots stay in force.</exception>
    public async Task<ulong> TakeAsync(CancellationToken cancellation) =>
        (await TakeAndAsync(static taken => taken, null, cancellation).ConfigureAwait(false)).SnapshotSequence;

    /// <summary>Takes snapshots and uses them before others can replace them.</summary>
    /// <param name="use">Gets the manifest that names them.</param>
    /// <param name="joining">A generation that becomes durable with them: it is <see cref="GenerationState.Warming"/> from then on.</param>
    /// <param name="cancellation">Gives up, up to the writing of the manifest.</param>
    /// <exception cref="StorageException">The disk refused.</exception>
    public async Task<T> TakeAndAsync<T>(Func<Manifest, T> use, LiveGeneration? joining, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await TakeHeldAsync(joining, cancellation).ConfigureAwait(false);
            return use(manifest.Current);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Deletes the files of snapshots that the manifest no longer names.</summary>
    public async Task RemoveOldAsync()
    {
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            files.RemoveOldSnapshots(manifest.Current);
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _one.WaitAsync().ConfigureAwait(false);
        _one.Dispose();
    }

    private async Task TakeHeldAsync(LiveGeneration? joining, CancellationToken cancellation)
    {
        (LogPosition at, List<(LiveGeneration Generation, PointEntry?[] Slots, KeyValuePair<PointId, ulong>[] Missing)> captured,
            IReadOnlyList<(string, WriteReceipt)> answered) = await pipeline.BetweenWritesAsync(
            at => (at, Capture(at, joining), requests.Answered()), cancellation).ConfigureAwait(false);
        try
        {
            if (captured.Count == 0) return;
            TableMoment[] moments = [.. captured.Select(one => new TableMoment(
                one.Generation.Table, Array.FindAll(one.Slots, entry => entry?.WasLiveAt(at.Sequence) == true)!, one.Missing))];
            long[][] offsets = await BackgroundThread.Run(
                () => moments.Select(moment => Write(moment, at, answered, cancellation)).ToArray()).ConfigureAwait(false);

            // The indexes on disk may show records up to here; they must be in the log before the snapshots count.
            ulong shown = pipeline.AppliedLsn;
            await pipeline.WhenDurableAsync(shown, cancellation).ConfigureAwait(false);
            manifest.Change(current => Name(current, moments, joining, at, shown));
            if (joining is not null) joining.Entry = manifest.Current.Generations.Single(entry => entry.Number == joining.Number);
            for (int i = 0; i < moments.Length; i++) MoveBlobs(moments[i], at, offsets[i]);
        }
        finally
        {
            foreach ((LiveGeneration generation, _, _) in captured) generation.Unpin();
        }

        files.RemoveOldSnapshots(manifest.Current);
        SnapshotBytes = manifest.Current.Generations.Where(entry => entry.Snapshot.Length > 0).Sum(entry => new FileInfo(files.Snapshot(entry.Snapshot)).Length);
        await pipeline.TruncateThroughAsync(at, cancellation).ConfigureAwait(false);
    }

    /// <summary>The complete generations that have no snapshot of this moment, pinned.</summary>
    private List<(LiveGeneration Generation, PointEntry?[] Slots, KeyValuePair<PointId, ulong>[] Missing)> Capture(LogPosition at, LiveGeneration? joining)
    {
        List<(LiveGeneration, PointEntry?[], KeyValuePair<PointId, ulong>[])> captured = [];
        bool isThere = manifest.Current.SnapshotSequence == at.Sequence; // of every complete generation
        foreach (LiveGeneration generation in generations.Current.All)
        {
            if (generation != joining && (isThere || generation.State == GenerationState.Building)) continue;
            if (generation.TryPin()) captured.Add((generation, generation.Table.Capture(), [.. generation.Table.Missing]));
        }

        return captured;
    }

    private long[] Write(TableMoment moment, LogPosition at, IReadOnlyList<(string, WriteReceipt)> answered, CancellationToken cancellation)
    {
        moment.Table.Index.Reconnect();
        using SnapshotWriter writer = new(files.Snapshot(CollectionFiles.SnapshotName(moment.Table.Generation, at.Sequence)), files.Disk);
        long[] offsets = SnapshotCodec.Write(writer, moment, answered, cancellation);
        writer.Complete();
        return offsets;
    }

    private static Manifest Name(Manifest current, TableMoment[] moments, LiveGeneration? joining, LogPosition at, ulong shown) => current with
    {
        SnapshotSequence = at.Sequence,
        FloorSequence = shown,
        Generations = [.. current.Generations.Select(entry => !moments.Any(moment => moment.Table.Generation == entry.Number) ? entry : entry with
        {
            Snapshot = CollectionFiles.SnapshotName(entry.Number, at.Sequence),
            State = entry.Number == joining?.Number ? (byte)GenerationState.Warming : entry.State,
        })],
    };

    /// <summary>Blobs now lie in the new file; the old one, unlinked, lives on until its last reader lets go.</summary>
    private void MoveBlobs(TableMoment moment, LogPosition at, long[] offsets)
    {
        // A generation that was retired meanwhile has no snapshot any more.
        string name = CollectionFiles.SnapshotName(moment.Table.Generation, at.Sequence);
        if (!manifest.Current.Generations.Any(entry => entry.Snapshot == name)) return;
        SnapshotReader reader = SnapshotReader.Open(files.Snapshot(name), files.Disk);
        PointEntry[] entries = moment.Entries;
        for (int i = 0; i < entries.Length; i++)
        {
            if (offsets[i] >= 0) moment.Table.MoveBlob(entries[i], new PointBlob(reader, offsets[i], entries[i].Blob!.Length));
        }
    }
}
