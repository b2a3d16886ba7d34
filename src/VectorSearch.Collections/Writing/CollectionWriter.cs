namespace VectorSearch.Collections;

/// <summary>Turns a batch into records, after every row was checked.</summary>
internal sealed class CollectionWriter(CollectionDefinition definition, FeatureEmbedder embedder)
{
    /// <summary>A batch is cut into records of about so many bytes, so that a page of the log is well filled.</summary>
    private const int RecordBytes = 256 << 10;

    private readonly WriteGuard _guard = new(definition);

    /// <exception cref="VectorSearchException">A row is wrong; nothing was written.</exception>
    public PendingWrite Upsert(UpsertBatch batch)
    {
        _guard.CheckSpace(batch.Space);
        WriteGuard.CheckRequestId(batch.RequestId);
        _guard.CheckIds(batch.Ids, "ids");
        int rows = batch.Ids.Count;
        if (batch.Features is not null == !batch.Vectors.IsEmpty)
            throw VectorSearchException.Invalid("vectors", batch.Features is null ? "neither vectors nor features" : "vectors and features", "one of the two");
        if (batch.Features is not null) WriteGuard.CheckRows(batch.Features.Count, rows, "features");
        if (batch.Payloads is not null) WriteGuard.CheckRows(batch.Payloads.Count, rows, "payloads");

        ReadOnlyMemory<float> vectors = batch.Features is null ? batch.Vectors : embedder.Embed(batch.Features, "features");
        _guard.CheckVectors(vectors.Span, rows, batch.Features is null ? "vectors" : "features");
        byte[][] attachments = new byte[rows][];
        for (int i = 0; i < rows; i++)
        {
            WriteGuard.CheckPayload(batch.Payloads?[i], $"payloads[{i}]");
            attachments[i] = PointCodec.WriteAttachment(batch.Features?[i], batch.Payloads?[i]);
            WriteGuard.CheckAttachment(attachments[i].Length, batch.Features is not null, $"payloads[{i}]");
        }

        return Write(Cut(MutationKind.Upsert, batch.RequestId, batch.Ids, vectors, attachments), batch.Durability);
    }

    /// <exception cref="VectorSearchException">An id is wrong; nothing was deleted.</exception>
    public PendingWrite Delete(DeleteBatch batch)
    {
        _guard.CheckSpace(batch.Space);
        WriteGuard.CheckRequestId(batch.RequestId);
        _guard.CheckIds(batch.Ids, "ids");
        return Write(Cut(MutationKind.Delete, batch.RequestId, batch.Ids, default, []), batch.Durability);
    }

    private PendingWrite Write(List<Mutation> mutations, Durability? durability)
    {
        if (durability is { } asked && !Enum.IsDefined(asked))
            throw VectorSearchException.Invalid("durability", $"{asked}", string.Join(" or ", Enum.GetNames<Durability>()));
        return new PendingWrite(mutations, [.. mutations.Select(mutation => mutation.ToBytes())], durability ?? definition.Durability);
    }

    private List<Mutation> Cut(
        MutationKind kind, string? requestId, IReadOnlyList<PointId> ids, ReadOnlyMemory<float> vectors, byte[][] attachments)
    {
        List<Mutation> records = [];
        int first = 0;
        long bytes = 0;
        for (int i = 0; i < ids.Count; i++)
        {
            bytes += kind == MutationKind.Delete ? 16 : (definition.Dimension * sizeof(float)) + attachments[i].Length + 16;
            bool isLast = i == ids.Count - 1;
            if (!isLast && bytes < RecordBytes) continue;
            int count = i + 1 - first;
            bool isUpsert = kind == MutationKind.Upsert;
            records.Add(new Mutation
            {
                Kind = kind,
                RequestId = requestId ?? "",
                Space = definition.Space,
                Ids = [.. ids.Skip(first).Take(count)],
                Vectors = isUpsert ? vectors.Slice(first * definition.Dimension, count * definition.Dimension) : default,
                Attachments = isUpsert ? [.. attachments.Skip(first).Take(count)] : [],
                EndsRequest = isLast,
            });
            first = i + 1;
            bytes = 0;
        }

        return records;
    }
}
