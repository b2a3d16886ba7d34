using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>
/// Takes snapshots: points of one moment, written aside while writes go on, then manifest, then log. One at a time.
/// A kill between any two steps leaves the old or the new snapshot in force, and a log that reaches back to it.
/// </summary>
internal sealed class Snapshotter(
    CollectionFiles files, PointTable table, RequestWindow requests, WritePipeline pipeline, Manifest manifest, TwoSlotFile manifestFile) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private Manifest _manifest = manifest;

    /// <summary>Newest record the snapshot holds.</summary>
    public ulong SnapshotLsn => Volatile.Read(ref _manifest).SnapshotSequence;

    /// <summary>Bytes of the snapshot.</summary>
    public long SnapshotBytes { get; private set; } =
        manifest.Snapshot.Length > 0 ? new FileInfo(files.Snapshot(manifest.Snapshot)).Length : 0;

    /// <exception cref="StorageException">The disk refused; the old snapshot stays in force.</exception>
    public async Task<ulong> TakeAsync(CancellationToken cancellation) =>
        (await TakeAndAsync(static taken => taken, cancellation).ConfigureAwait(false)).SnapshotSequence;

    /// <summary>Takes a snapshot and uses it before another can replace it.</summary>
    /// <exception cref="StorageException">The disk refused.</exception>
    public async Task<T> TakeAndAsync<T>(Func<Manifest, T> use, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await TakeHeldAsync(cancellation).ConfigureAwait(false);
            return use(_manifest);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        _one.Wait();
        manifestFile.Dispose();
        _one.Dispose();
    }

    private async Task TakeHeldAsync(CancellationToken cancellation)
    {
        (LogPosition at, PointEntry?[] slots, IReadOnlyList<(string, WriteReceipt)> answered) = await pipeline.BetweenWritesAsync(
            at => (at, table.Capture(), requests.Answered()), cancellation).ConfigureAwait(false);
        if (at.Sequence == SnapshotLsn) return;
        PointEntry[] entries = [.. slots.OfType<PointEntry>().Where(entry => entry.WasLiveAt(at.Sequence))];
        string name = CollectionFiles.SnapshotName(at.Sequence);
        long[] offsets = await Task.Run(() => Write(name, entries, answered, cancellation), cancellation).ConfigureAwait(false);

        // The index on disk may show records up to here; they must be in the log before the snapshot counts.
        ulong shown = pipeline.AppliedLsn;
        await pipeline.WhenDurableAsync(shown, cancellation).ConfigureAwait(false);
        Manifest next = _manifest with { Snapshot = name, SnapshotSequence = at.Sequence, FloorSequence = shown };
        manifestFile.Write(next.ToBytes());
        Volatile.Write(ref _manifest, next);
        MoveBlobs(name, entries, offsets);
        files.RemoveOldSnapshots(name);
        await pipeline.TruncateThroughAsync(at, cancellation).ConfigureAwait(false);
    }

    private long[] Write(string name, PointEntry[] entries, IReadOnlyList<(string, WriteReceipt)> answered, CancellationToken cancellation)
    {
        table.Index.Reconnect();
        using SnapshotWriter writer = new(files.Snapshot(name), files.Disk);
        long[] offsets = SnapshotCodec.Write(writer, entries, answered, table.Index, cancellation);
        SnapshotBytes = writer.Complete();
        return offsets;
    }

    /// <summary>Blobs now lie in the new file; the old one, unlinked, lives on until its last reader lets go.</summary>
    private void MoveBlobs(string name, PointEntry[] entries, long[] offsets)
    {
        SnapshotReader reader = SnapshotReader.Open(files.Snapshot(name), files.Disk);
        for (int i = 0; i < entries.Length; i++)
        {
            if (offsets[i] >= 0) table.MoveBlob(entries[i], new PointBlob(reader, offsets[i], entries[i].Blob!.Length));
        }
    }
}
