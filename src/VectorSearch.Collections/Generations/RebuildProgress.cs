namespace VectorSearch.Collections;

/// <summary>How far a rebuild is.</summary>
/// <param name="Generation">The number of the new generation; 0 while it has none.</param>
/// <param name="Phase">What it does.</param>
/// <param name="Done">Units done of this phase.</param>
/// <param name="Total">Units of this phase; 0 if not known.</param>
public sealed record RebuildProgress(ulong Generation, RebuildPhase Phase, long Done, long Total);

/// <summary>The phases of a rebuild, in order.</summary>
public enum RebuildPhase
{
    /// <summary>Finding out whether every point can be carried over. Unit: points.</summary>
    Planning = 1,

    /// <summary>Making vectors. Unit: points.</summary>
    Embedding = 2,

    /// <summary>Building the index. Unit: points.</summary>
    Building = 3,

    /// <summary>Taking up what was written meanwhile. Unit: points.</summary>
    CatchingUp = 4,

    /// <summary>Writing the generation to disk. From its end on a restart resumes here.</summary>
    Saving = 5,

    /// <summary>Asking it what was asked of late, and finding the effort for each recall.</summary>
    Warming = 6,

    /// <summary>Comparing it with the serving one.</summary>
    Judging = 7,

    /// <summary>Putting it in the place of the serving one.</summary>
    Exchanging = 8,

    /// <summary>Over.</summary>
    Done = 9,
}

/// <summary>What came of a rebuild.</summary>
/// <param name="Generation">The new generation's number.</param>
/// <param name="Verdict">What the gate decided.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Elapsed">How long it took, what came before a restart not counted.</param>
public sealed record RebuildResult(ulong Generation, GateVerdict Verdict, string Reason, TimeSpan Elapsed);

/// <summary>A rebuild that was under way when the process ended.</summary>
/// <param name="Generation">The number of the new generation.</param>
/// <param name="Target">What it shall be.</param>
/// <param name="Phase">Where it would go on: <see cref="RebuildPhase.Planning"/> or <see cref="RebuildPhase.Warming"/>.</param>
public sealed record InterruptedRebuild(ulong Generation, RebuildTarget Target, RebuildPhase Phase);
