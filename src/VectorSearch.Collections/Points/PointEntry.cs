using System.Numerics;

namespace VectorSearch.Collections;

/// <summary>One live version of a point. A newer version is another entry; this one is then retired.</summary>
internal sealed class PointEntry(PointId id, int slot, ulong lsn, PointBlob? blob)
{
    /// <summary>The slot of a point whose vector was taken out of the index while the snapshot was written.</summary>
    public const int NoSlot = -1;

    /// <summary>2⁶⁴ over the golden ratio: successive products differ in all bits (Knuth, The Art of Computer Programming 3, 6.4).</summary>
    private const ulong Spread = 0x9E3779B97F4A7C15;

    private volatile PointBlob? _blob = blob;
    private ulong _retiredAt;

    public PointId Id { get; } = id;

    /// <summary>Its slot in the index.</summary>
    public int Slot { get; } = slot;

    /// <summary>The record that wrote it.</summary>
    public ulong Lsn { get; } = lsn;

    /// <summary>
    /// A digest of the records that made it: of the one that wrote the vector, and of the changes of its payload since. Two
    /// tables agree on a point if this is equal; that the last record is the same says less, for a change of a payload leaves
    /// whatever was there before it. A point from a snapshot begins anew, with its last record.
    /// </summary>
    public ulong Lineage { get; init; } = lsn;

    /// <summary>Null if the index holds everything. Moves from memory to a snapshot; its content never changes.</summary>
    public PointBlob? Blob
    {
        get => _blob;
        set => _blob = value;
    }

    /// <summary>True once it was replaced or deleted: from then on it is no answer, although the index may still offer its slot.</summary>
    public bool IsRetired => Volatile.Read(ref _retiredAt) != 0;

    /// <summary>Whether it was the point's version right after this record.</summary>
    public bool WasLiveAt(ulong lsn) => Lsn <= lsn && Volatile.Read(ref _retiredAt) is var retired && (retired == 0 || retired > lsn);

    /// <summary>The version that a record makes of this one by changing its payload.</summary>
    public PointEntry Changed(ulong lsn, PointBlob? blob) => new(Id, Slot, lsn, blob) { Lineage = BitOperations.RotateLeft(Lineage * Spread, 32) ^ lsn };

    /// <summary>The same version of the point in another table.</summary>
    public PointEntry Copied(int slot, PointBlob? blob) => new(Id, slot, Lsn, blob) { Lineage = Lineage };

    /// <summary>Another record, from 1, replaced or deleted it.</summary>
    public void Retire(ulong lsn) => Volatile.Write(ref _retiredAt, lsn);
}
