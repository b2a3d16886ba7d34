namespace VectorSearch.Storage;

/// <summary>Where a record lies: its number, and its place in whatever the log is made of.</summary>
/// <param name="Sequence">1 for the first record of a log.</param>
/// <param name="Address">The log's own address.</param>
public readonly record struct LogPosition(ulong Sequence, long Address);

/// <summary>A record read back.</summary>
/// <param name="Frame">Its header.</param>
/// <param name="Position">Where it lies.</param>
/// <param name="Body">Its body, owned by the receiver.</param>
public readonly record struct LogRecord(RecordFrame Frame, LogPosition Position, ReadOnlyMemory<byte> Body);
