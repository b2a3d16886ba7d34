using VectorSearch.Index;

namespace VectorSearch.Collections;

/// <summary>What is read of a collection: points by id, page by page, and by nearness.</summary>
internal sealed class CollectionReader : IDisposable
{
    private readonly CollectionDefinition _definition;
    private readonly PointTable _table;
    private readonly Func<ulong> _appliedLsn;
    private readonly QuerySample _sample;
    private readonly WriteGuard _ids;
    private readonly QueryGuard _guard;
    private readonly FilterEvaluator _filters;
    private readonly PointSearcher _searcher;
    private readonly RecallEstimator _recall;
    private readonly EffortCalibration _efforts;
    private readonly QueryRunner _runner;

    public CollectionReader(
        CollectionDefinition definition, CollectionSettings settings, PointTable table, Func<ulong> appliedLsn, FeatureEmbedder embedder)
    {
        _definition = definition;
        _table = table;
        _appliedLsn = appliedLsn;
        _ids = new WriteGuard(_definition);
        _guard = new QueryGuard(_definition);
        _filters = new FilterEvaluator(table, table.Payloads);
        _searcher = new PointSearcher(_definition, table);
        _sample = new QuerySample();
        _recall = new RecallEstimator(_definition, table, _searcher, _sample);
        _efforts = new EffortCalibration(table, _recall, _sample);
        _runner = new QueryRunner(definition, settings, table, new QueryForms(_definition, table, embedder), _filters, _searcher, _efforts, _sample);
    }

    public PointRows Get(IReadOnlyList<PointId> ids, bool withPayload, bool withVectors, bool skipMissing)
    {
        _ids.CheckIds(ids, "ids");
        ulong lsn = _appliedLsn();
        AnswerColumns columns = new(_definition, _table, withPayload, withVectors, ids.Count);
        using SlotLease lease = _table.Index.LeaseSlots();
        for (int i = 0; i < ids.Count; i++)
        {
            bool isThere = _table.TryGet(ids[i], out PointEntry entry) && columns.TryAdd(entry);
            if (!isThere && !skipMissing) throw new VectorSearchException(ErrorCode.NotFound, $"ids[{i}]: there is no point {ids[i]} in '{_definition.Name}'.");
        }

        return columns.ToRows(lsn);
    }

    /// <summary>
    /// The live points of the slots from <paramref name="fromSlot"/> on that the filter lets through. A point keeps its slot
    /// until it is replaced, so that none that stays is missed or met twice.
    /// </summary>
    public PointPage Scroll(int fromSlot, int limit, bool withPayload, bool withVectors, PayloadFilter? filter)
    {
        QueryGuard.Within("limit", limit, CollectionLimits.Answers);
        _guard.CheckFilter(filter);
        ulong lsn = _appliedLsn();
        using SlotLease lease = _table.Index.LeaseSlots();
        SlotSet? matches = filter is null ? null : _filters.Evaluate(filter);
        AnswerColumns columns = new(_definition, _table, withPayload, withVectors, Math.Min(limit, _table.Count));
        int slot = fromSlot, end = _table.SlotBound;
        for (; slot < end && columns.Ids.Count < limit; slot++)
        {
            if (matches?.Contains(slot) != false && _table.At(slot) is { } entry) columns.TryAdd(entry, takeNewer: false);
        }

        return new PointPage(columns.ToRows(lsn), slot < end ? slot : null);
    }

    /// <summary>Points that a filter lets through now.</summary>
    public IReadOnlyList<PointId> Matches(PayloadFilter filter)
    {
        _guard.CheckFilter(filter);
        using SlotLease lease = _table.Index.LeaseSlots();
        SlotSet matches = _filters.Evaluate(filter);
        List<PointId> ids = new(matches.Count);
        foreach (int slot in matches.Slots())
        {
            if (_table.At(slot) is { } entry) ids.Add(entry.Id);
        }

        return ids;
    }

    /// <summary>Values of a field and how many points have each.</summary>
    public FacetResult Facet(FacetQuery query)
    {
        if (query.Field.Length == 0) throw VectorSearchException.Invalid("field", "no name", "the name of a payload field");
        QueryGuard.Within("limit", query.Limit, CollectionLimits.Answers);
        _guard.CheckFilter(query.Filter);
        using SlotLease lease = _table.Index.LeaseSlots();
        return new FacetCounter(_table, _filters, _definition.Space).Count(query, _appliedLsn());
    }

    /// <summary>Features and payload of a point; false if it is not there.</summary>
    public bool TryReadAttachment(PointId id, out PointFeatures? features, out Payload payload)
    {
        (features, payload) = (null, Payload.Empty);
        if (!_table.TryGet(id, out PointEntry entry)) return false;
        if (entry.Blob is { } blob) (features, payload) = PointCodec.ReadAttachment(PointBlob.Attachment(blob.Read(), _definition.Dimension));
        return true;
    }

    public QueryResult Query(QueryBatch batch, CancellationToken cancellation)
    {
        using SlotLease lease = _table.Index.LeaseSlots();
        return Query(batch, out _, cancellation);
    }

    public QueryExplanation Explain(QueryBatch batch, CancellationToken cancellation)
    {
        using SlotLease lease = _table.Index.LeaseSlots();
        QueryResult result = Query(batch, out QueryAnswer answer, cancellation);
        if (batch.Prefetch.Count > 0) return new QueryExplanation(result, answer.Plan, null);

        // Judged before anything is chosen: what the choice leaves out is no fault of the index.
        SearchTally ignored = new();
        (int ef, bool exact) = _runner.EffortFor(batch.Ef, batch.Exact, batch.TargetRecall, batch.Limit, cancellation);
        double sum = 0;
        for (int row = 0; row < answer.Rows.Length; row++)
        {
            ReadOnlySpan<float> query = answer.Vectors.Span.Slice(row * _definition.Dimension, _definition.Dimension);
            PointSearch search = new(batch.Limit, ef, exact, answer.Filter, null, _searcher.Farthest(batch.ScoreThreshold));
            List<FoundPoint> truth = _searcher.Search(query, search with { Exact = true }, ignored, cancellation).Found;
            sum += RecallEstimator.Recall(_searcher.Search(query, search, ignored, cancellation).Found, truth);
        }

        return new QueryExplanation(result, answer.Plan, sum / answer.Rows.Length);
    }

    public RecallEstimate EstimateRecall(RecallQuestion question, CancellationToken cancellation)
    {
        _guard.CheckSpace(question.Space);
        QueryGuard.Within("samples", question.Samples, CollectionLimits.RecallSamples);
        QueryGuard.Within("limit", question.Limit, CollectionLimits.Answers);
        QueryGuard.CheckEffort(question.Ef, question.Exact, question.TargetRecall, "options.");
        _guard.CheckFilter(question.Filter);
        ulong lsn = _appliedLsn();
        using SlotLease lease = _table.Index.LeaseSlots();
        SlotSet? filter = question.Filter is null ? null : _filters.Evaluate(question.Filter);
        (List<RecallEstimator.Judged> queries, int live) = _recall.Draw(question.Samples, question.Limit, filter, cancellation);
        if (queries.Count == 0)
            throw new VectorSearchException(ErrorCode.FailedPrecondition, $"The collection '{_definition.Name}' has no points and was asked nothing yet: there is nothing to measure recall on.");
        (int ef, bool exact) = _runner.EffortFor(question.Ef, question.Exact, question.TargetRecall, question.Limit, cancellation);
        SearchTally tally = new();
        double[] recalls = _recall.Measure(queries, question.Limit, ef, exact, filter, tally, cancellation);
        double mean = recalls.Average();
        double variance = recalls.Sum(recall => (recall - mean) * (recall - mean)) / Math.Max(1, recalls.Length - 1);
        Array.Sort(recalls);
        return new RecallEstimate(
            mean, 1.96 * Math.Sqrt(variance / recalls.Length), recalls[(int)(0.05 * recalls.Length)], live, queries.Count - live, ef, tally.Distances, tally.Hops, lsn,
            _table.Generation, _definition.Space);
    }

    /// <summary>What callers asked of late.</summary>
    public IReadOnlyList<RecentQuery> RecentQueries(int most) =>
        [.. _sample.Take(most).Select(asked => new RecentQuery(asked.Vector, _definition.Space, asked.Features, asked.Id, asked.Limit))];

    /// <summary>Names of points whose slots lie evenly, from a place that the seed gives.</summary>
    public IReadOnlyList<PointId> SampleIds(int most, ulong seed)
    {
        int slots = _table.Index.SlotCount;
        List<PointId> ids = [];
        if (slots == 0 || most <= 0) return ids;
        using SlotLease lease = _table.Index.LeaseSlots();
        long first = (long)(seed % (ulong)slots);
        double step = Math.Max(1, (double)slots / most);
        for (double at = 0; at < slots && ids.Count < most; at += step)
        {
            if (_table.At((int)((first + (long)at) % slots)) is { } entry) ids.Add(entry.Id);
        }

        return ids;
    }

    /// <summary>Measures now which effort reaches which recall for answers of this size.</summary>
    public void Calibrate(int limit, CancellationToken cancellation)
    {
        if (_definition.Index == IndexKind.Exact || _table.Count == 0) return;
        using SlotLease lease = _table.Index.LeaseSlots();
        _efforts.EfFor(1, limit, cancellation);
    }

    public void Dispose() => _efforts.Dispose();

    private QueryResult Query(QueryBatch batch, out QueryAnswer answer, CancellationToken cancellation)
    {
        SearchTally tally = new();
        _guard.Check(batch);
        ulong lsn = _appliedLsn();
        if (batch.MinLsn > lsn)
            throw new VectorSearchException(ErrorCode.FailedPrecondition, "min_lsn", $"{batch.MinLsn}", $"at most {lsn}, what reads reflect now");
        answer = _runner.Run(batch, tally, cancellation);
        return Gather(batch, answer, lsn, tally);
    }

    private QueryResult Gather(QueryBatch batch, QueryAnswer answer, ulong lsn, SearchTally tally)
    {
        // A newer version of a point that was chosen for its payload may have lost what it was chosen for.
        bool takeNewer = answer.Filter is null && answer.Groups is null && batch.Prefetch.Count == 0;
        int found = 0;
        foreach (List<FoundPoint> row in answer.Rows) found += row.Count;
        AnswerColumns columns = new(_definition, _table, batch.WithPayload, batch.WithVectors, found);
        int[] counts = new int[answer.Rows.Length];
        List<QueryGroup>? groups = answer.Groups is null ? null : [];
        for (int row = 0; row < counts.Length; row++)
        {
            if (answer.Groups is null)
            {
                counts[row] = Add(answer.Rows[row]);
                continue;
            }

            foreach (PointGroup group in answer.Groups[row])
            {
                int hits = Add(group.Points);
                counts[row] += hits;
                groups!.Add(new QueryGroup(group.Value, hits));
            }
        }

        tally.Mark(SearchTally.Phase.Gather);
        return new QueryResult
        {
            Counts = counts,
            Ids = columns.Ids,
            Scores = columns.Scores,
            Payloads = columns.Payloads,
            Vectors = columns.Vectors,
            GroupCounts = answer.Groups is null ? [] : [.. answer.Groups.Select(row => row.Count)],
            Groups = groups ?? (IReadOnlyList<QueryGroup>)[],
            Generation = _table.Generation,
            Space = _definition.Space,
            Lsn = lsn,
            IsExact = answer.Plan.Kind == QueryPlanKind.Scan,
            Distances = tally.Distances,
            Hops = tally.Hops,
            Phases = tally.Phases,
        };

        int Add(List<FoundPoint> points)
        {
            int added = 0;
            foreach (FoundPoint point in points)
            {
                if (!columns.TryAdd(point.Entry, takeNewer)) continue;
                columns.Scores.Add(batch.Fusion is null ? _searcher.Score(point.Distance) : -point.Distance);
                added++;
            }

            return added;
        }
    }
}
