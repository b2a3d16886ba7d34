using System.Collections.Concurrent;
using VectorSearch.Numerics;

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
    private const int EntryBytes = 158; // entry, two table cells and a short id; estimated

    private readonly ConcurrentDictionary<PointId, PointEntry> _byId;
    private readonly ConcurrentDictionary<PointId, ulong> _missing = new(concurrencyLevel: 1, 31);
    private PointEntry?[] _bySlot;
    private int _missingCount;
    private long _blobBytes;

    /// <param name="generation">Number of the generation whose points these are.</param>
    /// <param name="space">The space of their vectors.</param>
    /// <param name="index">Their index, which belongs to the table from here on.</param>
    /// <param name="capacity">Points expected.</param>
    public PointTable(ulong generation, SpaceId space, PointIndex index, int capacity)
    {
        Generation = generation;
        Space = space;
        Index = index;
        _byId = new ConcurrentDictionary<PointId, PointEntry>(concurrencyLevel: 4, Math.Max(capacity, 31));
        _bySlot = new PointEntry?[Math.Max(capacity, 1024)];
        Maintenance = new IndexMaintenance(this, index.Links);
        Payloads = new PayloadIndexes(this, index.Dimension);
    }

    public PointIndex Index { get; }

    public IndexMaintenance Maintenance { get; }

    /// <summary>Columns of the payload fields that filters have named.</summary>
    public PayloadIndexes Payloads { get; }

    /// <summary>Number of the generation whose points these are.</summary>
    public ulong Generation { get; }

    /// <summary>The space of the vectors.</summary>
    public SpaceId Space { get; }

    public int Count => _byId.Count;

    /// <summary>Points of the collection that are not here, because what was written cannot be carried into the space.</summary>
    public int MissingCount => Volatile.Read(ref _missingCount);

    /// <summary>Those points, and the record that wrote each.</summary>
    public IEnumerable<KeyValuePair<PointId, ulong>> Missing => _missing;

    public long MemoryBytes
    {
        get
        {
            IndexCounts counts = Index.Counts;
            return counts.VectorBytes + counts.GraphBytes + counts.CodeBytes + ((long)Count * EntryBytes) + Interlocked.Read(ref _blobBytes) + Payloads.MemoryBytes;
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
        _blobBytes += entry.Blob?.MemoryBytes ?? 0;
        return true;
    }

    /// <summary>Applies a record.</summary>
    /// <returns>Points written, or points deleted that were there.</returns>
    public int Apply(Mutation mutation, ulong lsn)
    {
        int affected = 0;
        GenerationRows rows = mutation.RowsOf(Generation, Space);
        for (int i = 0; i < mutation.Ids.Count; i++)
        {
            PointId id = mutation.Ids[i];
            if (mutation.Kind == MutationKind.Delete) affected += Delete(id, lsn) ? 1 : 0;
            else if (mutation.Change is { } change) affected += ChangePayload(id, change, lsn) ? 1 : 0;
            else if (rows.TryGet(i, out ReadOnlySpan<float> vector)) affected += Upsert(id, vector, rows.AreSent, mutation.Attachments[i], lsn);
            else Lack(id, lsn);
        }

        return affected;
    }

    /// <summary>
    /// Takes a point over from another generation's table as of the record that wrote it there. The applier must be
    /// kept out meanwhile.
    /// </summary>
    public void TakeOver(PointEntry source, ReadOnlySpan<float> vector, PointBlob? blob)
    {
        int slot = Index.Store(vector);
        int begun = Payloads.IsUsed ? Payloads.Put(slot, Attachment()) : 0;
        Place(source.Copied(slot, blob), source.Lsn);
        if (Payloads.HasBegunSince(begun)) Payloads.Put(slot, Attachment());

        ReadOnlySpan<byte> Attachment() => blob is null ? [] : PointBlob.Attachment(blob.Read(), Index.Dimension);
    }

    /// <summary>Takes out a point that another generation's table no longer has. The applier must be kept out meanwhile.</summary>
    public bool Drop(PointId id, ulong lsn) => Delete(id, lsn);

    /// <summary>Whether the table has what the records of another table's entry made, or knows that it lacks it.</summary>
    public bool IsAt(PointEntry entry) =>
        _byId.TryGetValue(entry.Id, out PointEntry? mine) ? mine.Lineage == entry.Lineage : _missing.TryGetValue(entry.Id, out ulong lsn) && lsn == entry.Lsn;

    /// <summary>Notes a point that a snapshot says is missing.</summary>
    public void RestoreMissing(PointId id, ulong lsn)
    {
        if (_missing.TryAdd(id, lsn)) _missingCount++;
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

    private int Upsert(PointId id, ReadOnlySpan<float> vector, bool isSent, byte[] attachment, ulong lsn)
    {
        int slot = Index.Store(vector);
        PointBlob? blob = PointBlob.Make(!isSent || IsKeptAsSent(slot, vector) ? [] : vector, attachment);
        int begun = Payloads.Put(slot, attachment);
        Place(new PointEntry(id, slot, lsn, blob), lsn);
        if (Payloads.HasBegunSince(begun)) Payloads.Put(slot, attachment);
        return 1;
    }

    /// <summary>
    /// Puts an entry in the place of the point's old one, if it has one. The new entry is in place before the old one goes,
    /// so that the point is findable all the time; a search that meets both drops the retired one.
    /// </summary>
    private void Place(PointEntry entry, ulong lsn)
    {
        EnsureSlot(entry.Slot);
        Volatile.Write(ref _bySlot[entry.Slot], entry);
        _byId.TryGetValue(entry.Id, out PointEntry? old);
        _byId[entry.Id] = entry;
        Interlocked.Add(ref _blobBytes, entry.Blob?.MemoryBytes ?? 0);
        if (old is not null) Retire(old, lsn);
        else Find(entry.Id);
        Maintenance.Link(entry.Slot);
    }

    /// <summary>The point was written, but not for this table: an older version of it is no answer any more.</summary>
    private void Lack(PointId id, ulong lsn)
    {
        if (_byId.TryRemove(id, out PointEntry? old)) Retire(old, lsn);
        if (_missing.TryAdd(id, lsn)) Interlocked.Increment(ref _missingCount);
        else _missing[id] = lsn;
    }

    /// <summary>The point is here, or nowhere any more.</summary>
    private void Find(PointId id)
    {
        if (MissingCount > 0 && _missing.TryRemove(id, out _)) Interlocked.Decrement(ref _missingCount);
    }

    private bool Delete(PointId id, ulong lsn)
    {
        Find(id);
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
            : PointCodec.ReadAttachment(PointBlob.Attachment(bytes, Index.Dimension));
        Payload changed = change.ApplyTo(payload);
        byte[] attachment = PointCodec.WriteAttachment(features, changed);
        if (!WriteGuard.Fits(changed, attachment.Length, features is not null)) return false;
        PointBlob? blob = PointBlob.WithAttachment(bytes, Index.Dimension, attachment);
        PointEntry entry = old.Changed(lsn, blob);
        int begun = 0;
        if (old.Slot != PointEntry.NoSlot)
        {
            begun = Payloads.Put(old.Slot, attachment);
            Volatile.Write(ref _bySlot[old.Slot], entry);
        }

        _byId[id] = entry;
        Interlocked.Add(ref _blobBytes, blob?.MemoryBytes ?? 0);
        RetireEntry(old, lsn);
        if (old.Slot != PointEntry.NoSlot && Payloads.HasBegunSince(begun)) Payloads.Put(old.Slot, attachment);
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
        if (Index.Metric != Metric.Cosine) return true;
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
