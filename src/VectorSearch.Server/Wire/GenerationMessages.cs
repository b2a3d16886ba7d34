using Google.Protobuf.WellKnownTypes;
using VectorSearch.Collections;
using VectorSearch.Server.Bridges;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Wire;

/// <summary>Generations between messages and collections.</summary>
internal static class GenerationMessages
{
    /// <summary>The document of a generation that holds the gate's report.</summary>
    public const string ReportDocument = "report";

    /// <summary>Writes a generation with its report and its bridge.</summary>
    public static Proto.Generation Write(Collection collection, Generation generation, BridgeDesk bridges)
    {
        Proto.Generation message = new()
        {
            Collection = collection.Name,
            Number = generation.Number,
            State = State(generation),
            SpaceId = generation.Space.ToString(),
            Model = generation.Model,
            Question = generation.Question,
            Points = (ulong)generation.Points,
            Dimension = (uint)generation.Dimension,
            Metric = (Proto.Metric)(int)generation.Metric,
            Index = (Proto.IndexKind)(int)generation.Index,
            Hnsw = new Proto.HnswConfig { M = (uint)generation.M, EfConstruction = (uint)generation.EfConstruction },
            CreateTime = generation.Created is { } created ? Timestamp.FromDateTimeOffset(created) : null,
            PromoteTime = generation.Served is { } served ? Timestamp.FromDateTimeOffset(served) : null,
            MemoryBytes = (ulong)generation.MemoryBytes,
            CanaryShare = generation.CanaryShare,
            MissingPoints = (ulong)generation.Missing,
            MissingIds = generation.MissingIds.Count > 0 ? IdColumns.Write(generation.MissingIds) : null,
            Bridge = bridges.Find(collection, generation.Number),
        };
        if (collection.ReadDocument(generation.Number, ReportDocument) is { Length: > 0 } report) message.Report = Proto.GateReport.Parser.ParseFrom(report);
        return message;
    }

    /// <summary>Writes a plan.</summary>
    public static Proto.RebuildPlan Write(RebuildPlan plan) => new()
    {
        SpaceId = plan.Space.ToString(),
        Dimension = (uint)plan.Dimension,
        Metric = (Proto.Metric)(int)plan.Metric,
        Model = plan.Model,
        Question = plan.Question,
        Index = (Proto.IndexKind)(int)plan.Index,
        Points = (ulong)plan.Points,
        FromVectors = (ulong)plan.AsVectors,
        FromFeatures = (ulong)plan.FromFeatures,
        FromItems = (ulong)plan.FromItems,
        ByBridge = (ulong)plan.ByBridge,
        NotCarried = (ulong)plan.NotCarried,
        NotCarriedIds = plan.NotCarriedIds.Count > 0 ? IdColumns.Write(plan.NotCarriedIds) : null,
        MemoryBytes = (ulong)plan.MemoryBytes,
    };

    /// <summary>Reads what a rebuild shall make; what is not set stays as it is.</summary>
    public static RebuildTarget ReadTarget(Proto.RebuildRequest request) => new()
    {
        Model = request.Model.Length > 0 ? request.Model : null,
        Question = request.Question.Length > 0 ? request.Question : null,
        Index = request.Index switch
        {
            Proto.IndexKind.Unspecified => null,
            Proto.IndexKind.Hnsw or Proto.IndexKind.Exact or Proto.IndexKind.Sealed => (IndexKind)(int)request.Index,
            _ => throw new VectorSearchException(ErrorCode.InvalidArgument, "index", $"{(int)request.Index}", "INDEX_KIND_HNSW, INDEX_KIND_EXACT or INDEX_KIND_SEALED"),
        },
        M = QueryMessages.Clamp(request.Hnsw?.M ?? 0),
        EfConstruction = QueryMessages.Clamp(request.Hnsw?.EfConstruction ?? 0),
        Seed = request.Hnsw is { Seed: > 0 } hnsw ? hnsw.Seed : null,
    };

    /// <summary>A canary that answers nothing is one that is held back.</summary>
    private static Proto.Generation.Types.State State(Generation generation) => generation.State switch
    {
        GenerationState.Serving => Proto.Generation.Types.State.Serving,
        GenerationState.Building or GenerationState.Warming => Proto.Generation.Types.State.Building,
        GenerationState.Canary => generation.CanaryShare > 0 ? Proto.Generation.Types.State.Canary : Proto.Generation.Types.State.Ready,
        GenerationState.Retained => Proto.Generation.Types.State.Previous,
        GenerationState.Refused => Proto.Generation.Types.State.Refused,
        GenerationState.Retired => Proto.Generation.Types.State.Retired,
        _ => Proto.Generation.Types.State.Unspecified,
    };
}
