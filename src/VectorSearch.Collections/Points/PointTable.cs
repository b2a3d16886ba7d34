using System.Collections.Concurrent;
using VectorSearch.Index;

namespace VectorSearch.Collections;

/// <summary>
/// The points of a collection in memory: id → entry, slot → entry, and the index. One thread at a time writes (the
/// applier); any number read.
/// <para>
/// A replaced or deleted point is retired first, which takes it out of every answer, and leaves the index later, in the
/// background: repairing the graph around it costs a thousand times more than an acknowledgement should wait for.
/// </para>
/// </summary>
internal sealed class PointTable : IDisposable
{
    private const int EntryBytes = 150; // entry, two table cells and a short id; estimated

    private readonly ConcurrentDictionary<PointId, PointEntry> _byId;
    private PointEntry?[] _bySlot;
    private long _blobBytes;

    public PointTable(HnswIndex index, IndexKind kind, int capacity)
    {
        Index = index;
        _byId = new ConcurrentDictionary<PointId, PointEntry>(concurrencyLevel: 4, Math.Max(capacity, 31));
        _bySlot = new PointEntry?[Math.Max(capacity, 1024)];
        Maintenance = new IndexMaintenance(this, kind == IndexKind.Hnsw);
        Payloads = new PayloadIndexes(this, index.Options.Dimension);
    }

    public HnswIndex Index { get; }

    public IndexMaintenance Maintenance { get; }

    /// <summary>Columns of the payload fields that filters have named.</summary>
    public PayloadIndexes Payloads { get; }

    public int Count => _byId.Count;

    public long MemoryBytes
    {
        get
        {
            IndexStatistics statistics = Index.GetStatistics();
            return statistics.VectorBytes + statistics.GraphBytes + ((long)Count * EntryBytes) + Interlocked.Read(ref _blobBytes) + Payloads.MemoryBytes;
        }
    }

    public bool TryGet(PointId id, out PointEntry entry) => _byId.TryGetValue(id, out entry!);

    /// <summary>Every slot in use is below it.</summary>
    public int SlotBound => Volatile.Read(ref _bySlot).Length;

    /// <summary>The live entry of a slot, or null.</summary>
    public PointEntry? At(int slot)
    {
        PointEntry?[] bySlot = Volatile.Read(ref _bySlot);
        PointEntry? entry = slot < bySlot.Length ? Volatile.Read(ref bySlot[slot]) : null;
        return entry is { IsRetired: false } ? entry : null;
    }

    /// <summary>Whether the slot's point is on its way out of the index.</summary>
    public bool IsRetiring(int slot)
    {
        PointEntry?[] bySlot = Volatile.Read(ref _bySlot);
        return slot < bySlot.Length && Volatile.Read(ref bySlot[slot]) is { IsRetired: true };
    }

    /// <summary>
    /// The occupants of all slots, live and retired, so quickly that the applier can wait for it;
    /// <see cref="PointEntry.WasLiveAt"/> then tells who was live.
    /// </summary>
    public PointEntry?[] Capture() => [.. _bySlot];

    /// <summary>All live entries, without keeping anyone waiting.</summary>
    public IEnumerable<PointEntry> Entries() => _byId.Select(pair => pair.Value);

    /// <summary>
    /// Puts a loaded entry in. False if its id or slot is taken. An entry without a slot waits for the record that
    /// replaces or deletes it.
    /// </summary>
    public bool TryRestore(PointEntry entry)
    {
        if (entry.Slot == PointEntry.NoSlot) return _byId.TryAdd(entry.Id, entry);
        EnsureSlot(entry.Slot);
        if (_bySlot[entry.Slot] is not null || !_byId.TryAdd(entry.Id, entry)) return false;
        _bySlot[entry.Slot] = entry;
        return true;
    }

    /// <summary>Applies a record.</summary>
    /// <returns>Points written, or points deleted that were there.</returns>
    public int Apply(Mutation mutation, ulong lsn)
    {
        int affected = 0;
        for (int i = 0; i < mutation.Ids.Count; i++)
        {
            if (mutation.Kind == MutationKind.Delete) affected += Delete(mutation.Ids[i], lsn) ? 1 : 0;
            else if (mutation.Change is { } change) affected += ChangePayload(mutation.Ids[i], change, lsn) ? 1 : 0;
            else affected += Upsert(mutation.Ids[i], mutation.Vector(i), mutation.Attachments[i], lsn);
        }

        return affected;
    }

    /// <summary>The blob's bytes lie in a snapshot now: lets go of the copy in memory.</summary>
    public void MoveBlob(PointEntry entry, PointBlob moved)
    {
        if (entry.IsRetired) return; // its bytes are no longer counted
        Interlocked.Add(ref _blobBytes, -(entry.Blob?.MemoryBytes ?? 0));
        entry.Blob = moved;
    }

    public void Dispose()
    {
        Maintenance.Dispose();
        Payloads.Dispose();
        Index.Dispose();
    }

    internal void Forget(int slot, PointEntry retired)
    {
        PointEntry?[] bySlot = Volatile.Read(ref _bySlot);
        if (slot < bySlot.Length) Interlocked.CompareExchange(ref bySlot[slot], null, retired);
    }

    private int Upsert(PointId id, ReadOnlySpan<float> vector, byte[] attachment, ulong lsn)
    {
        int slot = Index.Store(vector);
        PointBlob? blob = PointBlob.Make(IsKeptAsSent(slot, vector) ? [] : vector, attachment);
        PointEntry entry = new(id, slot, lsn, blob);
        EnsureSlot(slot);
        Payloads.Put(slot, attachment);

        // The new entry is in place before the old one goes, so that the point is findable all the time; a search that
        // meets both drops the retired one.
        Volatile.Write(ref _bySlot[slot], entry);
        _byId.TryGetValue(id, out PointEntry? old);
        _byId[id] = entry;
        Interlocked.Add(ref _blobBytes, blob?.MemoryBytes ?? 0);
        if (old is not null) Retire(old, lsn);
        Maintenance.Link(slot);
        return 1;
    }

    private bool Delete(PointId id, ulong lsn)
    {
        if (!_byId.TryRemove(id, out PointEntry? old)) return false;
        Retire(old, lsn);
        return true;
    }

    /// <summary>
    /// Puts a new entry in the place of the old one; the index is not asked. False if the point is not there, or its
    /// payload would grow beyond the limits: the writer checked that, but another write may have come in between.
    /// </summary>
    private bool ChangePayload(PointId id, PayloadChange change, ulong lsn)
    {
        if (!_byId.TryGetValue(id, out PointEntry? old)) return false;
        ReadOnlySpan<byte> bytes = old.Blob is null ? [] : old.Blob.Read();
        (PointFeatures? features, Payload payload) = bytes.IsEmpty
            ? (null, Payload.Empty)
            : PointCodec.ReadAttachment(PointBlob.Attachment(bytes, Index.Options.Dimension));
        Payload changed = change.ApplyTo(payload);
        byte[] attachment = PointCodec.WriteAttachment(features, changed);
        if (!WriteGuard.Fits(changed, attachment.Length, features is not null)) return false;
        PointBlob? blob = PointBlob.WithAttachment(bytes, Index.Options.Dimension, attachment);
        PointEntry entry = new(id, old.Slot, lsn, blob);
        if (old.Slot != PointEntry.NoSlot)
        {
            Payloads.Put(old.Slot, attachment);
            Volatile.Write(ref _bySlot[old.Slot], entry);
        }

        _byId[id] = entry;
        Interlocked.Add(ref _blobBytes, blob?.MemoryBytes ?? 0);
        RetireEntry(old, lsn);
        return true;
    }

    private void Retire(PointEntry old, ulong lsn)
    {
        RetireEntry(old, lsn);
        if (old.Slot != PointEntry.NoSlot) Maintenance.Remove(old);
    }

    private void RetireEntry(PointEntry old, ulong lsn)
    {
        old.Retire(lsn);
        Interlocked.Add(ref _blobBytes, -(old.Blob?.MemoryBytes ?? 0));
    }

    private bool IsKeptAsSent(int slot, ReadOnlySpan<float> vector)
    {
        if (Index.Options.Metric != Numerics.Metric.Cosine) return true;
        Span<float> kept = vector.Length <= 1024 ? stackalloc float[vector.Length] : new float[vector.Length];
        return Index.ReadVector(slot, kept) && kept.SequenceEqual(vector);
    }

    private void EnsureSlot(int slot)
    {
        if (slot < _bySlot.Length) return;
        PointEntry?[] grown = new PointEntry?[Math.Max(slot + 1, _bySlot.Length * 2)];
        lock (Maintenance)
        {
            // Forget clears cells from other threads: not while they are copied.
            _bySlot.CopyTo(grown, 0);
            Volatile.Write(ref _bySlot, grown);
        }
    }
}
