using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>What a collection looks like at one moment.</summary>
public sealed record CollectionStatus
{
    /// <summary>What it can do.</summary>
    public required CollectionState State { get; init; }

    /// <summary>Why it does not serve fully, in words; empty while it does.</summary>
    public string Detail { get; init; } = "";

    /// <summary>Live points.</summary>
    public long Points { get; init; }

    /// <summary>The generation that answers, from 1; 0 while none does.</summary>
    public ulong Generation { get; init; }

    /// <summary>The space of that generation; the default while none answers.</summary>
    public SpaceId Space { get; init; }

    /// <summary>Newest log sequence number that reads reflect; 0 before the first write.</summary>
    public ulong Lsn { get; init; }

    /// <summary>Newest log sequence number known to be on disk.</summary>
    public ulong DurableLsn { get; init; }

    /// <summary>Newest log sequence number that the snapshot holds; 0 without a snapshot.</summary>
    public ulong SnapshotLsn { get; init; }

    /// <summary>Points found by exact scan because they are not linked into the graph yet.</summary>
    public int UnlinkedPoints { get; init; }

    /// <summary>Estimated bytes of memory held.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Bytes of files.</summary>
    public long DiskBytes { get; init; }
}
