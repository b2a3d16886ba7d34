using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>How a catalog is opened.</summary>
public sealed record CatalogOptions
{
    /// <summary>Finds the encoders of collections that embed features; null where clients send vectors only.</summary>
    public IFeatureEncoderResolver? Encoders { get; init; }

    /// <summary>
    /// Reads a bridge that a <see cref="BridgeFitter"/> wrote, when its generation is opened; null if there are none. What it
    /// throws leaves the generation without one.
    /// </summary>
    public Func<ReadOnlyMemory<byte>, IVectorBridge>? OpenBridge { get; init; }

    /// <summary>Told how far each collection's recovery is. Called from several threads.</summary>
    public IProgress<RecoveryProgress>? Progress { get; init; }

    /// <summary>Told of what an operator should know: a dropped torn tail, a switch to read-only, a snapshot. Called from several threads.</summary>
    public Action<CollectionEvent>? OnEvent { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// Threads that link new points into graphs, per collection. 1 to 64; by default one a core, which step back where
    /// calls want it.
    /// </summary>
    public int LinkerThreads { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 64);

    /// <summary>Points not yet linked at which writes wait (see <see cref="CollectionLimits.UnlinkedPoints"/>).</summary>
    public int MaxUnlinkedPoints { get; init; } = (int)CollectionLimits.UnlinkedPoints.Default;

    /// <summary>Bytes of memory all collections may hold together; writes beyond it get <see cref="ErrorCode.ResourceExhausted"/>. 0 means no bound.</summary>
    public long MemoryBudgetBytes { get; init; }

    /// <summary>Bytes of log after which a snapshot is taken by itself; a large snapshot waits for half its own size.</summary>
    public long SnapshotAfterLogBytes { get; init; } = 256L << 20;

    /// <summary>Collections recovered at a time when the catalog opens.</summary>
    public int RecoveryThreads { get; init; } = Environment.ProcessorCount;

    /// <summary>Makes the disk fail: as a test says, or as the environment does (<see cref="EnvironmentFault"/>).</summary>
    internal StorageFault Fault { get; init; } = EnvironmentFault.Read();

    /// <summary>All faults of these options, none if they are good.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [];
        Range(nameof(LinkerThreads), LinkerThreads, 1, 64);
        Range(nameof(RecoveryThreads), RecoveryThreads, 1, 64);
        Range(nameof(MaxUnlinkedPoints), MaxUnlinkedPoints, CollectionLimits.UnlinkedPoints.Min, CollectionLimits.UnlinkedPoints.Max);
        Range(nameof(MemoryBudgetBytes), MemoryBudgetBytes, 0, long.MaxValue);
        Range(nameof(SnapshotAfterLogBytes), SnapshotAfterLogBytes, 1L << 16, long.MaxValue);
        return faults;

        void Range(string field, long value, long min, long max)
        {
            if (value < min || value > max) faults.Add($"{field}: got {value}, expected {min} to {max}.");
        }
    }
}

/// <summary>How far a collection's recovery is.</summary>
/// <param name="Collection">Its name.</param>
/// <param name="Phase">Reading the snapshot, replaying the log, validating, done.</param>
/// <param name="Done">Bytes or records done of this phase.</param>
/// <param name="Total">Bytes or records of this phase; 0 if not known.</param>
public sealed record RecoveryProgress(string Collection, RecoveryPhase Phase, long Done, long Total);

/// <summary>The phases of recovery, in order.</summary>
public enum RecoveryPhase
{
    /// <summary>Reading and checking the newest good snapshot.</summary>
    Snapshot,

    /// <summary>Applying the records of the log that are newer.</summary>
    Replay,

    /// <summary>Checking the result.</summary>
    Validate,

    /// <summary>Serving.</summary>
    Done,
}

/// <summary>Something an operator should know.</summary>
/// <param name="Collection">Which collection.</param>
/// <param name="Message">What happened, in words.</param>
/// <param name="IsFault">True for what went wrong, false for what went well.</param>
public sealed record CollectionEvent(string Collection, string Message, bool IsFault);
