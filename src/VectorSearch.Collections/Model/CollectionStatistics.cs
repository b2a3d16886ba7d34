namespace VectorSearch.Collections;

/// <summary>Counts and sizes of a collection at one moment.</summary>
public sealed record CollectionStatistics
{
    /// <summary>Points that may be answered.</summary>
    public long Points { get; init; }

    /// <summary>Of these, points that the graph links; 0 for an exact index.</summary>
    public long LinkedPoints { get; init; }

    /// <summary>Points written or deleted whose work on the graph is outstanding.</summary>
    public long OutstandingPoints { get; init; }

    /// <summary>Places in memory that deleted points left and new ones will take.</summary>
    public long ReusableSlots { get; init; }

    /// <summary>Layers of the graph above the bottom one.</summary>
    public int UpperLayers { get; init; }

    /// <summary>Bytes of vectors in memory.</summary>
    public long VectorBytes { get; init; }

    /// <summary>Bytes of links in memory.</summary>
    public long GraphBytes { get; init; }

    /// <summary>Bytes of the vectors' compressed forms, which the walk uses; 0 if it uses none.</summary>
    public long CodeBytes { get; init; }

    /// <summary>Bytes of memory in all, estimated.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Bytes of files.</summary>
    public long DiskBytes { get; init; }

    /// <summary>Newest log sequence number that reads reflect.</summary>
    public ulong Lsn { get; init; }

    /// <summary>Newest log sequence number known to be on disk.</summary>
    public ulong DurableLsn { get; init; }

    /// <summary>Newest log sequence number that the snapshot holds.</summary>
    public ulong SnapshotLsn { get; init; }
}
