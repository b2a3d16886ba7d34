namespace VectorSearch.Collections;

/// <summary>Turns a batch into records for the live generations of one moment, after every row was checked.</summary>
internal sealed class CollectionWriter(GenerationSet generations, CollectionSettings settings)
{
    /// <summary>A batch is cut into records of about so many bytes, so that a page of the log is well filled.</summary>
    private const int RecordBytes = 256 << 10;

    private readonly LiveGeneration _serving = generations.Serving;

    private CollectionDefinition Definition => _serving.Definition;

    private WriteGuard Guard => _serving.Guard;

    /// <exception cref="VectorSearchException">A row is wrong; nothing was written.</exception>
    public PendingWrite Upsert(UpsertBatch batch)
    {
        Guard.CheckSpace(batch.Space);
        WriteGuard.CheckRequestId(batch.RequestId);
        Guard.CheckIds(batch.Ids, "ids");
        int rows = batch.Ids.Count;
        if (batch.Features is not null == !batch.Vectors.IsEmpty)
            throw VectorSearchException.Invalid("vectors", batch.Features is null ? "neither vectors nor features" : "vectors and features", "one of the two");
        if (batch.Features is not null) WriteGuard.CheckRows(batch.Features.Count, rows, "features");
        if (batch.Payloads is not null) WriteGuard.CheckRows(batch.Payloads.Count, rows, "payloads");

        ReadOnlyMemory<float> vectors = batch.Features is null ? batch.Vectors : _serving.Embedder.Embed(batch.Features, "features");
        Guard.CheckVectors(vectors.Span, rows, batch.Features is null ? "vectors" : "features");
        byte[][] attachments = new byte[rows][];
        for (int i = 0; i < rows; i++)
        {
            WriteGuard.CheckPayload(batch.Payloads?[i], $"payloads[{i}]");
            attachments[i] = PointCodec.WriteAttachment(batch.Features?[i], batch.Payloads?[i]);
            WriteGuard.CheckAttachment(attachments[i].Length, batch.Features is not null, $"payloads[{i}]");
        }

        DerivedRows[] derived = [.. generations.Others.Select(other => Derive(other, batch, vectors))];
        return Write(Cut(MutationKind.Upsert, batch.RequestId, batch.Ids, vectors, attachments, derived: derived), batch.Durability);
    }

    /// <exception cref="VectorSearchException">An id or the filter is wrong; nothing was deleted.</exception>
    public PendingWrite Delete(DeleteBatch batch)
    {
        Guard.CheckSpace(batch.Space);
        WriteGuard.CheckRequestId(batch.RequestId);
        if (batch.Filter is { Must.Count: 0, Should.Count: 0, MustNot.Count: 0 })
            throw VectorSearchException.Invalid("filter", "no condition, which lets every point through", "at least one; delete the collection to leave nothing");
        return Write(Cut(MutationKind.Delete, batch.RequestId, Choose(batch.Ids, batch.Filter), default, []), batch.Durability);
    }

    /// <exception cref="VectorSearchException">An id, the filter or the change is wrong; nothing was changed.</exception>
    public PendingWrite ChangePayloads(PayloadBatch batch)
    {
        Guard.CheckSpace(batch.Space);
        WriteGuard.CheckRequestId(batch.RequestId);
        WriteGuard.CheckChange(batch.Change, "change");
        IReadOnlyList<PointId> ids = Choose(batch.Ids, batch.Filter);
        if (batch.Change is PayloadChange.Set set) CheckGrown(ids, set);
        return Write(Cut(MutationKind.Payload, batch.RequestId, ids, default, [], batch.Change), batch.Durability);
    }

    /// <summary>The rows of a generation that does not answer but takes every write.</summary>
    private DerivedRows Derive(LiveGeneration other, UpsertBatch batch, ReadOnlyMemory<float> vectors)
    {
        if (other.Carrier.Space == Definition.Space) return new DerivedRows(other.Number, 0, default, default);
        int dimension = other.Definition.Dimension;
        float[] rows = new float[batch.Ids.Count * dimension];
        int[] rowOf = new int[batch.Ids.Count];
        for (int i = 0; i < rowOf.Length; i++)
        {
            Span<float> row = rows.AsSpan(i * dimension, dimension);
            ReadOnlySpan<float> sent = vectors.Span.Slice(i * Definition.Dimension, Definition.Dimension);
            rowOf[i] = other.Carrier.Carry(batch.Ids[i], Definition.Space, sent, batch.Features?[i], row) == CarryKind.None ? -1 : i;
        }

        return new DerivedRows(other.Number, dimension, rows, rowOf);
    }

    private IReadOnlyList<PointId> Choose(IReadOnlyList<PointId>? ids, PayloadFilter? filter)
    {
        if (ids is null == filter is null)
            throw VectorSearchException.Invalid("points", ids is null ? "neither ids nor a filter" : "ids and a filter", "one of the two");
        if (ids is not null) Guard.CheckIds(ids, "ids");
        return ids ?? _serving.Reader.Matches(filter!);
    }

    /// <summary>Fields that are added may be too many or too large together with those that are there.</summary>
    private void CheckGrown(IReadOnlyList<PointId> ids, PayloadChange.Set set)
    {
        foreach (PointId id in ids)
        {
            if (!_serving.Reader.TryReadAttachment(id, out PointFeatures? features, out Payload payload)) continue;
            Payload grown = set.ApplyTo(payload);
            if (!WriteGuard.Fits(grown, PointCodec.WriteAttachment(features, grown).Length, features is not null))
            {
                throw VectorSearchException.Invalid(
                    "change.set", $"fields that give point {id} {grown.Fields.Count} fields",
                    $"{CollectionLimits.PayloadFields} fields and {CollectionLimits.PayloadBytes} bytes in all");
            }
        }
    }

    private PendingWrite Write(List<Mutation> mutations, Durability? durability)
    {
        if (durability is { } asked && !Enum.IsDefined(asked))
            throw VectorSearchException.Invalid("durability", $"{asked}", string.Join(" or ", Enum.GetNames<Durability>()));
        return new PendingWrite(generations, mutations, [.. mutations.Select(mutation => mutation.ToBytes())], durability ?? settings.Durability);
    }

    private List<Mutation> Cut(
        MutationKind kind, string? requestId, IReadOnlyList<PointId> ids, ReadOnlyMemory<float> vectors, byte[][] attachments,
        PayloadChange? change = null, DerivedRows[]? derived = null)
    {
        // A request that meets no point is logged too, so that its repetition meets none either.
        if (ids.Count == 0)
            return [new Mutation { Kind = kind, Generation = _serving.Number, RequestId = requestId ?? "", Space = Definition.Space, Ids = [], Change = change }];
        bool isUpsert = kind == MutationKind.Upsert;
        PointId[] all = [.. ids];
        List<Mutation> records = [];
        int floatsPerPoint = Definition.Dimension + (derived?.Sum(rows => rows.Dimension) ?? 0);
        int first = 0;
        long bytes = 0;
        for (int i = 0; i < ids.Count; i++)
        {
            bytes += !isUpsert ? 16 : (floatsPerPoint * sizeof(float)) + attachments[i].Length + 16;
            bool isLast = i == ids.Count - 1;
            if (!isLast && bytes < RecordBytes) continue;
            int count = i + 1 - first;
            records.Add(new Mutation
            {
                Kind = kind,
                Generation = _serving.Number,
                RequestId = requestId ?? "",
                Space = Definition.Space,
                Derived = derived is null ? [] : [.. derived.Select(rows => rows.Slice(first, count))],
                Ids = all[first..(i + 1)],
                Vectors = isUpsert ? vectors.Slice(first * Definition.Dimension, count * Definition.Dimension) : default,
                Attachments = isUpsert ? attachments[first..(i + 1)] : [],
                Change = change,
                EndsRequest = isLast,
            });
            first = i + 1;
            bytes = 0;
        }

        return records;
    }
}
