namespace VectorSearch.Collections;

/// <summary>
/// Judges a new generation that is complete, durable and warm and takes every write. What it returns is done; what it
/// throws ends the rebuild and removes the generation.
/// </summary>
/// <param name="context">Both generations to ask, pinned for the time of the call.</param>
/// <param name="cancellation">Fires when the rebuild is cancelled.</param>
public delegate Task<GateDecision> GenerationGate(GateContext context, CancellationToken cancellation);

/// <summary>What a gate may do with a new generation.</summary>
public enum GateVerdict
{
    /// <summary>It serves from now on; the one that served is retained.</summary>
    Promote = 1,

    /// <summary>It answers a share of the queries until it is promoted or retired; with share 0 it waits.</summary>
    Canary = 2,

    /// <summary>It goes; its report stays.</summary>
    Refuse = 3,
}

/// <summary>What a gate decided.</summary>
/// <param name="Verdict">What to do.</param>
/// <param name="Reason">Why, in a sentence.</param>
/// <param name="Report">Kept as the generation's document <c>report</c> before anything is done; none if empty.</param>
/// <param name="CanaryShare">Share of the queries for a canary, 0 to 1.</param>
public sealed record GateDecision(GateVerdict Verdict, string Reason, ReadOnlyMemory<byte> Report = default, double CanaryShare = 0);

/// <summary>What a gate judges by.</summary>
public sealed record GateContext
{
    /// <summary>The generation that answers.</summary>
    public required GenerationReader Serving { get; init; }

    /// <summary>The new one.</summary>
    public required GenerationReader Candidate { get; init; }

    /// <summary>What its index is like.</summary>
    public required GenerationAudit Audit { get; init; }

    /// <summary>What the rebuild did; counts are those of its start.</summary>
    public required RebuildPlan Plan { get; init; }

    /// <summary>What callers asked of late, newest first.</summary>
    public required IReadOnlyList<RecentQuery> Queries { get; init; }
}

/// <summary>What an audit of a new index found.</summary>
/// <param name="Points">Points in the index.</param>
/// <param name="Faults">Broken invariants.</param>
/// <param name="FaultTexts">The first of them.</param>
/// <param name="Unreachable">Points that no walk reaches.</param>
/// <param name="Detail">The rest, in words.</param>
public sealed record GenerationAudit(long Points, int Faults, IReadOnlyList<string> FaultTexts, int Unreachable, string Detail);
