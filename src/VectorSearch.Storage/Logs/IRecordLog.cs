namespace VectorSearch.Storage;

/// <summary>
/// An append-only log of numbered records. Appending and waiting are safe from many threads; <see cref="Replay"/> is
/// called once, before the first append.
/// </summary>
public interface IRecordLog : IAsyncDisposable
{
    /// <summary>Sequence of the newest record appended; 0 before the first.</summary>
    ulong LastSequence { get; }

    /// <summary>Every record up to this sequence is on disk.</summary>
    ulong DurableSequence { get; }

    /// <summary>Bytes the log holds on disk.</summary>
    long DiskBytes { get; }

    /// <summary>
    /// Why the log takes no more records; null while it does. A log never recovers from a fault by itself: dispose of it
    /// and open it again.
    /// </summary>
    StorageException? Fault { get; }

    /// <summary>Ends when the log has a <see cref="Fault"/>, for whoever must know although nobody waits for a record. After <see cref="Replay"/>.</summary>
    Task<StorageException> Failed { get; }

    /// <summary>Reads the records from the oldest retained to the newest, checking each.</summary>
    /// <param name="afterSequence">Records up to this one are checked and not returned.</param>
    /// <exception cref="StorageException">
    /// A record is damaged or missing, or the oldest retained record is newer than <paramref name="afterSequence"/> + 1.
    /// </exception>
    IEnumerable<LogRecord> Replay(ulong afterSequence);

    /// <summary>Appends a record to memory. It is written within the commit interval, or as soon as someone waits for it.</summary>
    /// <exception cref="ArgumentException">The body is longer than <see cref="RecordLogOptions.MaxBodyBytes"/>.</exception>
    /// <exception cref="StorageException">The log has a <see cref="Fault"/>.</exception>
    LogPosition Append(byte kind, byte flags, uint generation, ReadOnlySpan<byte> body);

    /// <summary>Ends when every record up to the sequence is on disk.</summary>
    /// <exception cref="StorageException">The log has a <see cref="Fault"/>; whether the record will be found again is not known.</exception>
    ValueTask WhenDurableAsync(ulong sequence, CancellationToken cancellation = default);

    /// <summary>Lets go of records up to and including this one, as far as whole files can be removed.</summary>
    /// <exception cref="StorageException">The disk refused.</exception>
    Task TruncateThroughAsync(LogPosition position, CancellationToken cancellation = default);
}
