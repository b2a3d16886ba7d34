using VectorSearch.Index;

namespace VectorSearch.Collections;

/// <summary>Points that answer each query of a batch, and how they were found.</summary>
/// <param name="Rows">Per query the answers, best first.</param>
/// <param name="Groups">Per query the groups that the answers are in; null without grouping.</param>
/// <param name="Plan">How.</param>
/// <param name="Vectors">Row-major query vectors; empty with fusion.</param>
/// <param name="Filter">Slots that could be answers; null for all.</param>
internal sealed record QueryAnswer(
    List<FoundPoint>[] Rows, List<PointGroup>[]? Groups, QueryPlan Plan, ReadOnlyMemory<float> Vectors, SlotSet? Filter);

/// <summary>Runs a checked query: form → vector, filter → slots, index or prefetches → candidates, choice.</summary>
internal sealed class QueryRunner(
    CollectionDefinition definition, CollectionSettings settings, PointTable table, QueryForms forms, FilterEvaluator filters, PointSearcher searcher,
    EffortCalibration efforts, QuerySample sample)
{
    private readonly GroupChooser _groups = new(table);
    private readonly DiversityChooser _diversity = new(definition, table);

    /// <summary>Beam and whether to scan.</summary>
    private readonly record struct Effort(int Ef, bool Exact);

    /// <summary>What holds for a row of a batch.</summary>
    private readonly record struct Asked(QueryBatch Batch, Effort Effort, SlotSet? Slots, HashSet<PointId>? Excluded);

    private int Dimension => definition.Dimension;

    /// <summary>The caller holds a slot lease.</summary>
    public QueryAnswer Run(QueryBatch batch, SearchTally tally, CancellationToken cancellation) => Run(batch, null, true, tally, cancellation);

    /// <summary>The effort that options ask for.</summary>
    public (int Ef, bool Exact) EffortFor(int ef, bool exact, float targetRecall, int limit, CancellationToken cancellation)
    {
        int effort = table.Index.EffortOf(ef == 0 ? settings.Ef : ef);
        if (exact || definition.Index == IndexKind.Exact) return (effort, true);
        if (targetRecall == 0) return (effort, false);
        return efforts.EfFor(targetRecall, limit, cancellation) is { } enough ? (enough, false) : (effort, true);
    }

    private QueryAnswer Run(QueryBatch batch, PayloadFilter? outer, bool isOutermost, SearchTally tally, CancellationToken cancellation)
    {
        ReadOnlyMemory<float> vectors = batch.Fusion is null ? forms.Vectors(batch) : default;
        tally.Mark(SearchTally.Phase.Encode);
        PayloadFilter? filter = And(outer, batch.Filter);
        return batch.Prefetch.Count > 0
            ? RunOverPrefetches(batch, filter, vectors, tally, cancellation)
            : RunOverIndex(batch, filter, vectors, isOutermost, tally, cancellation);
    }

    private QueryAnswer RunOverIndex(
        QueryBatch batch, PayloadFilter? filter, ReadOnlyMemory<float> vectors, bool isOutermost, SearchTally tally, CancellationToken cancellation)
    {
        SlotSet? slots = filter is null ? null : filters.Evaluate(filter);
        tally.Mark(SearchTally.Phase.Filter);
        (int ef, bool exact) = EffortFor(batch.Ef, batch.Exact, batch.TargetRecall, batch.Limit, cancellation);
        Effort effort = new(ef, exact);
        List<FoundPoint>[] rows = new List<FoundPoint>[vectors.Length / Dimension];
        List<PointGroup>[]? groups = batch.GroupBy is null ? null : new List<PointGroup>[rows.Length];
        int scansBefore = tally.Scans;
        for (int row = 0; row < rows.Length; row++)
        {
            ReadOnlyMemory<float> query = vectors.Slice(row * Dimension, Dimension);
            if (isOutermost && slots is null && !batch.IsOwn) sample.Record(batch, row, query.Span);
            HashSet<PointId>? excluded = forms.Excluded(batch, row);
            if (batch.GroupBy is { } grouping)
            {
                groups![row] = Group(query, new Asked(batch, effort, slots, excluded), grouping, tally, cancellation);
                rows[row] = [.. groups[row].SelectMany(group => group.Points)];
                continue;
            }

            int candidates = batch.Diversify is { } diversity ? DiversityChooser.Candidates(diversity, batch.Limit) : batch.Limit;
            rows[row] = Search(query, candidates, slots, new Asked(batch, effort, slots, excluded), tally, cancellation);
            tally.Mark(SearchTally.Phase.Search);
            if (batch.Diversify is not null) Diversify(batch, rows, row, tally, cancellation);
        }

        tally.Mark(SearchTally.Phase.Search);
        int scans = tally.Scans - scansBefore;
        QueryPlanKind kind = scans == 0 ? QueryPlanKind.Walk : scans >= rows.Length ? QueryPlanKind.Scan : QueryPlanKind.Mixed;
        return new QueryAnswer(rows, groups, Plan(kind, effort.Ef, slots, []), vectors, slots);
    }

    private List<FoundPoint> Search(ReadOnlyMemory<float> query, int wanted, SlotSet? within, in Asked asked, SearchTally tally, CancellationToken cancellation)
    {
        PointSearch search = new(wanted, asked.Effort.Ef, asked.Effort.Exact, within, asked.Excluded, searcher.Farthest(asked.Batch.ScoreThreshold));
        (List<FoundPoint> found, bool scanned) = searcher.Search(query.Span, search, tally, cancellation);
        if (scanned) tally.Scans++;
        return found;
    }

    /// <summary>Apart from <see cref="RunOverIndex"/>, so that only queries with groups pay for what the delegate captures.</summary>
    private List<PointGroup> Group(ReadOnlyMemory<float> query, Asked asked, Grouping grouping, SearchTally tally, CancellationToken cancellation) => _groups.Choose(
        (wanted, within) => Search(query, wanted, within ?? asked.Slots, asked, tally, cancellation), asked.Slots, grouping, asked.Batch.Limit);

    private QueryAnswer RunOverPrefetches(
        QueryBatch batch, PayloadFilter? filter, ReadOnlyMemory<float> vectors, SearchTally tally, CancellationToken cancellation)
    {
        QueryAnswer[] prefetched = [.. batch.Prefetch.Select(prefetch => Run(prefetch, filter, false, tally, cancellation))];
        int count = batch.Fusion is null ? vectors.Length / Dimension : prefetched.Max(answer => answer.Rows.Length);
        List<FoundPoint>[] rows = new List<FoundPoint>[count];
        List<PointGroup>[]? groups = batch.GroupBy is null ? null : new List<PointGroup>[count];
        for (int row = 0; row < count; row++)
        {
            cancellation.ThrowIfCancellationRequested();
            List<FoundPoint>[] rankings = [.. prefetched.Select(answer => answer.Rows[answer.Rows.Length == 1 ? 0 : row])];
            List<FoundPoint> ranked = batch.Fusion is { } fusion
                ? Fuse(rankings, fusion, batch.ScoreThreshold)
                : Rescore(batch, rankings, vectors.Slice(row * Dimension, Dimension), row, tally, cancellation);
            rows[row] = ranked;
            if (batch.GroupBy is { } grouping)
            {
                groups![row] = _groups.Choose(ranked, grouping, batch.Limit);
                rows[row] = [.. groups[row].SelectMany(group => group.Points)];
            }
            else if (batch.Diversify is not null)
            {
                Diversify(batch, rows, row, tally, cancellation);
            }
            else if (ranked.Count > batch.Limit)
            {
                ranked.RemoveRange(batch.Limit, ranked.Count - batch.Limit);
            }

            tally.Mark(SearchTally.Phase.Choose);
        }

        QueryPlan plan = Plan(QueryPlanKind.Prefetch, 0, null, [.. prefetched.Select(answer => answer.Plan)]);
        return new QueryAnswer(rows, groups, plan, vectors, null);
    }

    private static List<FoundPoint> Fuse(List<FoundPoint>[] rankings, RankFusion fusion, float? threshold)
    {
        List<FoundPoint> fused = RankFuser.Fuse(rankings, fusion.K);
        if (threshold is { } least) fused.RemoveAll(point => -point.Distance < least);
        return fused;
    }

    /// <summary>All candidates together, in the order of this batch's own question.</summary>
    private List<FoundPoint> Rescore(
        QueryBatch batch, List<FoundPoint>[] rankings, ReadOnlyMemory<float> query, int row, SearchTally tally, CancellationToken cancellation)
    {
        SlotSet candidates = new(table.Index.SlotCount);
        foreach (FoundPoint point in rankings.SelectMany(ranking => ranking)) candidates.Add(point.Entry.Slot);
        if (candidates.Count == 0) return [];
        PointSearch asked = new(candidates.Count, 0, Exact: true, candidates, forms.Excluded(batch, row), searcher.Farthest(batch.ScoreThreshold));
        List<FoundPoint> found = searcher.Search(query.Span, asked, tally, cancellation).Found;
        tally.Mark(SearchTally.Phase.Search);
        return found;
    }

    private void Diversify(QueryBatch batch, List<FoundPoint>[] rows, int row, SearchTally tally, CancellationToken cancellation)
    {
        Diversity diversity = batch.Diversify!;
        int candidates = DiversityChooser.Candidates(diversity, batch.Limit);
        if (rows[row].Count > candidates) rows[row].RemoveRange(candidates, rows[row].Count - candidates);
        rows[row] = _diversity.Choose(rows[row], diversity.Strength, batch.Limit, cancellation);
        tally.Mark(SearchTally.Phase.Choose);
    }

    private QueryPlan Plan(QueryPlanKind kind, int ef, SlotSet? slots, IReadOnlyList<QueryPlan> prefetch) => new(
        kind, ef, table.Count, slots?.Count ?? table.Count, table.Index.Links ? table.Maintenance.Outstanding : 0, prefetch);

    private static PayloadFilter? And(PayloadFilter? outer, PayloadFilter? inner) => outer is null ? inner : inner is null ? outer
        : new PayloadFilter { Must = [new PayloadCondition.Nested(outer), new PayloadCondition.Nested(inner)] };
}
