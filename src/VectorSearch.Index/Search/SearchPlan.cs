namespace VectorSearch.Index;

/// <summary>How a search of the mutable form goes about.</summary>
internal enum SearchRoute
{
    /// <summary>Compare the query with every row that may be answered.</summary>
    Scan,

    /// <summary>Walk over all nodes and answer those that match.</summary>
    Walk,

    /// <summary>Walk over those that match; see <see cref="TwoHopSearcher{TScorer,TFilter}"/>.</summary>
    TwoHops,
}

/// <summary>Whether a search walks the graph or scans, and how long a walk may go on.</summary>
/// <param name="Route">The way that is expected to cost least.</param>
/// <param name="Budget">Distances after which a walk gives up and the scan begins.</param>
/// <param name="LeastShare">It gives up at once if so small a part of the nodes that it meets may be answered.</param>
internal readonly record struct SearchPlan(SearchRoute Route, long Budget, double LeastShare = 0)
{
    /// <summary>Distances that a walk computes for each place of its beam, at M = 16 on the data sets measured: 9 to 20.</summary>
    private const int DistancesPerBeamPlace = 16;

    /// <summary>What a walk over matches costs for each place of its beam, in distances.</summary>
    private const int TwoHopCostPerBeamPlace = 40;

    /// <summary>The share of matches below which a node has too few of them within two hops.</summary>
    private const double LeastTwoHopShare = 0.02;

    /// <summary>
    /// A walk under a filter may spend an eighth of what the scan costs: if it then gives up, or was never begun, the
    /// answer costs at most 1.1 scans, since rows in order are read faster than rows at random.
    /// </summary>
    private const int WalkShare = 8;

    /// <summary>
    /// A filter that matches so many times more seldom near the query than at large depends on it: a walk would go on until its
    /// budget ends, among nodes that may not be answered.
    /// </summary>
    private const double Avoidance = 8;

    /// <summary>Answers that a share must amount to before their absence tells anything.</summary>
    private const double EnoughExpected = 3;

    /// <summary>Chooses by how many matches there are and how many rows a walk would meet for each.</summary>
    internal static SearchPlan Choose(in SearchRequest request, int ef, int live)
    {
        if (request.Exact) return new SearchPlan(SearchRoute.Scan, 0);
        if (request.Filter is null) return Unbounded with { Route = live <= 2L * ef ? SearchRoute.Scan : SearchRoute.Walk };

        long matches = Math.Min(request.Filter.Count, live);
        long budget = matches / WalkShare;
        double share = (double)matches / Math.Max(1, live);
        double walk = ef * DistancesPerBeamPlace / Math.Max(share, double.Epsilon);
        double twoHops = share < LeastTwoHopShare ? double.PositiveInfinity : (double)ef * TwoHopCostPerBeamPlace;
        SearchRoute route = Math.Min(walk, twoHops) > budget ? SearchRoute.Scan : walk <= twoHops ? SearchRoute.Walk : SearchRoute.TwoHops;
        return new SearchPlan(route, budget, share / Avoidance);
    }

    /// <summary>For a walk that neither a filter nor a budget ends.</summary>
    internal static SearchPlan Unbounded => new(SearchRoute.Walk, long.MaxValue);

    /// <summary>Whether the filter evidently avoids the query.</summary>
    /// <param name="met">Nodes met.</param>
    /// <param name="accepted">How many of them may be answered.</param>
    internal bool IsAvoided(long met, long accepted) => met * LeastShare >= EnoughExpected && accepted < met * LeastShare;
}
