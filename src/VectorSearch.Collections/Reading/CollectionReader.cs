using System.Globalization;
using VectorSearch.Index;
using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>The search path: query vectors → index → entries → columns.</summary>
internal sealed class CollectionReader(CollectionDefinition definition, CollectionSettings settings, PointTable table, WritePipeline pipeline, FeatureEmbedder embedder)
{
    private readonly WriteGuard _guard = new(definition);
    private readonly FilterEvaluator _filters = new(table, table.Payloads);

    public PointRows Get(IReadOnlyList<PointId> ids, bool withPayload, bool withVectors, bool skipMissing)
    {
        _guard.CheckIds(ids, "ids");
        ulong lsn = pipeline.AppliedLsn;
        Columns columns = new(this, withPayload, withVectors, ids.Count);
        using SlotLease lease = table.Index.LeaseSlots();
        for (int i = 0; i < ids.Count; i++)
        {
            bool isThere = table.TryGet(ids[i], out PointEntry entry) && columns.TryAdd(entry);
            if (!isThere && !skipMissing) throw new VectorSearchException(ErrorCode.NotFound, $"ids[{i}]: there is no point {ids[i]} in '{definition.Name}'.");
        }

        return new PointRows { Ids = columns.Ids, Payloads = columns.Payloads, Vectors = columns.Vectors, Lsn = lsn, Generation = 1 };
    }

    /// <summary>
    /// The live points of the slots from <paramref name="fromSlot"/> on. A point keeps its slot until it is replaced, so that
    /// none that stays is missed or met twice.
    /// </summary>
    public PointPage Scroll(int fromSlot, int limit, bool withPayload, bool withVectors, PayloadFilter? filter = null)
    {
        if (!CollectionLimits.Answers.Allows(limit)) throw VectorSearchException.Invalid("limit", $"{limit}", CollectionLimits.Answers.ToString());
        ulong lsn = pipeline.AppliedLsn;
        Columns columns = new(this, withPayload, withVectors, limit);
        using SlotLease lease = table.Index.LeaseSlots();
        SlotSet? matches = Evaluate(filter);
        int slot = fromSlot, end = table.SlotBound;
        for (; slot < end && columns.Ids.Count < limit; slot++)
        {
            if (table.At(slot) is { } entry && (matches is null || matches.Contains(slot))) columns.TryAdd(entry, takeNewer: false);
        }

        PointRows rows = new() { Ids = columns.Ids, Payloads = columns.Payloads, Vectors = columns.Vectors, Lsn = lsn, Generation = 1 };
        return new PointPage(rows, slot < end ? slot : null);
    }

    /// <summary>Points that a filter lets through now.</summary>
    public IReadOnlyList<PointId> Matches(PayloadFilter filter)
    {
        using SlotLease lease = table.Index.LeaseSlots();
        SlotSet matches = Evaluate(filter)!;
        List<PointId> ids = new(matches.Count);
        for (int slot = 0; slot < table.SlotBound; slot++)
        {
            if (matches.Contains(slot) && table.At(slot) is { } entry) ids.Add(entry.Id);
        }

        return ids;
    }

    /// <summary>Values of a field and how many points have each.</summary>
    public FacetResult Facet(FacetQuery query)
    {
        if (query.Field.Length == 0) throw VectorSearchException.Invalid("field", "no name", "the name of a payload field");
        if (!CollectionLimits.Answers.Allows(query.Limit)) throw VectorSearchException.Invalid("limit", $"{query.Limit}", CollectionLimits.Answers.ToString());
        if (query.Filter is not null) FilterGuard.Check(query.Filter, _guard);
        using SlotLease lease = table.Index.LeaseSlots();
        return new FacetCounter(table, _filters).Count(query, pipeline.AppliedLsn);
    }

    /// <summary>Features and payload of a point; false if it is not there.</summary>
    public bool TryReadAttachment(PointId id, out PointFeatures? features, out Payload payload)
    {
        (features, payload) = (null, Payload.Empty);
        if (!table.TryGet(id, out PointEntry entry)) return false;
        if (entry.Blob is { } blob) (features, payload) = PointCodec.ReadAttachment(PointBlob.Attachment(blob.Read(), definition.Dimension));
        return true;
    }

    public QueryResult Query(QueryBatch batch, CancellationToken cancellation)
    {
        Check(batch);
        ulong lsn = pipeline.AppliedLsn;
        if (batch.MinLsn > lsn)
            throw new VectorSearchException(ErrorCode.FailedPrecondition, "min_lsn", $"{batch.MinLsn}", $"at most {lsn}, what reads reflect now");

        using SlotLease lease = table.Index.LeaseSlots();
        ReadOnlyMemory<float> vectors = QueryVectors(batch);
        int queries = vectors.Length / definition.Dimension;
        SlotSet? filter = batch.Filter is null ? null : _filters.Evaluate(batch.Filter); // checked above
        Columns columns = new(this, batch.WithPayload, batch.WithVectors, queries * Math.Min(batch.Limit, 64));
        int[] counts = new int[queries];
        long distances = 0, hops = 0;
        for (int q = 0; q < queries; q++)
        {
            HashSet<PointId> excluded = Excluded(batch, q);
            ReadOnlySpan<float> query = vectors.Span.Slice(q * definition.Dimension, definition.Dimension);
            List<(PointEntry Entry, float Distance)> hits = Search(query, batch, filter, excluded, ref distances, ref hops, cancellation);
            foreach ((PointEntry entry, float distance) in hits)
            {
                if (!columns.TryAdd(entry, takeNewer: filter is null)) continue;
                columns.Scores.Add(Score(distance));
                counts[q]++;
            }
        }

        return new QueryResult
        {
            Counts = counts,
            Ids = columns.Ids,
            Scores = columns.Scores,
            Payloads = columns.Payloads,
            Vectors = columns.Vectors,
            Generation = 1,
            Lsn = lsn,
            Distances = distances,
            Hops = hops,
        };
    }

    private void Check(QueryBatch batch)
    {
        _guard.CheckSpace(batch.Space);
        int forms = (batch.Vectors.IsEmpty ? 0 : 1) + (batch.Ids is null ? 0 : 1) + (batch.Features is null ? 0 : 1);
        if (forms != 1) throw VectorSearchException.Invalid("by", $"{forms} forms of query", "one of vectors, ids and features");
        Within("limit", batch.Limit, CollectionLimits.Answers);
        if (batch.Filter is not null) FilterGuard.Check(batch.Filter, _guard);
        if (batch.Ef != 0) Within("ef", batch.Ef, CollectionLimits.Ef);
        long queries = batch.Ids?.Count ?? batch.Features?.Count ?? batch.Vectors.Length / definition.Dimension;
        if (batch.Vectors.Length % definition.Dimension != 0)
            throw VectorSearchException.Invalid("vectors", $"{batch.Vectors.Length} numbers", $"rows of {definition.Dimension}, the dimension of '{definition.Name}'");
        Within("queries", queries, CollectionLimits.BatchQueries);

        static void Within(string field, long value, Limit limit)
        {
            if (!limit.Allows(value)) throw VectorSearchException.Invalid(field, $"{value}", limit.ToString());
        }
    }

    private SlotSet? Evaluate(PayloadFilter? filter)
    {
        if (filter is null) return null;
        FilterGuard.Check(filter, _guard);
        return _filters.Evaluate(filter);
    }

    private ReadOnlyMemory<float> QueryVectors(QueryBatch batch)
    {
        if (batch.Features is not null) return embedder.Embed(batch.Features, "features");
        if (batch.Ids is null)
        {
            _guard.CheckVectors(batch.Vectors.Span, batch.Vectors.Length / definition.Dimension, "vectors");
            return batch.Vectors;
        }

        float[] vectors = new float[batch.Ids.Count * definition.Dimension];
        for (int i = 0; i < batch.Ids.Count; i++)
        {
            _guard.CheckId(batch.Ids[i], $"ids[{i}]");
            if (!table.TryGet(batch.Ids[i], out PointEntry entry) ||
                !table.Index.ReadVector(entry.Slot, vectors.AsSpan(i * definition.Dimension, definition.Dimension)))
                throw new VectorSearchException(ErrorCode.NotFound, $"ids[{i}]: there is no point {batch.Ids[i]} in '{definition.Name}'.");
        }

        return vectors;
    }

    private HashSet<PointId> Excluded(QueryBatch batch, int query)
    {
        if (batch.Ids is not null) return [batch.Ids[query]];
        if (!batch.ExcludeHistory || batch.Features?[query] is not PointFeatures.History history) return [];
        HashSet<PointId> excluded = [];
        foreach (string item in history.Items)
        {
            if (definition.IdKind == IdKind.Text) excluded.Add(item);
            else if (ulong.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)) excluded.Add(number);
        }

        return excluded;
    }

    /// <summary>
    /// The index may offer slots whose points are retired, being written, or excluded: they are left out, and when that
    /// leaves too few the search is done again for more.
    /// </summary>
    private List<(PointEntry Entry, float Distance)> Search(
        ReadOnlySpan<float> query, QueryBatch batch, SlotSet? filter, HashSet<PointId> excluded, ref long distances, ref long hops, CancellationToken cancellation)
    {
        int wanted = batch.Limit + excluded.Count;
        int most = filter?.Count ?? int.MaxValue;
        while (most > 0)
        {
            Neighbor[] found = new Neighbor[Math.Min(Math.Min(wanted, most), Math.Max(1, table.Index.Count))];
            SearchOutcome outcome = table.Index.Search(
                query, new SearchRequest(found.Length) { Ef = batch.Ef == 0 ? settings.Ef : batch.Ef, Exact = batch.Exact, Filter = filter, CancellationToken = cancellation }, found);
            distances += outcome.Distances;
            hops += outcome.Hops;
            List<(PointEntry Entry, float Distance)> hits = new(Math.Min(batch.Limit, outcome.Count));
            HashSet<PointId>? seen = table.Maintenance.Outstanding > 0 ? [] : null;
            for (int i = 0; i < outcome.Count && hits.Count < batch.Limit; i++)
            {
                // Two versions of one point can be met only while the older one is being retired.
                if (table.At(found[i].Slot) is { } entry && !excluded.Contains(entry.Id) && (seen is null || seen.Add(entry.Id)))
                    hits.Add((entry, found[i].Distance));
            }

            if (hits.Count == batch.Limit || outcome.Count < found.Length || found.Length >= Math.Min(most, table.Index.Count)) return hits;
            wanted = Math.Min(2 * wanted, table.Index.Count + 1);
        }

        return [];
    }

    private float Score(float distance) => definition.Metric switch
    {
        Metric.Cosine => 1 - distance,
        Metric.InnerProduct => -distance,
        _ => distance,
    };

    /// <summary>Answers as they are gathered.</summary>
    private sealed class Columns(CollectionReader reader, bool withPayload, bool withVectors, int capacity)
    {
        private readonly List<float[]> _vectors = [];

        public List<PointId> Ids { get; } = new(capacity);

        public List<float> Scores { get; } = [];

        public List<Payload>? Payloads { get; } = withPayload ? [] : null;

        public ReadOnlyMemory<float> Vectors => _vectors.SelectMany(vector => vector).ToArray();

        /// <summary>
        /// False if the point was deleted meanwhile. Of one replaced meanwhile the newest version is taken, unless that may
        /// not match the filter.
        /// </summary>
        public bool TryAdd(PointEntry entry, bool takeNewer = true)
        {
            byte[]? blob = null;
            if (withVectors)
            {
                float[] vector = new float[reader.Dimension];
                while (!reader.TryReadVector(entry, out blob, vector))
                {
                    if (!takeNewer || !reader.Table.TryGet(entry.Id, out entry)) return false;
                }

                _vectors.Add(vector);
            }
            else if (withPayload)
            {
                blob = entry.Blob?.Read();
            }

            Ids.Add(entry.Id);
            if (withPayload) Payloads!.Add(blob is null ? Payload.Empty : PointCodec.ReadAttachment(PointBlob.Attachment(blob, reader.Dimension)).Payload);
            return true;
        }
    }

    private int Dimension => definition.Dimension;

    private PointTable Table => table;

    /// <summary>The entry's vector as it was sent; false if it has left the index.</summary>
    private bool TryReadVector(PointEntry entry, out byte[]? blob, Span<float> vector)
    {
        blob = entry.Blob?.Read();
        return (blob is not null && PointBlob.TryReadVector(blob, vector)) || table.Index.ReadVector(entry.Slot, vector);
    }
}
