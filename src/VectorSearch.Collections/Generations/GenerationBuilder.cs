using VectorSearch.Index;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Collections;

/// <summary>
/// Builds the table of a new generation from the points of the serving one, while that takes writes: vectors first, all of
/// them, then the index in bulk. What was written meanwhile comes later (<see cref="GenerationReconciler"/>).
/// </summary>
internal sealed class GenerationBuilder(LiveGeneration source, GenerationRecord record, CollectionFiles files, GenerationMaker maker, CatalogOptions options)
{
    private const int Chunk = 128;

    private readonly CollectionDefinition _definition = record.ApplyTo(source.Definition);
    private readonly int _threads = (int)Math.Ceiling(record.Processors);

    /// <summary>What became of a point: how it was carried, or that it changed before its turn came.</summary>
    private enum Outcome : byte
    {
        NotYet,
        Carried,
        Refused,
        Changed,
    }

    /// <summary>Makes vectors and index.</summary>
    /// <returns>The table, and what the audit of its index found.</returns>
    /// <exception cref="VectorSearchException">Points cannot be carried over: all of them are counted, the first ones named.</exception>
    public (PointTable Table, GenerationAudit Audit) Build(BridgeFitter? fitBridge, Action<RebuildPhase, long, long> tell, CancellationToken cancellation)
    {
        PointEntry[] entries = [.. source.Table.Entries().Where(entry => entry.Slot != PointEntry.NoSlot).OrderBy(entry => entry.Slot)];
        using RowMatrix<float> rows = new(entries.Length, record.Dimension);
        Outcome[] outcomes = new Outcome[entries.Length];
        Embed(entries, rows, outcomes, maker.OpenBridge(record.Number), tell, cancellation);
        if (fitBridge is not null && record.Space != source.Definition.Space && FitBridge(fitBridge, entries, rows, outcomes, cancellation))
            Embed(entries, rows, outcomes, maker.OpenBridge(record.Number), tell, cancellation);
        if (outcomes.Contains(Outcome.Refused))
        {
            PointId[] refused = [.. entries.Where((_, i) => outcomes[i] == Outcome.Refused).Select(entry => entry.Id)];
            throw RebuildPlan.CannotCarry(refused.Length, entries.Length, refused, record.Space);
        }

        int[] carried = [.. Enumerable.Range(0, entries.Length).Where(i => outcomes[i] == Outcome.Carried)];
        PointIndex index = BuildIndex(carried, rows, tell, cancellation);
        try
        {
            GenerationAudit audit = index.Audit(); // before anyone uses it, so that nobody waits for it
            PointTable table = new(record.Number, record.Space, index, carried.Length);
            for (int slot = 0; slot < carried.Length; slot++)
            {
                PointEntry entry = entries[carried[slot]];
                table.TryRestore(entry.Copied(slot, BlobFor(entry)));
            }

            return (table, audit);
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>What a point carries besides its vector in the new generation. A vector as it was sent is one of the old space only.</summary>
    public PointBlob? BlobFor(PointEntry entry) =>
        record.Space == source.Definition.Space ? entry.Blob : entry.Blob?.WithoutVector(source.Definition.Dimension);

    /// <summary>Copies the vector of a point as the serving generation has it; false if the point has changed. The caller holds a slot lease.</summary>
    public bool TryReadSource(PointEntry entry, Span<float> vector, out PointFeatures? features)
    {
        features = null;
        if (entry.IsRetired || !source.Table.Index.ReadVector(entry.Slot, vector)) return false;
        if (record.Space != source.Definition.Space && entry.Blob is { } blob)
            features = PointCodec.ReadOnlyFeatures(PointBlob.Attachment(blob.Read(), source.Definition.Dimension));
        return true;
    }

    private void Embed(
        PointEntry[] entries, RowMatrix<float> rows, Outcome[] outcomes, IVectorBridge? bridge, Action<RebuildPhase, long, long> tell, CancellationToken cancellation)
    {
        PointCarrier carrier = new(_definition, options.Encoders, bridge);
        long done = 0;
        tell(RebuildPhase.Embedding, 0, entries.Length);
        DeterministicParallel.For(
            entries.Length, Chunk, _threads, () => new float[source.Definition.Dimension],
            (start, end, sent) =>
            {
                // No slot that is live now is given to another point while the lease is held.
                using SlotLease lease = source.Table.Index.LeaseSlots();
                for (int i = start; i < end; i++)
                {
                    if (outcomes[i] is Outcome.Carried or Outcome.Changed) continue;
                    outcomes[i] = !TryReadSource(entries[i], sent, out PointFeatures? features) ? Outcome.Changed
                        : carrier.Carry(entries[i].Id, source.Definition.Space, sent, features, rows[i]) == CarryKind.None ? Outcome.Refused
                        : Outcome.Carried;
                }

                tell(RebuildPhase.Embedding, Interlocked.Add(ref done, end - start), entries.Length);
            },
            cancellation);
    }

    /// <summary>Has a bridge fitted on points that are carried by other means. False if none was made.</summary>
    private bool FitBridge(BridgeFitter fit, PointEntry[] entries, RowMatrix<float> rows, Outcome[] outcomes, CancellationToken cancellation)
    {
        int[] carried = [.. Enumerable.Range(0, entries.Length).Where(i => outcomes[i] == Outcome.Carried)];
        int wanted = Math.Min(carried.Length, BridgePairs.MaxCount);
        if (wanted == 0) return false;
        int oldDimension = source.Definition.Dimension;
        float[] from = new float[wanted * oldDimension], to = new float[wanted * record.Dimension];
        int count = 0;
        for (int n = 0; n < wanted; n++)
        {
            cancellation.ThrowIfCancellationRequested();
            int i = carried[(int)((long)n * carried.Length / wanted)];
            using SlotLease lease = source.Table.Index.LeaseSlots();
            if (!TryReadSource(entries[i], from.AsSpan(count * oldDimension, oldDimension), out _)) continue;
            rows[i].CopyTo(to.AsSpan(count * record.Dimension));
            count++;
        }

        if (count == 0) return false;
        ReadOnlyMemory<byte> bytes = fit(new BridgePairs(
            source.Definition.Space, oldDimension, from.AsMemory(0, count * oldDimension), record.Space, record.Dimension, to.AsMemory(0, count * record.Dimension), count));
        if (bytes.IsEmpty) return false;
        files.Generations.WriteDocument(record.Number, GenerationMaker.BridgeDocument, bytes.Span);
        return true;
    }

    private PointIndex BuildIndex(int[] carried, RowMatrix<float> rows, Action<RebuildPhase, long, long> tell, CancellationToken cancellation)
    {
        HnswOptions hnsw = CollectionDefinitionValidator.ToHnswOptions(_definition);
        tell(RebuildPhase.Building, 0, carried.Length);
        if (record.Index == IndexKind.Hnsw)
        {
            Progress<BuildProgress> told = new(progress => tell(RebuildPhase.Building, progress.Linked, progress.Total));
            HnswIndex graph = HnswIndex.Build(hnsw, carried.Length, (row, into) => rows[carried[row]].CopyTo(into), _threads, told, cancellation);
            return new GraphPointIndex(graph, links: true);
        }

        if (record.Index == IndexKind.Sealed) return Seal(carried, rows, tell, cancellation);

        HnswIndex index = new(hnsw);
        try
        {
            for (int slot = 0; slot < carried.Length; slot++)
            {
                if (slot % Chunk == 0) cancellation.ThrowIfCancellationRequested();
                index.Store(rows[carried[slot]]);
            }

            tell(RebuildPhase.Building, carried.Length, carried.Length);
            return new GraphPointIndex(index, links: false);
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>The rows go into the index; if not all of them are carried, those that are go into rows of their own.</summary>
    private SealedPointIndex Seal(int[] carried, RowMatrix<float> rows, Action<RebuildPhase, long, long> tell, CancellationToken cancellation)
    {
        RowMatrix<float> kept = carried.Length == rows.Rows ? rows.HandOver() : Rows(carried, rows);
        Progress<SealedProgress> told = new(progress => tell(RebuildPhase.Building, (long)(progress.Done * carried.Length), carried.Length));
        return SealedPointIndex.Build(kept, _definition, _threads, files.Generations.SealedRows(record.Number), files.Disk, told, cancellation);
    }

    private static RowMatrix<float> Rows(int[] wanted, RowMatrix<float> rows)
    {
        RowMatrix<float> some = new(wanted.Length, rows.Dimension);
        for (int row = 0; row < wanted.Length; row++) rows[wanted[row]].CopyTo(some[row]);
        return some;
    }

    /// <summary>Told at once, on the thread that builds.</summary>
    private sealed class Progress<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
