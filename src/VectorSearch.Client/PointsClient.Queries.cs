using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <content>What asks what is near, and how well that is answered.</content>
public sealed partial class PointsClient
{
    /// <summary>The nearest points for each row of vectors.</summary>
    public Task<QueryResult> QueryAsync(Vectors vectors, QueryOptions? options = null, CancellationToken cancellationToken = default) =>
        QueryAsync(new QueryRequest { Vectors = vectors.Write(..) }, options, cancellationToken);

    /// <summary>More like these points, one query each. A point is not its own answer.</summary>
    public Task<QueryResult> QueryAsync(PointIds ids, QueryOptions? options = null, CancellationToken cancellationToken = default) =>
        QueryAsync(new QueryRequest { Ids = ids.Write(..) }, options, cancellationToken);

    /// <summary>The nearest points for what the collection's model makes of features, made by <see cref="ModelInput"/>; one query each.</summary>
    public Task<QueryResult> QueryAsync(IReadOnlyList<Features> features, QueryOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        return QueryAsync(new QueryRequest { Features = Rows(features, ..) }, options, cancellationToken);
    }

    /// <summary>What is like the positive examples and unlike the negative ones; none of them is an answer.</summary>
    /// <param name="positive">Points that are like what is wanted, at least one.</param>
    /// <param name="negative">Points that are like what is not wanted.</param>
    /// <param name="options">What else is asked.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<QueryResult> QueryByExamplesAsync(
        PointIds positive, PointIds negative = default, QueryOptions? options = null, CancellationToken cancellationToken = default)
    {
        Examples examples = new() { Positive = positive.Write(..), Negative = negative.Count == 0 ? null : negative.Write(..) };
        return QueryAsync(new QueryRequest { Examples = new ExampleRows { Rows = { examples } } }, options, cancellationToken);
    }

    /// <summary>What goes with these points, as the collection's model sees it; none of them is an answer.</summary>
    public Task<QueryResult> QueryByHistoryAsync(PointIds history, QueryOptions? options = null, CancellationToken cancellationToken = default) =>
        QueryAsync(new QueryRequest { Histories = new HistoryRows { Rows = { new PointHistory { Ids = history.Write(..) } } } }, options, cancellationToken);

    /// <summary>One ranking of what several questions find, by reciprocal rank fusion.</summary>
    /// <param name="prefetches">The questions.</param>
    /// <param name="k">The constant of the fusion; 0 means 60.</param>
    /// <param name="options">What else is asked.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<QueryResult> FuseAsync(IEnumerable<Prefetch> prefetches, int k = 0, QueryOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        return QueryAsync(new QueryRequest { Fusion = new Fusion { K = (uint)k }, Prefetch = { prefetches } }, options, cancellationToken);
    }

    /// <summary>Answers a request that the caller has made whole; collection and context are filled in.</summary>
    public async Task<QueryResult> QueryAsync(QueryRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Address(request);
        QueryReply reply = await _transport.UnaryAsync(Methods.Query, request, timeout, cancellationToken).ConfigureAwait(false);
        Learn(reply.Context);
        return new QueryResult(reply, request.WithPayload);
    }

    /// <summary>Runs a query and tells how: plan, cost, time of each phase, recall.</summary>
    public async Task<ExplainReply> ExplainAsync(QueryRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Address(request);
        ExplainReply reply = await _transport.UnaryAsync(Methods.Explain, new ExplainRequest { Query = request }, timeout, cancellationToken).ConfigureAwait(false);
        Learn(reply.Context);
        return reply;
    }

    /// <summary>Measures recall on queries of late and points of the collection.</summary>
    /// <param name="samples">Queries to sample; 0 means 100.</param>
    /// <param name="options">Limit, effort and filter of the queries that are measured; the rest is not used.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<EstimateRecallReply> EstimateRecallAsync(int samples = 0, QueryOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= QueryOptions.Default;
        EstimateRecallRequest request = new()
        {
            Context = ReadContext(), Collection = Collection, Samples = (uint)samples, Limit = (uint)options.Limit, Options = options.Effort(), Filter = options.Filter,
        };
        EstimateRecallReply reply = await _transport.UnaryAsync(Methods.EstimateRecall, request, options.Timeout, cancellationToken).ConfigureAwait(false);
        Learn(reply.Context);
        return reply;
    }

    private Task<QueryResult> QueryAsync(QueryRequest request, QueryOptions? options, CancellationToken cancellationToken)
    {
        options ??= QueryOptions.Default;
        options.WriteTo(request);
        return QueryAsync(request, options.Timeout, cancellationToken);
    }

    private void Address(QueryRequest request)
    {
        request.Context = ReadContext(HasVectors(request));
        request.Collection = Collection;
    }

    private static bool HasVectors(QueryRequest request) =>
        request.ByCase == QueryRequest.ByOneofCase.Vectors || HasVectors(request.Examples) || request.Prefetch.Any(HasVectors);

    private static bool HasVectors(Prefetch prefetch) =>
        prefetch.ByCase == Prefetch.ByOneofCase.Vectors || HasVectors(prefetch.Examples) || prefetch.Prefetch_.Any(HasVectors);

    private static bool HasVectors(ExampleRows? examples) =>
        examples?.Rows.Any(row => row.PositiveVectors is not null || row.NegativeVectors is not null) == true;
}
