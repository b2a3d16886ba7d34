using Google.Protobuf.Reflection;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <summary>The methods of vectorsearch.v1, typed once from their descriptors.</summary>
internal static class Methods
{
    private static readonly ServiceDescriptor Collections = CollectionsReflection.Descriptor.Services[0];
    private static readonly ServiceDescriptor Generations = GenerationsReflection.Descriptor.Services[0];
    private static readonly ServiceDescriptor Models = ModelsReflection.Descriptor.Services[0];
    private static readonly ServiceDescriptor Encoders = ModelsReflection.Descriptor.Services[1];
    private static readonly ServiceDescriptor Operations = OperationsReflection.Descriptor.Services[0];
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
    public static readonly GrpcMethod<UpdatePayloadRequest, UpdatePayloadReply> UpdatePayload = new(Points, "UpdatePayload");
    public static readonly GrpcMethod<FacetRequest, FacetReply> Facet = new(Points, "Facet");
    public static readonly GrpcMethod<ExplainRequest, ExplainReply> Explain = new(Points, "Explain");
    public static readonly GrpcMethod<EstimateRecallRequest, EstimateRecallReply> EstimateRecall = new(Points, "EstimateRecall");
    public static readonly GrpcMethod<IngestRequest, IngestReply> Ingest = new(Points, "Ingest");
    public static readonly GrpcMethod<UpdateCollectionRequest, UpdateCollectionReply> UpdateCollection = new(Collections, "UpdateCollection");
    public static readonly GrpcMethod<GetStatisticsRequest, GetStatisticsReply> GetStatistics = new(Collections, "GetStatistics");
    public static readonly GrpcMethod<SnapshotCollectionRequest, SnapshotCollectionReply> SnapshotCollection = new(Collections, "SnapshotCollection");
    public static readonly GrpcMethod<UpdateAliasesRequest, UpdateAliasesReply> UpdateAliases = new(Collections, "UpdateAliases");
    public static readonly GrpcMethod<ListAliasesRequest, ListAliasesReply> ListAliases = new(Collections, "ListAliases");
    public static readonly GrpcMethod<DeleteModelRequest, DeleteModelReply> DeleteModel = new(Models, "DeleteModel");
    public static readonly GrpcMethod<EncodeRequest, EncodeReply> Encode = new(Encoders, "Encode");
    public static readonly GrpcMethod<WaitOperationRequest, WaitOperationReply> WaitOperation = new(Operations, "WaitOperation");
    public static readonly GrpcMethod<GetGenerationRequest, GetGenerationReply> GetGeneration = new(Generations, "GetGeneration");
    public static readonly GrpcMethod<ListGenerationsRequest, ListGenerationsReply> ListGenerations = new(Generations, "ListGenerations");
    public static readonly GrpcMethod<RebuildRequest, RebuildReply> Rebuild = new(Generations, "Rebuild");
    public static readonly GrpcMethod<PromoteGenerationRequest, PromoteGenerationReply> PromoteGeneration = new(Generations, "PromoteGeneration");
    public static readonly GrpcMethod<RollbackGenerationRequest, RollbackGenerationReply> RollbackGeneration = new(Generations, "RollbackGeneration");
    public static readonly GrpcMethod<RetireGenerationRequest, RetireGenerationReply> RetireGeneration = new(Generations, "RetireGeneration");
    public static readonly GrpcMethod<DiffGenerationsRequest, DiffGenerationsReply> DiffGenerations = new(Generations, "DiffGenerations");
    public static readonly GrpcMethod<UpdateBridgeRequest, UpdateBridgeReply> UpdateBridge = new(Generations, "UpdateBridge");
    public static readonly GrpcMethod<ListOperationsRequest, ListOperationsReply> ListOperations = new(Operations, "ListOperations");
    public static readonly GrpcMethod<CancelOperationRequest, CancelOperationReply> CancelOperation = new(Operations, "CancelOperation");
}
