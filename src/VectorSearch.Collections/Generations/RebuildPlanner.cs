using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>Finds out what a rebuild would make and whether every point can come along. Changes nothing.</summary>
internal sealed class RebuildPlanner(LiveGeneration source, IFeatureEncoderResolver? encoders)
{
    private const int ProgressEvery = 4096;

    /// <summary>Slot entry, id and one blob reference; estimated.</summary>
    private const int BytesPerPoint = 150;

    /// <summary>What the target says, with what it leaves open taken from the serving generation.</summary>
    /// <exception cref="VectorSearchException">The target is wrong in itself, or the server does not have its model.</exception>
    public GenerationRecord Resolve(RebuildTarget target, ulong number, DateTimeOffset now)
    {
        CollectionDefinition serving = source.Definition;
        bool leavesModel = target.Model is null && !target.Space.IsEmpty && target.Space != serving.Space;
        string model = leavesModel ? "" : target.Model ?? serving.Model;
        string question = model.Length == 0 ? "" : target.Question ?? serving.Question;
        GenerationRecord record = GenerationRecord.First(serving) with
        {
            Number = number,
            Created = now,
            Model = model,
            Question = question,
            Index = target.Index ?? serving.Index,
            M = target.M == 0 ? serving.M : target.M,
            EfConstruction = target.EfConstruction == 0 ? serving.EfConstruction : target.EfConstruction,
            Seed = target.Seed ?? serving.Seed,
            Target = target,
        };
        if (record.Index != IndexKind.Hnsw)
        {
            if (target.M != 0) throw NoGraph("hnsw.m", target.M, record.Index);
            if (target.EfConstruction != 0) throw NoGraph("hnsw.ef_construction", target.EfConstruction, record.Index);
        }

        record = model.Length > 0 && (model, question) != (serving.Model, serving.Question) ? OfModel(record, target) : OfVectors(record, target, serving);
        CollectionDefinitionValidator.Check(record.ApplyTo(serving));
        return record;
    }

    private static VectorSearchException NoGraph(string field, int value, IndexKind kind) => VectorSearchException.Invalid(
        field, $"{value}", $"none, since the index will be {kind}, which has no graph; or ask for the index Hnsw too");

    /// <summary>Counts by what means points are carried over.</summary>
    /// <param name="record">What shall be made.</param>
    /// <param name="withBridge">Whether points that have only a vector may be mapped.</param>
    /// <param name="progress">Told of points looked at.</param>
    /// <param name="cancellation">Gives up.</param>
    public RebuildPlan Plan(GenerationRecord record, bool withBridge, Action<long, long>? progress, CancellationToken cancellation)
    {
        long[] counts = new long[Enum.GetValues<CarryKind>().Length];
        List<PointId> notCarried = [];
        if (record.Space == source.Definition.Space)
        {
            counts[(int)CarryKind.Vector] = source.Table.Count;
        }
        else
        {
            PointCarrier carrier = new(record.ApplyTo(source.Definition), encoders, withBridge ? new AnyBridge(source.Definition.Space, record.Space) : null);
            float[] scratch = new float[record.Dimension];
            long looked = 0;
            foreach (PointEntry entry in source.Table.Entries())
            {
                if (looked++ % ProgressEvery == 0)
                {
                    cancellation.ThrowIfCancellationRequested();
                    progress?.Invoke(looked - 1, source.Table.Count);
                    CpuShare.Breathe(cancellation);
                }

                bool hasFeatures = entry.Blob is { } blob && PointCodec.HasFeatures(PointBlob.Attachment(blob.Read(), source.Definition.Dimension));
                CarryKind kind = carrier.Plan(entry.Id, source.Definition.Space, hasFeatures, scratch);
                counts[(int)kind]++;
                if (kind == CarryKind.None && notCarried.Count < Generation.NamedIds) notCarried.Add(entry.Id);
            }
        }

        return new RebuildPlan
        {
            Space = record.Space,
            Dimension = record.Dimension,
            Metric = record.Metric,
            Model = record.Model,
            Question = record.Question,
            Index = record.Index,
            M = record.M,
            EfConstruction = record.EfConstruction,
            Points = counts.Sum(),
            AsVectors = counts[(int)CarryKind.Vector],
            FromFeatures = counts[(int)CarryKind.Features],
            FromItems = counts[(int)CarryKind.Item],
            ByBridge = counts[(int)CarryKind.Bridge],
            NotCarried = counts[(int)CarryKind.None],
            NotCarriedIds = notCarried,
            MemoryBytes = counts.Sum() * Bytes(record),
        };
    }

    /// <summary>Rows twice, once to build from and once in the index, codes and links.</summary>
    private static long Bytes(GenerationRecord record)
    {
        long row = (long)record.Dimension * sizeof(float);
        long links = record.Index == IndexKind.Exact ? 0 : record.Dimension + (((2L * record.M) + 2 + (record.M / 8)) * sizeof(int));
        return (2 * row) + links + BytesPerPoint;
    }

    private GenerationRecord OfModel(GenerationRecord record, RebuildTarget target)
    {
        IFeatureEncoder encoder = encoders?.Resolve(record.Model, record.Question) ?? throw new VectorSearchException(
            ErrorCode.FailedPrecondition, $"The server does not have the model {record.Model} with question '{record.Question}'.");
        if (!target.Space.IsEmpty && target.Space != encoder.Space)
            throw VectorSearchException.Invalid("target.space_id", $"{target.Space}", $"{encoder.Space}, the space of that model's question");
        return record with { Space = encoder.Space, Dimension = encoder.Dimension, Metric = encoder.Metric };
    }

    private static GenerationRecord OfVectors(GenerationRecord record, RebuildTarget target, CollectionDefinition serving)
    {
        SpaceId space = target.Space.IsEmpty ? serving.Space : target.Space;
        int dimension = target.Dimension == 0 ? serving.Dimension : target.Dimension;
        Metric metric = target.Metric ?? serving.Metric;
        if (space == serving.Space && (dimension, metric) != (serving.Dimension, serving.Metric))
            throw VectorSearchException.Invalid("target", $"{dimension} × {metric} in space {space}", $"{serving.Dimension} × {serving.Metric}, or another space");
        return record with { Space = space, Dimension = dimension, Metric = metric };
    }

    /// <summary>Stands for a bridge that is fitted later.</summary>
    private sealed class AnyBridge(SpaceId from, SpaceId to) : IVectorBridge
    {
        public SpaceId From => from;

        public SpaceId To => to;

        public void Map(ReadOnlySpan<float> from, Span<float> to) => throw new InvalidOperationException("The bridge is not fitted yet.");
    }
}
