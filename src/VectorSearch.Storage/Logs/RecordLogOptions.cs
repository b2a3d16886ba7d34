namespace VectorSearch.Storage;

/// <summary>Sizes and intervals of a log.</summary>
public sealed record RecordLogOptions
{
    /// <summary>Bytes of a page, a power of two from 4 KiB to 64 MiB. A record lies within one page.</summary>
    public int PageBytes { get; init; } = 1 << 22;

    /// <summary>Bytes of pages kept in memory, a power of two, at least four pages: one is kept for commits.</summary>
    public long MemoryBytes { get; init; } = 1 << 24;

    /// <summary>Bytes of a file, a power of two, at least one page; the unit in which old records are removed.</summary>
    public long SegmentBytes { get; init; } = 1 << 26;

    /// <summary>Time until an appended record is written although nobody waits for it.</summary>
    public TimeSpan CommitInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How often at most the head file notes how far the log reaches; see <see cref="LogHead"/>.</summary>
    public TimeSpan HeadInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Longest body of a record: a page less FASTER's entry header, our frame and the room FASTER keeps for a commit record.</summary>
    public int MaxBodyBytes => PageBytes - RecordFrame.HeaderBytes - ReservedPerPageBytes;

    private const int ReservedPerPageBytes = 1024;

    /// <summary>All faults of these options, none if they are good.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [];
        if (!IsPowerOfTwo(PageBytes) || PageBytes is < 1 << 12 or > 1 << 26)
            faults.Add($"{nameof(PageBytes)}: got {PageBytes}, expected a power of two from {1 << 12} to {1 << 26}.");
        if (!IsPowerOfTwo(MemoryBytes) || MemoryBytes < 4L * PageBytes)
            faults.Add($"{nameof(MemoryBytes)}: got {MemoryBytes}, expected a power of two of at least four pages ({4L * PageBytes}).");
        if (!IsPowerOfTwo(SegmentBytes) || SegmentBytes < PageBytes)
            faults.Add($"{nameof(SegmentBytes)}: got {SegmentBytes}, expected a power of two of at least a page ({PageBytes}).");
        if (CommitInterval <= TimeSpan.Zero)
            faults.Add($"{nameof(CommitInterval)}: got {CommitInterval}, expected a positive time.");
        return faults;
    }

    internal void ThrowIfInvalid()
    {
        IReadOnlyList<string> faults = Validate();
        if (faults.Count > 0) throw new ArgumentException(string.Join(" ", faults));
    }

    private static bool IsPowerOfTwo(long value) => value > 0 && (value & (value - 1)) == 0;
}
