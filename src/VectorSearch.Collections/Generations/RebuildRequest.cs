namespace VectorSearch.Collections;

/// <summary>What a rebuild asks its caller on the way, on a thread of its share of the processors. It is not stored: who resumes a rebuild gives it again.</summary>
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
    /// <summary>Least <see cref="Processors"/>: with less a rebuild comes to no end.</summary>
    public const double LeastProcessors = 0.01;

    /// <summary>Greatest <see cref="Processors"/>.</summary>
    public const double MostProcessors = 1024;

    /// <summary>What the next generation shall be.</summary>
    public required RebuildTarget Target { get; init; }

    /// <summary>Processors that it may keep busy on average, <see cref="LeastProcessors"/> to <see cref="MostProcessors"/>; 1.5 for two threads that rest a quarter of the time.</summary>
    public double Processors { get; init; } = 1;

    /// <summary>Most bytes of memory that it may take beside what is there; 0 for no bound but that of the catalog.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Retained generations after the promotion; older ones retire then.</summary>
    public int Keep { get; init; } = (int)CollectionLimits.RetainedGenerations.Default;
}
