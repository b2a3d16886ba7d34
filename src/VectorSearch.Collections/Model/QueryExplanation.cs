namespace VectorSearch.Collections;

/// <summary>A query's answer and how it came about.</summary>
/// <param name="Result">The answer.</param>
/// <param name="Plan">How it was found.</param>
/// <param name="Recall">
/// Share of the true nearest points among those that the index gave, by comparing with every point; null with prefetches.
/// </param>
public sealed record QueryExplanation(QueryResult Result, QueryPlan Plan, double? Recall);

/// <summary>How a query was answered.</summary>
/// <param name="Kind">By what means.</param>
/// <param name="Ef">Beam of the walk.</param>
/// <param name="Points">Points in the collection.</param>
/// <param name="Matches">Points that the filter lets through; all without one.</param>
/// <param name="Unlinked">Points found by exact scan because the graph does not link them yet.</param>
/// <param name="Prefetch">Plan of each prefetch.</param>
public sealed record QueryPlan(QueryPlanKind Kind, int Ef, long Points, long Matches, int Unlinked, IReadOnlyList<QueryPlan> Prefetch);

/// <summary>By what means a query was answered.</summary>
public enum QueryPlanKind
{
    /// <summary>Compared with every point that may be an answer: asked for, or cheaper than a walk.</summary>
    Scan = 1,

    /// <summary>Walked the graph.</summary>
    Walk = 2,

    /// <summary>Some of the queries walked, others scanned.</summary>
    Mixed = 3,

    /// <summary>Candidates came from prefetches.</summary>
    Prefetch = 4,
}
