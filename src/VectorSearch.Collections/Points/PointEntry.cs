namespace VectorSearch.Collections;

/// <summary>One live version of a point. A newer version is another entry; this one is then retired.</summary>
internal sealed class PointEntry(PointId id, int slot, ulong lsn, PointBlob? blob)
{
    /// <summary>The slot of a point whose vector was taken out of the index while the snapshot was written.</summary>
    public const int NoSlot = -1;

    private volatile PointBlob? _blob = blob;
    private ulong _retiredAt;

    public PointId Id { get; } = id;

    /// <summary>Its slot in the index.</summary>
    public int Slot { get; } = slot;

    /// <summary>The record that wrote it.</summary>
    public ulong Lsn { get; } = lsn;

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

    /// <summary>Another record, from 1, replaced or deleted it.</summary>
    public void Retire(ulong lsn) => Volatile.Write(ref _retiredAt, lsn);
}
