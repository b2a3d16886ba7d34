namespace VectorSearch.Index.Sealed;

/// <summary>
/// How a search goes about: visit lists and pass over rows outside the filter, or measure every match. With a filter of
/// selectivity s about 1/s times the lists hold as many matches if it is independent of the query, so that is what a visit
/// should cost, and it is begun if that is a tenth of measuring every match or less. A filter that depends on the query may
/// have its matches in the farthest lists, where estimates are too coarse to tell them apart. It shows in the nearest lists,
/// which hold far fewer matches than their share, or by the visit going on for longer. The matches are then measured, and the
/// answer has cost at most 1.1 times as much as doing so at once. Where nothing is sealed there are no lists, and every row is measured.
/// </summary>
/// <param name="Scan">True to measure every match at once.</param>
/// <param name="Probes">Lists visited at least.</param>
/// <param name="Slack">Standard deviations that a row may be nearer than estimated and still be measured.</param>
/// <param name="Reach">Lists less separate than this are visited too; see <see cref="CodedLists.Separation"/>.</param>
/// <param name="Budget">Cost after which the visit is given up, as <see cref="SearchCosts"/> has it.</param>
/// <param name="Selectivity">The share of the rows that match; 0 without a filter.</param>
internal readonly record struct FilterPlan(bool Scan, int Probes, float Slack, float Reach, double Budget, double Selectivity = 0)
{
    /// <summary>The part of a scan of the matches that a visit may be expected to cost.</summary>
    private const double VisitShare = 0.1;

    /// <summary>The part after which it is given up: less, since a visit that finds few matches pays for finding lists again and again.</summary>
    private const double GiveUpShare = 0.05;

    /// <summary>How much more than expected a visit may cost before its filter counts as dependent on the query.</summary>
    private const double Patience = 8;

    /// <summary>Matches that must be expected among some rows before it tells anything that an eighth of them are there.</summary>
    private const double EnoughExpected = 24;

    /// <summary>Measure every match.</summary>
    public static FilterPlan Exact => new(true, 0, 0, 0, 0);

    /// <summary>Visit so many lists and no more, unless there are too few rows in them.</summary>
    public static FilterPlan Fixed(int probes, float slack) => new(false, probes, slack, float.NegativeInfinity, double.PositiveInfinity);

    public static FilterPlan For(in SealedRequest request, EffortLevel level, SealedIndex index, int added = 0)
    {
        if (request.Exact || index.Count == 0) return Exact;
        FilterPlan open = new(false, level.Probes, level.Slack, level.Reach, double.PositiveInfinity);
        if (request.Filter is not { } filter) return open;
        var rows = index.Count + added;
        var matches = Math.Min(filter.Count, rows);
        if (matches == 0) return Exact;
        var scan = matches * index.Costs.AMeasure;
        var selectivity = (double)matches / rows;

        // The lists that k matches are spread over grow more slowly than 1/s; where they do not, the reach finds out.
        var probes = (int)Math.Min(index.Lists, Math.Ceiling(level.Probes / Math.Sqrt(selectivity)));
        var lists = Math.Min(index.Lists, level.Probes / selectivity);
        var visit = index.Costs.Visit(lists, lists / index.Lists * rows);
        return visit > VisitShare * scan
            ? Exact
            : open with { Probes = probes, Budget = Math.Min(GiveUpShare * scan, Patience * visit), Selectivity = selectivity };
    }

    /// <summary>Whether rows near the query match so much more seldom than rows at large that visiting would take too long.</summary>
    /// <param name="rows">Rows of the nearest lists.</param>
    /// <param name="matches">How many of them match.</param>
    public bool IsAvoidedBy(int rows, int matches) => rows * Selectivity >= EnoughExpected && matches * Patience < rows * Selectivity;
}
