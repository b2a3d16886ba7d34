using System.Text.Json.Serialization;

namespace VectorSearch.Cli.Torture;

/// <summary>What a torture counted.</summary>
internal sealed class TortureReport
{
    /// <summary>A graph that misses more than one in so many points by their own vectors is not sound. A walk is approximate.</summary>
    private const int WalksPerMiss = 100;

    /// <summary>Memory that grows by more than this in the last half of a soak is a leak.</summary>
    private const double MaxDrift = 0.05;

    /// <summary>Times the server was killed, or ended itself at a kill point.</summary>
    public int Kills { get; set; }

    /// <summary>Writes acknowledged.</summary>
    public long Acked { get; set; }

    /// <summary>Points that were acknowledged and are gone.</summary>
    public long Lost { get; set; }

    /// <summary>Points that are there although nobody wrote them, or that were deleted.</summary>
    public long Phantoms { get; set; }

    /// <summary>Points in an older version than the acknowledged one.</summary>
    public long Stale { get; set; }

    /// <summary>Points whose vector is not the one of their version, and points that an exact query for it does not find.</summary>
    public long CorruptServed { get; set; }

    /// <summary>Longest time from the start of the server to its readiness.</summary>
    public long ReopenMsMax { get; set; }

    /// <summary>Questions that a living server did not answer; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Stalls { get; set; }

    /// <summary>Loops of the load that a fault ended although nobody killed the server; of a soak only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Errors { get; set; }

    /// <summary>Growth of the server's working set over the last half, as a share; of a soak only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? WorkingSetDrift { get; set; }

    /// <summary>Rebuilds and rollbacks that came to their end.</summary>
    [JsonIgnore]
    public long Exchanges { get; set; }

    /// <summary>Searches through the graph for a point by its own vector.</summary>
    [JsonIgnore]
    public long Walks { get; set; }

    /// <summary>Those that did not find it.</summary>
    [JsonIgnore]
    public long WalksThatMissed { get; set; }

    /// <summary>Whether every promise was kept, and the graph finds what it holds.</summary>
    [JsonIgnore]
    public bool IsGood => Lost + Phantoms + Stale + CorruptServed + (Stalls ?? 0) == 0 && Errors is null or 0
        && Math.Abs(WorkingSetDrift ?? 0) <= MaxDrift && WalksThatMissed * WalksPerMiss <= Walks;
}
