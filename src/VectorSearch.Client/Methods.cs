using Google.Protobuf.Reflection;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <summary>The methods of vectorsearch.v1, typed once from their descriptors.</summary>
internal static class Methods
{
    private static readonly ServiceDescriptor Collections = CollectionsReflection.Descriptor.Services[0];
    private static readonly ServiceDescriptor Models = ModelsReflection.Descriptor.Services[0];
    private static readonly ServiceDescriptor Points = PointsReflection.Descriptor.Services[0];

    public static readonly GrpcMethod<CreateCollectionRequest, CreateCollectionReply> CreateCollection = new(Collections, "CreateCollection");
    public static readonly GrpcMethod<GetCollectionRequest, GetCollectionReply> GetCollection = new(Collections, "GetCollection");
    public static readonly GrpcMethod<ListCollectionsRequest, ListCollectionsReply> ListCollections = new(Collections, "ListCollections");
    public static readonly GrpcMethod<DeleteCollectionRequest, DeleteCollectionReply> DeleteCollection = new(Collections, "DeleteCollection");
    public static readonly GrpcMethod<PutModelRequest, PutModelReply> PutModel = new(Models, "PutModel");
    public static readonly GrpcMethod<GetModelRequest, GetModelReply> GetModel = new(Models, "GetModel");
    public static readonly GrpcMethod<ListModelsRequest, ListModelsReply> ListModels = new(Models, "ListModels");
    public static readonly GrpcMethod<UpsertRequest, UpsertReply> Upsert = new(Points, "Upsert");
    public static readonly GrpcMethod<GetRequest, GetReply> Get = new(Points, "Get");
    public static readonly GrpcMethod<DeleteRequest, DeleteReply> Delete = new(Points, "Delete");
    public static readonly GrpcMethod<QueryRequest, QueryReply> Query = new(Points, "Query");
    public static readonly GrpcMethod<ScrollRequest, ScrollReply> Scroll = new(Points, "Scroll");
    public static readonly GrpcMethod<CountRequest, CountReply> Count = new(Points, "Count");
}
