using VectorSearch.Collections;
using VectorSearch.Server.Metrics;
using VectorSearch.Server.Wire;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Services;

/// <summary>The methods of the Points service that ask what is near.</summary>
internal sealed class QueryService(CollectionCatalog catalog)
{
    public async Task<Proto.QueryReply> QueryAsync(Proto.QueryRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await Contexts.WaitAsync(collection, request.Context, cancellation);
        QueryResult result = collection.Query(QueryMessages.Read(request, collection.Definition), cancellation);
        QueryTelemetry.Record(result.Phases);
        return QueryMessages.Write(collection, result, request.PayloadFields);
    }

    public async Task<Proto.ExplainReply> ExplainAsync(Proto.ExplainRequest request, CancellationToken cancellation)
    {
        Proto.QueryRequest query = request.Query ?? throw new VectorSearchException(ErrorCode.InvalidArgument, "query", "nothing", "the query to explain");
        Collection collection = catalog.Get(query.Collection);
        await Contexts.WaitAsync(collection, query.Context, cancellation);
        QueryExplanation explained = collection.Explain(QueryMessages.Read(query, collection.Definition), cancellation);
        Proto.ExplainReply reply = new()
        {
            Context = Contexts.Reply(collection, explained.Result.Generation, explained.Result.Lsn),
            Plan = QueryMessages.Write(explained.Plan),
            Cost = QueryMessages.Cost(explained.Result.Distances, explained.Result.Hops),
            Phases = { QueryMessages.Write(explained.Result.Phases) },
            Result = QueryMessages.Write(collection, explained.Result, query.PayloadFields),
        };
        if (explained.Recall is { } recall) reply.Recall = recall;
        return reply;
    }

    public async Task<Proto.EstimateRecallReply> EstimateRecallAsync(Proto.EstimateRecallRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await Contexts.WaitAsync(collection, request.Context, cancellation);
        RecallQuestion question = new()
        {
            Samples = request.Samples == 0 ? (int)CollectionLimits.RecallSamples.Default : QueryMessages.Clamp(request.Samples),
            Limit = request.Limit == 0 ? (int)CollectionLimits.Answers.Default : QueryMessages.Clamp(request.Limit),
            Ef = QueryMessages.Clamp(request.Options?.Ef ?? 0),
            Exact = request.Options?.Exact ?? false,
            TargetRecall = request.Options?.TargetRecall ?? 0,
            Filter = FilterMessages.Read(request.Filter, collection.Definition.IdKind),
            Space = Contexts.Space(request.Context),
        };
        RecallEstimate estimate = collection.EstimateRecall(question, cancellation);
        return new Proto.EstimateRecallReply
        {
            Context = Contexts.Reply(collection, collection.Status.Generation, estimate.Lsn),
            Recall = estimate.Recall,
            Margin = estimate.Margin,
            Percentile5 = estimate.Percentile5,
            LiveQueries = (uint)estimate.LiveQueries,
            PointQueries = (uint)estimate.PointQueries,
            Ef = (uint)estimate.Ef,
            Cost = QueryMessages.Cost(estimate.Distances, estimate.Hops),
        };
    }
}
