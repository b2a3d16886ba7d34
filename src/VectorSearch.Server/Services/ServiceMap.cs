using VectorSearch.Collections;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Server.Bridges;
using VectorSearch.Server.Models;
using VectorSearch.Server.Operations;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Services;

/// <summary>Which handler answers which method.</summary>
internal static class ServiceMap
{
    public static void Map(GrpcServerBuilder grpc, CollectionCatalog catalog, ModelStore models, OperationRegistry operations, BridgeDesk bridges)
    {
        Map(grpc, new CollectionsService(catalog, models, operations));
        Map(grpc, new PointsService(catalog), new QueryService(catalog, bridges), new IngestService(catalog));
        Map(grpc, new ModelsService(models, catalog), new EncodersService(catalog, models));
        Map(grpc, new GenerationsService(catalog, models, operations, bridges, TimeProvider.System), new OperationsService(operations, TimeProvider.System));
    }

    private static void Map(GrpcServerBuilder grpc, CollectionsService collections) => grpc
        .Service(Proto.CollectionsReflection.Descriptor.Services[0], service => service
            .Unary<Proto.CreateCollectionRequest, Proto.CreateCollectionReply>("CreateCollection", (request, call) => collections.CreateAsync(request, call.CancellationToken))
            .Unary<Proto.GetCollectionRequest, Proto.GetCollectionReply>("GetCollection", (request, _) => Task.FromResult(collections.Get(request)))
            .Unary<Proto.ListCollectionsRequest, Proto.ListCollectionsReply>("ListCollections", (_, _) => Task.FromResult(collections.List()))
            .Unary<Proto.UpdateCollectionRequest, Proto.UpdateCollectionReply>("UpdateCollection", (request, call) => collections.UpdateAsync(request, call.CancellationToken))
            .Unary<Proto.DeleteCollectionRequest, Proto.DeleteCollectionReply>("DeleteCollection", (request, call) => collections.DeleteAsync(request, call.CancellationToken))
            .Unary<Proto.GetStatisticsRequest, Proto.GetStatisticsReply>("GetStatistics", (request, _) => Task.FromResult(collections.Statistics(request)))
            .Unary<Proto.SnapshotCollectionRequest, Proto.SnapshotCollectionReply>("SnapshotCollection", (request, _) => Task.FromResult(collections.Snapshot(request)))
            .Unary<Proto.UpdateAliasesRequest, Proto.UpdateAliasesReply>("UpdateAliases", (request, call) => collections.UpdateAliasesAsync(request, call.CancellationToken))
            .Unary<Proto.ListAliasesRequest, Proto.ListAliasesReply>("ListAliases", (request, _) => Task.FromResult(collections.ListAliases(request))));

    private static void Map(GrpcServerBuilder grpc, PointsService points, QueryService queries, IngestService ingest) => grpc
        .Service(Proto.PointsReflection.Descriptor.Services[0], service => service
            .Unary<Proto.UpsertRequest, Proto.UpsertReply>("Upsert", (request, call) => points.UpsertAsync(request, call.CancellationToken))
            .Unary<Proto.GetRequest, Proto.GetReply>("Get", (request, call) => points.GetAsync(request, call.CancellationToken))
            .Unary<Proto.DeleteRequest, Proto.DeleteReply>("Delete", (request, call) => points.DeleteAsync(request, call.CancellationToken))
            .Unary<Proto.UpdatePayloadRequest, Proto.UpdatePayloadReply>("UpdatePayload", (request, call) => points.UpdatePayloadAsync(request, call.CancellationToken))
            .Unary<Proto.QueryRequest, Proto.QueryReply>("Query", (request, call) => queries.QueryAsync(request, call.CancellationToken))
            .Unary<Proto.ExplainRequest, Proto.ExplainReply>("Explain", (request, call) => queries.ExplainAsync(request, call.CancellationToken))
            .Unary<Proto.EstimateRecallRequest, Proto.EstimateRecallReply>("EstimateRecall", (request, call) => queries.EstimateRecallAsync(request, call.CancellationToken))
            .Unary<Proto.ScrollRequest, Proto.ScrollReply>("Scroll", (request, call) => points.ScrollAsync(request, call.CancellationToken))
            .Unary<Proto.CountRequest, Proto.CountReply>("Count", (request, call) => points.CountAsync(request, call.CancellationToken))
            .Unary<Proto.FacetRequest, Proto.FacetReply>("Facet", (request, call) => points.FacetAsync(request, call.CancellationToken))
            .Duplex<Proto.IngestRequest, Proto.IngestReply>("Ingest", (requests, replies, call) => ingest.IngestAsync(requests, replies, call)));

    private static void Map(GrpcServerBuilder grpc, ModelsService models, EncodersService encoders) => grpc
        .Service(Proto.ModelsReflection.Descriptor.Services[0], service => service
            .ClientStream<Proto.PutModelRequest, Proto.PutModelReply>("PutModel", (requests, call) => models.PutAsync(requests, call.CancellationToken))
            .Unary<Proto.GetModelRequest, Proto.GetModelReply>("GetModel", (request, _) => Task.FromResult(models.Get(request)))
            .Unary<Proto.ListModelsRequest, Proto.ListModelsReply>("ListModels", (_, _) => Task.FromResult(models.List()))
            .Unary<Proto.DeleteModelRequest, Proto.DeleteModelReply>("DeleteModel", (request, call) => models.DeleteAsync(request, call.CancellationToken)))
        .Service(Proto.ModelsReflection.Descriptor.Services[1], service => service
            .Unary<Proto.EncodeRequest, Proto.EncodeReply>("Encode", (request, call) => Task.FromResult(encoders.Encode(request, call.CancellationToken))));

    private static void Map(GrpcServerBuilder grpc, GenerationsService generations, OperationsService operations) => grpc
        .Service(Proto.GenerationsReflection.Descriptor.Services[0], service => service
            .Unary<Proto.GetGenerationRequest, Proto.GetGenerationReply>("GetGeneration", (request, _) => Task.FromResult(generations.Get(request)))
            .Unary<Proto.ListGenerationsRequest, Proto.ListGenerationsReply>("ListGenerations", (request, _) => Task.FromResult(generations.List(request)))
            .Unary<Proto.RebuildRequest, Proto.RebuildReply>("Rebuild", (request, call) => generations.RebuildAsync(request, call.CancellationToken))
            .Unary<Proto.PromoteGenerationRequest, Proto.PromoteGenerationReply>("PromoteGeneration", (request, call) => generations.PromoteAsync(request, call.CancellationToken))
            .Unary<Proto.RollbackGenerationRequest, Proto.RollbackGenerationReply>("RollbackGeneration", (request, call) => generations.RollbackAsync(request, call.CancellationToken))
            .Unary<Proto.RetireGenerationRequest, Proto.RetireGenerationReply>("RetireGeneration", (request, call) => generations.RetireAsync(request, call.CancellationToken))
            .Unary<Proto.DiffGenerationsRequest, Proto.DiffGenerationsReply>("DiffGenerations", (request, call) => generations.DiffAsync(request, call.CancellationToken))
            .Unary<Proto.UpdateBridgeRequest, Proto.UpdateBridgeReply>("UpdateBridge", (request, _) => Task.FromResult(generations.UpdateBridge(request))))
        .Service(Proto.OperationsReflection.Descriptor.Services[0], service => service
            .Unary<Proto.GetOperationRequest, Proto.GetOperationReply>("GetOperation", (request, _) => Task.FromResult(operations.Get(request)))
            .Unary<Proto.ListOperationsRequest, Proto.ListOperationsReply>("ListOperations", (request, _) => Task.FromResult(operations.List(request)))
            .Unary<Proto.CancelOperationRequest, Proto.CancelOperationReply>("CancelOperation", (request, _) => Task.FromResult(operations.Cancel(request)))
            .Unary<Proto.WaitOperationRequest, Proto.WaitOperationReply>("WaitOperation", (request, call) => operations.WaitAsync(request, call.Stopping, call.CancellationToken))
            .ServerStream<Proto.WatchOperationRequest, Proto.WatchOperationReply>("WatchOperation", (request, replies, call) => operations.WatchAsync(request, replies, call.CancellationToken)));
}
