using VectorSearch.Grpc.Kestrel;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Services;

/// <summary>Which handler answers which method.</summary>
internal static class ServiceMap
{
    public static void Map(GrpcServerBuilder grpc, CollectionsService collections, PointsService points, ModelsService models) => grpc
        .Service(Proto.CollectionsReflection.Descriptor.Services[0], service => service
            .Unary<Proto.CreateCollectionRequest, Proto.CreateCollectionReply>("CreateCollection", (request, call) => collections.CreateAsync(request, call.CancellationToken))
            .Unary<Proto.GetCollectionRequest, Proto.GetCollectionReply>("GetCollection", (request, _) => Task.FromResult(collections.Get(request)))
            .Unary<Proto.ListCollectionsRequest, Proto.ListCollectionsReply>("ListCollections", (_, _) => Task.FromResult(collections.List()))
            .Unary<Proto.DeleteCollectionRequest, Proto.DeleteCollectionReply>("DeleteCollection", (request, call) => collections.DeleteAsync(request, call.CancellationToken)))
        .Service(Proto.PointsReflection.Descriptor.Services[0], service => service
            .Unary<Proto.UpsertRequest, Proto.UpsertReply>("Upsert", (request, call) => points.UpsertAsync(request, call.CancellationToken))
            .Unary<Proto.GetRequest, Proto.GetReply>("Get", (request, call) => points.GetAsync(request, call.CancellationToken))
            .Unary<Proto.DeleteRequest, Proto.DeleteReply>("Delete", (request, call) => points.DeleteAsync(request, call.CancellationToken))
            .Unary<Proto.QueryRequest, Proto.QueryReply>("Query", (request, call) => points.QueryAsync(request, call.CancellationToken))
            .Unary<Proto.ScrollRequest, Proto.ScrollReply>("Scroll", (request, call) => points.ScrollAsync(request, call.CancellationToken))
            .Unary<Proto.CountRequest, Proto.CountReply>("Count", (request, call) => points.CountAsync(request, call.CancellationToken)))
        .Service(Proto.ModelsReflection.Descriptor.Services[0], service => service
            .ClientStream<Proto.PutModelRequest, Proto.PutModelReply>("PutModel", (requests, call) => models.PutAsync(requests, call.CancellationToken))
            .Unary<Proto.GetModelRequest, Proto.GetModelReply>("GetModel", (request, _) => Task.FromResult(models.Get(request)))
            .Unary<Proto.ListModelsRequest, Proto.ListModelsReply>("ListModels", (_, _) => Task.FromResult(models.List())));
}
