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
        ManifestKeeper manifest = ManifestKeeper.Open(files);
        try
        {
            RequestWindow requests = new((int)CollectionLimits.RememberedRequests.Default);
            files.RemoveOldSnapshots(manifest.Current);
            GenerationHistory history = new(files, definition, manifest);
            history.RemoveLeftovers();
            LoadedCollection loaded = Load(files, definition, manifest.Current, requests, options);
            LiveCollection live = new(files, definition, options, budget, loaded, requests, manifest, history);
            options.Progress?.Report(new RecoveryProgress(definition.Name, RecoveryPhase.Done, 1, 1));
            return live;
        }
        catch
        {
            manifest.Dispose();
            throw;
        }
    }

    /// <summary>Loads a collection to be looked at: nothing is written.</summary>
    /// <exception cref="StorageException">As for <see cref="Recover"/>.</exception>
    public static LoadedCollection ReadOnly(CollectionFiles files, CollectionDefinition definition)
    {
        using ManifestKeeper manifest = ManifestKeeper.Open(files);
        RequestWindow requests = new((int)CollectionLimits.RememberedRequests.Default);
        return Load(files, definition, manifest.Current, requests, new CatalogOptions());
    }

    private static LoadedCollection Load(
        CollectionFiles files, CollectionDefinition definition, Manifest manifest, RequestWindow requests, CatalogOptions options)
    {
        LoadedCollection loaded = new();
        try
        {
            Tell(RecoveryPhase.Snapshot, 0, 1);
            foreach (ManifestGeneration entry in manifest.Generations)
            {
                // One that was being built when the process ended has nothing yet.
                if ((GenerationState)entry.State == GenerationState.Building) continue;
                GenerationRecord record = files.Generations.Read(entry.Number, definition);
                RequestWindow? remembered = entry.Number == manifest.Serving ? requests : null;
                loaded.Generations.Add(new LoadedGeneration(record, entry, LoadTable(files, record.ApplyTo(definition), entry, remembered)));
            }

            loaded.Log = FasterRecordLog.Open(files.Log, LiveCollection.LogOptions(definition, options), files.Disk);
            loaded.Applied = Replay(files, loaded, manifest, requests, Tell);
            if (loaded.Applied.Sequence < manifest.FloorSequence)
            {
                throw new StorageException(
                    StorageFailure.Damaged, files.Log, -1, $"a log that reaches record {manifest.FloorSequence}, as the manifest says", $"record {loaded.Applied.Sequence}");
            }

            if (loaded.Log.DroppedRecords > 0)
                options.OnEvent?.Invoke(new CollectionEvent(definition.Name, $"{loaded.Log.DroppedRecords} records that nobody was told are safe were dropped.", false));
            Tell(RecoveryPhase.Validate, 0, 1);
            foreach (LoadedGeneration generation in loaded.Generations) Validate(generation);
            return loaded;
        }
        catch
        {
            loaded.Abandon();
            throw;
        }

        void Tell(RecoveryPhase phase, long done, long total) => options.Progress?.Report(new RecoveryProgress(definition.Name, phase, done, total));

        void Validate(LoadedGeneration generation)
        {
            Check(generation.Table, generation.Entry.Snapshot.Length > 0 ? files.Snapshot(generation.Entry.Snapshot) : files.Log);
            if (generation.Table.Index.Repair() is > 0 and int cutOff)
                options.OnEvent?.Invoke(new CollectionEvent(definition.Name, $"{cutOff} points that walks no longer reached were linked again.", false));
        }
    }

    private static PointTable LoadTable(CollectionFiles files, CollectionDefinition definition, ManifestGeneration entry, RequestWindow? requests)
    {
        if (entry.Snapshot.Length == 0)
        {
            return new PointTable(entry.Number, definition.Space, PointIndexes.Empty(definition), 0);
        }

        SnapshotReader snapshot = SnapshotReader.Open(files.Snapshot(entry.Snapshot), files.Disk);
        try
        {
            return SnapshotCodec.Read(snapshot, entry.Number, definition, files.Generations.SealedRows(entry.Number), requests);
        }
        catch
        {
            snapshot.Dispose();
            throw;
        }
    }

    private static LogPosition Replay(
        CollectionFiles files, LoadedCollection loaded, Manifest manifest, RequestWindow requests, Action<RecoveryPhase, long, long> tell)
    {
        FasterRecordLog log = loaded.Log!;
        LogPosition applied = new(manifest.SnapshotSequence, 0);
        long bytes = 0, total = log.DiskBytes;
        int points = 0;
        tell(RecoveryPhase.Replay, 0, total);
        foreach (LogRecord record in log.Replay(manifest.SnapshotSequence))
        {
            Mutation mutation = Parse(record, files.Log);
            foreach (LoadedGeneration generation in loaded.Generations)
            {
                int affected = Apply(generation, mutation, record, files.Log);
                if (generation.Entry.Number == manifest.Serving) points += affected;
            }

            if (mutation.EndsRequest)
            {
                if (mutation.RequestId.Length > 0) requests.Restore(mutation.RequestId, new WriteReceipt(record.Position.Sequence, mutation.Generation, mutation.Space, points, false));
                points = 0;
            }

            applied = record.Position;
            bytes += record.Body.Length + RecordFrame.HeaderBytes;
            if (applied.Sequence % ProgressEvery == 0) tell(RecoveryPhase.Replay, bytes, total);
        }

        return applied;
    }

    private static int Apply(LoadedGeneration generation, Mutation mutation, LogRecord record, string log)
    {
        GenerationRecord expected = generation.Record;
        if (mutation.Kind == MutationKind.Upsert && mutation.Generation == expected.Number && (mutation.Space != expected.Space || mutation.Dimension != expected.Dimension))
            throw Damaged(record, log, $"points of {expected.Dimension} coordinates in space {expected.Space}", $"{mutation.Dimension} in {mutation.Space}");
        try
        {
            return generation.Table.Apply(mutation, record.Position.Sequence);
        }
        catch (Exception e) when (e is ArgumentException or InvalidDataException)
        {
            throw Damaged(record, log, "vectors that the index takes", e.Message);
        }
    }

    private static Mutation Parse(LogRecord record, string log)
    {
        try
        {
            return Mutation.Parse(record.Frame.Kind, record.Frame.Flags, record.Frame.Generation, record.Body.Span);
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
