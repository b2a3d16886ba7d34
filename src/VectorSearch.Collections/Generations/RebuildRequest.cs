namespace VectorSearch.Collections;

/// <summary>What a rebuild asks its caller on the way. It is not stored: who resumes a rebuild gives it again.</summary>
public record RebuildHooks
{
    /// <summary>Judges the new generation; null promotes it.</summary>
    public GenerationGate? Gate { get; init; }

    /// <summary>Fits a map from the old space to the new one; null makes none.</summary>
    public BridgeFitter? FitBridge { get; init; }
}

/// <summary>Asks for a rebuild.</summary>
public sealed record RebuildRequest : RebuildHooks
{
    /// <summary>What the next generation shall be.</summary>
    public required RebuildTarget Target { get; init; }

    /// <summary>Threads that it may keep busy (see <see cref="CollectionLimits.RebuildThreads"/>).</summary>
    public int Threads { get; init; } = (int)CollectionLimits.RebuildThreads.Default;

    /// <summary>Most bytes of memory that it may take beside what is there; 0 for no bound but that of the catalog.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Retained generations after the promotion; older ones retire then.</summary>
    public int Keep { get; init; } = (int)CollectionLimits.RetainedGenerations.Default;
}
