using VectorSearch.Collections;
using VectorSearch.Numerics;
using VectorSearch.Server.Bridges;
using VectorSearch.Server.Metrics;
using VectorSearch.Server.Wire;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Services;

/// <summary>The methods of the Points service that ask what is near.</summary>
internal sealed class QueryService(CollectionCatalog catalog, BridgeDesk bridges)
{
    public async Task<Proto.QueryReply> QueryAsync(Proto.QueryRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await Contexts.WaitAsync(collection, request.Context, cancellation);
        using GenerationReader serving = collection.Pin();
        (QueryBatch batch, double? bridged) = Read(collection, serving, request);

        // Across a bridge only the generation that it leads to can answer; otherwise a canary may.
        QueryResult result = bridged is null ? collection.Query(batch, cancellation) : serving.Query(batch, cancellation);
        QueryTelemetry.Record(result.Phases);
        return Write(result, request.PayloadFields, bridged);
    }

    public async Task<Proto.ExplainReply> ExplainAsync(Proto.ExplainRequest request, CancellationToken cancellation)
    {
        Proto.QueryRequest query = request.Query ?? throw new VectorSearchException(ErrorCode.InvalidArgument, "query", "nothing", "the query to explain");
        Collection collection = catalog.Get(query.Collection);
        await Contexts.WaitAsync(collection, query.Context, cancellation);
        using GenerationReader serving = collection.Pin();
        (QueryBatch batch, double? bridged) = Read(collection, serving, query);
        QueryExplanation explained = serving.Explain(batch, cancellation);
        Proto.QueryReply result = Write(explained.Result, query.PayloadFields, bridged);
        Proto.ExplainReply reply = new()
        {
            Context = result.Context,
            Plan = QueryMessages.Write(explained.Plan),
            Cost = QueryMessages.Cost(explained.Result.Distances, explained.Result.Hops),
            Phases = { QueryMessages.Write(explained.Result.Phases) },
            Result = result,
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
            Context = Contexts.Reply(estimate.Space, estimate.Generation, estimate.Lsn),
            Recall = estimate.Recall,
            Margin = estimate.Margin,
            Percentile5 = estimate.Percentile5,
            LiveQueries = (uint)estimate.LiveQueries,
            PointQueries = (uint)estimate.PointQueries,
            Ef = (uint)estimate.Ef,
            Cost = QueryMessages.Cost(estimate.Distances, estimate.Hops),
        };
    }

    /// <summary>
    /// A query as the pinned generation takes it, and the recall of the bridge that its vectors went over, if they did. Vectors
    /// are held to the generation's space even if the call names none: it may be another one by the time that they are compared.
    /// </summary>
    private (QueryBatch Batch, double? Bridged) Read(Collection collection, GenerationReader serving, Proto.QueryRequest request)
    {
        SpaceId asked = Contexts.Space(request.Context);
        if (bridges.Open(collection, serving, asked) is { } bridge)
        {
            QueryBatch old = QueryMessages.Read(request, serving.Definition with { Dimension = bridge.Map.FromDimension }, asked);
            return (BridgedQuery.Map(old, bridge.Map), QueryMessages.HasVectors(request) ? bridge.Recall : null);
        }

        SpaceGuard.RefuseQuery(collection, serving.Space, asked);
        SpaceId space = QueryMessages.HasVectors(request) ? SpaceGuard.OfVectors(collection, serving, asked) : asked;
        return (QueryMessages.Read(request, serving.Definition, space), null);
    }

    private static Proto.QueryReply Write(QueryResult result, IReadOnlyList<string> payloadFields, double? bridged)
    {
        Proto.QueryReply reply = QueryMessages.Write(result, payloadFields);
        if (bridged is { } recall) reply.Context.BridgeRecall = recall;
        return reply;
    }
}
