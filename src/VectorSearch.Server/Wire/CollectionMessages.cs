using VectorSearch.Collections;
using VectorSearch.Numerics;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Wire;

/// <summary>Collections between messages and definitions. In a message 0 or nothing means the default.</summary>
internal static class CollectionMessages
{
    /// <summary>Reads a definition; ranges are checked by the catalog.</summary>
    /// <exception cref="VectorSearchException">An enum or the space id is missing or unknown.</exception>
    public static CollectionDefinition Read(Proto.Collection? message)
    {
        if (message is null) throw Invalid("collection", "nothing", "a collection");
        Proto.HnswConfig hnsw = message.Hnsw ?? new Proto.HnswConfig();
        if (!SpaceId.TryParse(message.SpaceId, out SpaceId space))
            throw Invalid("collection.space_id", $"'{message.SpaceId}'", "sha256:… of a learned space, or client:name@version for vectors of your own");
        return new CollectionDefinition
        {
            Name = message.Name,
            Dimension = checked((int)Math.Min(message.Dimension, int.MaxValue)),
            Metric = message.Metric switch
            {
                Proto.Metric.SquaredEuclidean => Metric.SquaredEuclidean,
                Proto.Metric.Cosine => Metric.Cosine,
                Proto.Metric.InnerProduct => Metric.InnerProduct,
                _ => throw Invalid("collection.metric", message.Metric.ToString(), "METRIC_SQUARED_EUCLIDEAN, METRIC_COSINE or METRIC_INNER_PRODUCT"),
            },
            Space = space,
            IdKind = message.IdKind switch
            {
                Proto.IdKind.Number => IdKind.Number,
                Proto.IdKind.String => IdKind.Text,
                _ => throw Invalid("collection.id_kind", message.IdKind.ToString(), "ID_KIND_NUMBER or ID_KIND_STRING"),
            },
            Index = message.Index switch
            {
                Proto.IndexKind.Unspecified or Proto.IndexKind.Hnsw => IndexKind.Hnsw,
                Proto.IndexKind.Exact => IndexKind.Exact,
                Proto.IndexKind.Sealed => IndexKind.Sealed,
                _ => throw Invalid("collection.index", message.Index.ToString(), "INDEX_KIND_HNSW, INDEX_KIND_EXACT or INDEX_KIND_SEALED"),
            },
            M = Or(hnsw.M, CollectionLimits.M),
            EfConstruction = Or(hnsw.EfConstruction, CollectionLimits.EfConstruction),
            Ef = Or(hnsw.Ef, CollectionLimits.Ef),
            Seed = hnsw.Seed == 0 ? 1 : hnsw.Seed,
            Durability = Durabilities.Read(message.Durability) ?? Durability.Committed,
            Model = message.Model,
            Question = message.Question,
        };
    }

    /// <summary>Writes a collection with its status.</summary>
    public static Proto.Collection Write(Collection collection)
    {
        CollectionDefinition definition = collection.Definition;
        CollectionStatus status = collection.Status;
        return new Proto.Collection
        {
            Name = definition.Name,
            Dimension = (uint)definition.Dimension,
            Metric = (Proto.Metric)(int)definition.Metric,
            SpaceId = definition.Space.ToString(),
            IdKind = definition.IdKind == IdKind.Number ? Proto.IdKind.Number : Proto.IdKind.String,
            Hnsw = new Proto.HnswConfig { M = (uint)definition.M, EfConstruction = (uint)definition.EfConstruction, Ef = (uint)definition.Ef, Seed = definition.Seed },
            Durability = definition.Durability == Durability.Committed ? Proto.Durability.Committed : Proto.Durability.Applied,
            Model = definition.Model,
            Question = definition.Question,
            Index = (Proto.IndexKind)(int)definition.Index,
            Status = new Proto.CollectionStatus
            {
                State = (Proto.CollectionStatus.Types.State)(int)status.State,
                Detail = status.Detail,
                Points = (ulong)status.Points,
                Generation = status.Generation,
                Lsn = status.Lsn,
                SnapshotLsn = status.SnapshotLsn,
                MemoryBytes = (ulong)status.MemoryBytes,
                DiskBytes = (ulong)status.DiskBytes,
                UnlinkedPoints = (ulong)status.UnlinkedPoints,
            },
        };
    }

    /// <summary>Writes counts and sizes.</summary>
    public static Proto.CollectionStatistics Write(CollectionStatistics statistics) => new()
    {
        Points = (ulong)statistics.Points,
        LinkedPoints = (ulong)statistics.LinkedPoints,
        OutstandingPoints = (ulong)statistics.OutstandingPoints,
        ReusableSlots = (ulong)statistics.ReusableSlots,
        UpperLayers = (uint)statistics.UpperLayers,
        VectorBytes = (ulong)statistics.VectorBytes,
        GraphBytes = (ulong)statistics.GraphBytes,
        CodeBytes = (ulong)statistics.CodeBytes,
        MemoryBytes = (ulong)statistics.MemoryBytes,
        DiskBytes = (ulong)statistics.DiskBytes,
        Lsn = statistics.Lsn,
        DurableLsn = statistics.DurableLsn,
        SnapshotLsn = statistics.SnapshotLsn,
    };

    private static int Or(uint value, Limit limit) => value == 0 ? (int)limit.Default : (int)Math.Min(value, int.MaxValue);

    private static VectorSearchException Invalid(string field, string actual, string expected) => new(ErrorCode.InvalidArgument, field, actual, expected);
}
