using VectorSearch.Index;
using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>Manifest → snapshot → replay → check. Nothing of a damaged collection is served.</summary>
internal static class CollectionRecovery
{
    /// <summary>How often progress is told, in records.</summary>
    private const int ProgressEvery = 256;

    /// <exception cref="StorageException">A file is damaged, missing or newer, or cannot be read.</exception>
    public static LiveCollection Recover(CollectionFiles files, CollectionDefinition definition, CatalogOptions options, MemoryBudget budget)
    {
        TwoSlotFile manifestFile = TwoSlotFile.Open(files.Disk, files.Manifest, Manifest.Magic, Manifest.Version, out byte[] body);
        try
        {
            RequestWindow requests = new((int)CollectionLimits.RememberedRequests.Default);
            Manifest manifest = Manifest.Parse(body, files.Manifest);
            files.RemoveOldSnapshots(manifest.Snapshot);
            (PointTable table, FasterRecordLog log, LogPosition applied) = Load(files, definition, manifest, requests, options);
            LiveCollection live = new(files, definition, options, budget, table, requests, log, applied, manifest, manifestFile);
            options.Progress?.Report(new RecoveryProgress(definition.Name, RecoveryPhase.Done, 1, 1));
            return live;
        }
        catch
        {
            manifestFile.Dispose();
            throw;
        }
    }

    /// <summary>Loads a collection to be looked at: nothing is written.</summary>
    /// <exception cref="StorageException">As for <see cref="Recover"/>.</exception>
    public static (PointTable Table, FasterRecordLog Log) ReadOnly(CollectionFiles files, CollectionDefinition definition)
    {
        using TwoSlotFile manifestFile = TwoSlotFile.Open(files.Disk, files.Manifest, Manifest.Magic, Manifest.Version, out byte[] body);
        RequestWindow requests = new((int)CollectionLimits.RememberedRequests.Default);
        (PointTable table, FasterRecordLog log, _) = Load(files, definition, Manifest.Parse(body, files.Manifest), requests, new CatalogOptions());
        return (table, log);
    }

    private static (PointTable Table, FasterRecordLog Log, LogPosition Applied) Load(
        CollectionFiles files, CollectionDefinition definition, Manifest manifest, RequestWindow requests, CatalogOptions options)
    {
        SnapshotReader? snapshot = null;
        PointTable? table = null;
        FasterRecordLog? log = null;
        try
        {
            Tell(RecoveryPhase.Snapshot, 0, 1);
            if (manifest.Snapshot.Length > 0) snapshot = SnapshotReader.Open(files.Snapshot(manifest.Snapshot), files.Disk);
            table = snapshot is not null
                ? SnapshotCodec.Read(snapshot, definition, requests)
                : new PointTable(new HnswIndex(CollectionDefinitionValidator.ToHnswOptions(definition)), definition.Index, 0);
            log = FasterRecordLog.Open(files.Log, LiveCollection.LogOptions(definition, options), files.Disk);
            LogPosition applied = Replay(files, definition, table, requests, log, manifest, Tell);
            if (applied.Sequence < manifest.FloorSequence)
            {
                throw new StorageException(
                    StorageFailure.Damaged, files.Log, -1, $"a log that reaches record {manifest.FloorSequence}, as the manifest says", $"record {applied.Sequence}");
            }

            if (log.DroppedRecords > 0)
                options.OnEvent?.Invoke(new CollectionEvent(definition.Name, $"{log.DroppedRecords} records that nobody was told are safe were dropped.", false));
            Tell(RecoveryPhase.Validate, 0, 1);
            Check(table, snapshot?.FilePath ?? files.Log);
            if (table.Index.Repair() is > 0 and int cutOff)
                options.OnEvent?.Invoke(new CollectionEvent(definition.Name, $"{cutOff} points that walks no longer reached were linked again.", false));
            return (table, log, applied);
        }
        catch
        {
            table?.Dispose();
            snapshot?.Dispose();
            log?.Abandon();
            throw;
        }

        void Tell(RecoveryPhase phase, long done, long total) => options.Progress?.Report(new RecoveryProgress(definition.Name, phase, done, total));
    }

    private static LogPosition Replay(
        CollectionFiles files, CollectionDefinition definition, PointTable table, RequestWindow requests, FasterRecordLog log, Manifest manifest,
        Action<RecoveryPhase, long, long> tell)
    {
        LogPosition applied = new(manifest.SnapshotSequence, 0);
        long bytes = 0, total = log.DiskBytes;
        int points = 0;
        tell(RecoveryPhase.Replay, 0, total);
        foreach (LogRecord record in log.Replay(manifest.SnapshotSequence))
        {
            Mutation mutation = Parse(record, files.Log);
            if (mutation.Kind == MutationKind.Upsert && (mutation.Space != definition.Space || mutation.Dimension != definition.Dimension))
                throw Damaged(record, files.Log, $"points of {definition.Dimension} coordinates in space {definition.Space}", $"{mutation.Dimension} in {mutation.Space}");
            try
            {
                points += table.Apply(mutation, record.Position.Sequence);
            }
            catch (Exception e) when (e is ArgumentException or InvalidDataException)
            {
                throw Damaged(record, files.Log, "vectors that the index takes", e.Message);
            }

            if (mutation.EndsRequest)
            {
                if (mutation.RequestId.Length > 0) requests.Restore(mutation.RequestId, new WriteReceipt(record.Position.Sequence, 1, points, false));
                points = 0;
            }

            applied = record.Position;
            bytes += record.Body.Length + RecordFrame.HeaderBytes;
            if (applied.Sequence % ProgressEvery == 0) tell(RecoveryPhase.Replay, bytes, total);
        }

        return applied;
    }

    private static Mutation Parse(LogRecord record, string log)
    {
        try
        {
            return Mutation.Parse(record.Frame.Kind, record.Frame.Flags, record.Body.Span);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(record, log, "a record of a collection", e.Message);
        }
    }

    private static StorageException Damaged(LogRecord record, string log, string expected, string actual) =>
        new(StorageFailure.Damaged, log, record.Position.Address, expected, $"record {record.Position.Sequence} with {actual}");

    /// <summary>Every point has its vector; a vector without a point is one that was written while the snapshot was.</summary>
    private static void Check(PointTable table, string file)
    {
        int owned = 0;
        foreach (PointEntry entry in table.Entries())
        {
            if (entry.Slot == PointEntry.NoSlot || !table.Index.Contains(entry.Slot))
                throw new StorageException(StorageFailure.Damaged, file, -1, $"a vector of point {entry.Id}", "none");
            owned++;
        }

        if (owned == table.Index.Count) return;
        for (int slot = 0; slot < table.Index.SlotCount; slot++)
        {
            if (table.Index.Contains(slot) && table.At(slot) is null && !table.IsRetiring(slot)) table.Maintenance.RemoveOrphan(slot);
        }
    }
}
