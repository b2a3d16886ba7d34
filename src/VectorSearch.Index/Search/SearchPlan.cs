namespace VectorSearch.Index;

/// <summary>Whether a search walks the graph or scans, and how long a walk may go on.</summary>
/// <param name="Scan">True to scan at once.</param>
/// <param name="Budget">Distances after which a walk gives up and the scan begins.</param>
/// <param name="LeastShare">It gives up at once if so small a part of the nodes that it meets may be answered.</param>
internal readonly record struct SearchPlan(bool Scan, long Budget, double LeastShare = 0)
{
    /// <summary>Distances that a walk computes for each place of its beam, at M = 16 on the data sets measured: 9 to 20.</summary>
    private const int DistancesPerBeamPlace = 16;

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
        if (request.Exact) return new SearchPlan(true, 0);
        if (request.Filter is null) return Unbounded with { Scan = live <= 2L * ef };

        long matches = Math.Min(request.Filter.Count, live);
        long budget = matches / WalkShare;
        double walk = (double)ef * DistancesPerBeamPlace * live / Math.Max(1, matches);
        return new SearchPlan(walk > budget, budget, matches / (live * Avoidance));
    }

    /// <summary>For a walk that neither a filter nor a budget ends.</summary>
    internal static SearchPlan Unbounded => new(false, long.MaxValue);

    /// <summary>Whether the filter evidently avoids the query.</summary>
    /// <param name="met">Nodes met.</param>
    /// <param name="accepted">How many of them may be answered.</param>
    internal bool IsAvoided(long met, int accepted) => met * LeastShare >= EnoughExpected && accepted < met * LeastShare;
}
