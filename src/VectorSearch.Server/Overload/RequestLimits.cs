using System.Globalization;
using Google.Protobuf;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Overload;

/// <summary>
/// What one request may ask for (strict mode), below what the server can do. A request over a limit never gets through, so
/// its refusal says nothing of when to try again.
/// </summary>
internal sealed class RequestLimits(ServerOptions options)
{
    /// <summary>True if any limit is set.</summary>
    public bool IsStrict { get; } =
        options.StrictMaxAnswers + options.StrictMaxEf + options.StrictMaxQueries + options.StrictMaxRows + options.StrictMaxConditions > 0 || options.StrictNoExact == 1;

    /// <summary>The limit that a request passes, with what came; null if it passes none.</summary>
    public string? Passed(IMessage request) => request switch
    {
        Proto.QueryRequest query => Query(query),
        Proto.ExplainRequest { Query: { } query } => Query(query),
        Proto.EstimateRecallRequest estimate =>
            Over("samples", estimate.Samples, options.StrictMaxQueries) ?? Answers(estimate.Limit) ?? Search(estimate.Options) ?? Conditions(estimate.Filter),
        Proto.ScrollRequest scroll => Answers(scroll.Limit) ?? Conditions(scroll.Filter),
        Proto.FacetRequest facet => Answers(facet.Limit) ?? Conditions(facet.Filter),
        Proto.CountRequest count => Conditions(count.Filter),
        Proto.GetRequest get => Rows(get.Ids),
        Proto.UpsertRequest upsert => Rows(upsert.Ids),
        Proto.DeleteRequest delete => Rows(delete.Ids) ?? Conditions(delete.Filter),
        Proto.UpdatePayloadRequest update => Rows(update.Ids) ?? Conditions(update.Filter),
        Proto.IngestRequest { Batch: { } batch } => Rows(batch.Ids),
        Proto.EncodeRequest { Features: { } features } => Over("features.rows", features.Rows.Count, options.StrictMaxQueries),
        _ => null,
    };

    private string? Query(Proto.QueryRequest query)
    {
        long queries = query.ByCase switch
        {
            Proto.QueryRequest.ByOneofCase.Vectors => query.Vectors.Rows,
            Proto.QueryRequest.ByOneofCase.Ids => Count(query.Ids),
            Proto.QueryRequest.ByOneofCase.Features => query.Features.Rows.Count,
            Proto.QueryRequest.ByOneofCase.Examples => query.Examples.Rows.Count,
            Proto.QueryRequest.ByOneofCase.Histories => query.Histories.Rows.Count,
            _ => 0,
        };
        return Over("queries", queries, options.StrictMaxQueries) ?? Answers(query.Limit) ?? Search(query.Options) ?? Conditions(query.Filter)
            ?? Over("diversify.candidates", query.Diversify?.Candidates ?? 0, options.StrictMaxAnswers) ?? Prefetches(query.Prefetch);
    }

    private string? Prefetches(IEnumerable<Proto.Prefetch> prefetches)
    {
        foreach (Proto.Prefetch prefetch in prefetches)
        {
            if ((Answers(prefetch.Limit) ?? Search(prefetch.Options) ?? Conditions(prefetch.Filter) ?? Prefetches(prefetch.Prefetch_)) is { } passed) return passed;
        }

        return null;
    }

    private string? Search(Proto.SearchOptions? search)
    {
        if (search is null) return null;
        if (search.Exact && options.StrictNoExact == 1) return "options.exact: got true, and this server does not compare with every point";
        return Over("options.ef", search.Ef, options.StrictMaxEf);
    }

    private string? Answers(long limit) => Over("limit", limit, options.StrictMaxAnswers);

    private string? Rows(Proto.IdColumn? ids) => Over("ids", ids is null ? 0 : Count(ids), options.StrictMaxRows);

    private string? Conditions(Proto.Filter? filter) =>
        filter is null || options.StrictMaxConditions == 0 ? null : Over("filter", CountConditions(filter), options.StrictMaxConditions);

    private static long Count(Proto.IdColumn ids) => ids.Numbers.Count + ids.Strings.Count;

    private static long CountConditions(Proto.Filter filter)
    {
        long conditions = 0;
        foreach (Proto.Condition condition in filter.Must.Concat(filter.Should).Concat(filter.MustNot))
            conditions += condition.Filter is { } nested ? 1 + CountConditions(nested) : 1;
        return conditions;
    }

    private static string? Over(string field, long value, int limit) => limit == 0 || value <= limit
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{field}: got {value}, and this server lets a request have at most {limit}");
}
