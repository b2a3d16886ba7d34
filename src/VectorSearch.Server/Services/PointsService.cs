using VectorSearch.Collections;
using VectorSearch.Numerics;
using VectorSearch.Server.Wire;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Services;

/// <summary>The Points service: messages in, messages out; what they mean is the collection's business.</summary>
internal sealed class PointsService(CollectionCatalog catalog)
{
    private const int DefaultPagePoints = 1000;

    public async Task<Proto.UpsertReply> UpsertAsync(Proto.UpsertRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await WaitAsync(collection, request.Context, cancellation);
        IReadOnlyList<PointId> ids = IdColumns.Read(request.Ids, collection.Definition.IdKind, "ids");
        UpsertBatch batch = new()
        {
            Ids = ids,
            Vectors = request.SourceCase == Proto.UpsertRequest.SourceOneofCase.Vectors ? Matrices.Read(request.Vectors, collection.Definition.Dimension, "vectors") : default(ReadOnlyMemory<float>),
            Features = request.SourceCase == Proto.UpsertRequest.SourceOneofCase.Features ? FeatureMessages.Read(request.Features, "features") : null,
            Payloads = PayloadMessages.Read(request.Payloads, ids.Count),
            Space = Contexts.Space(request.Context),
            RequestId = Contexts.RequestId(request.Context),
            Durability = Durabilities.Read(request.Durability),
        };
        WriteReceipt receipt = await collection.UpsertAsync(batch, cancellation);
        return new Proto.UpsertReply { Context = Contexts.Reply(collection, receipt.Generation, receipt.Lsn), Upserted = (ulong)receipt.Points };
    }

    public async Task<Proto.DeleteReply> DeleteAsync(Proto.DeleteRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await WaitAsync(collection, request.Context, cancellation);
        DeleteBatch batch = new()
        {
            Ids = IdColumns.Read(request.Ids, collection.Definition.IdKind, "ids"),
            Space = Contexts.Space(request.Context),
            RequestId = Contexts.RequestId(request.Context),
            Durability = Durabilities.Read(request.Durability),
        };
        WriteReceipt receipt = await collection.DeleteAsync(batch, cancellation);
        return new Proto.DeleteReply { Context = Contexts.Reply(collection, receipt.Generation, receipt.Lsn), Deleted = (ulong)receipt.Points };
    }

    public async Task<Proto.GetReply> GetAsync(Proto.GetRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await WaitAsync(collection, request.Context, cancellation);
        RefuseOtherSpace(collection, Contexts.Space(request.Context));
        PointRows rows = collection.Get(IdColumns.Read(request.Ids, collection.Definition.IdKind, "ids"), request.WithPayload, request.WithVectors, request.SkipMissing);
        Proto.GetReply reply = new()
        {
            Context = Contexts.Reply(collection, rows.Generation, rows.Lsn),
            Ids = IdColumns.Write(rows.Ids),
            Vectors = Matrices.Write(rows.Vectors, collection.Definition.Dimension),
        };
        if (rows.Payloads is not null) reply.Payloads.AddRange(PayloadMessages.Write(rows.Payloads));
        return reply;
    }

    public async Task<Proto.QueryReply> QueryAsync(Proto.QueryRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await WaitAsync(collection, request.Context, cancellation);
        QueryResult result = collection.Query(ReadQuery(request, collection.Definition), cancellation);
        Proto.QueryReply reply = new()
        {
            Context = Contexts.Reply(collection, result.Generation, result.Lsn),
            Ids = IdColumns.Write(result.Ids),
            Vectors = Matrices.Write(result.Vectors, collection.Definition.Dimension),
            Cost = new Proto.SearchCost { Distances = (ulong)result.Distances, Hops = (ulong)result.Hops },
        };
        foreach (int count in result.Counts) reply.Counts.Add((uint)count);
        reply.Scores.AddRange(result.Scores);
        if (result.Payloads is not null) reply.Payloads.AddRange(PayloadMessages.Write(result.Payloads));
        return reply;
    }

    public async Task<Proto.ScrollReply> ScrollAsync(Proto.ScrollRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await WaitAsync(collection, request.Context, cancellation);
        RefuseOtherSpace(collection, Contexts.Space(request.Context));
        ulong generation = collection.Status.Generation;
        PointPage page = collection.Scroll(
            PageToken.Read(request.PageToken, generation), request.Limit == 0 ? DefaultPagePoints : Clamp(request.Limit), request.WithPayload, request.WithVectors);
        Proto.ScrollReply reply = new()
        {
            Context = Contexts.Reply(collection, page.Rows.Generation, page.Rows.Lsn),
            Ids = IdColumns.Write(page.Rows.Ids),
            Vectors = Matrices.Write(page.Rows.Vectors, collection.Definition.Dimension),
            NextPageToken = page.NextSlot is { } next ? PageToken.Write(next, generation) : "",
        };
        if (page.Rows.Payloads is not null) reply.Payloads.AddRange(PayloadMessages.Write(page.Rows.Payloads));
        return reply;
    }

    public async Task<Proto.CountReply> CountAsync(Proto.CountRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await WaitAsync(collection, request.Context, cancellation);
        RefuseOtherSpace(collection, Contexts.Space(request.Context));
        return new Proto.CountReply { Context = Contexts.Reply(collection), Points = (ulong)collection.Count };
    }

    private static QueryBatch ReadQuery(Proto.QueryRequest request, CollectionDefinition definition)
    {
        QueryBatch batch = new()
        {
            Limit = request.Limit == 0 ? (int)CollectionLimits.Answers.Default : Clamp(request.Limit),
            Ef = Clamp(request.Options?.Ef ?? 0),
            Exact = request.Options?.Exact ?? false,
            WithPayload = request.WithPayload,
            WithVectors = request.WithVectors,
            ExcludeHistory = request.ExcludeHistory,
            Space = Contexts.Space(request.Context),
            MinLsn = request.Context?.MinLsn ?? 0,
        };
        return request.ByCase switch
        {
            Proto.QueryRequest.ByOneofCase.Vectors => batch with { Vectors = Matrices.Read(request.Vectors, definition.Dimension, "vectors") },
            Proto.QueryRequest.ByOneofCase.Ids => batch with { Ids = IdColumns.Read(request.Ids, definition.IdKind, "ids") },
            Proto.QueryRequest.ByOneofCase.Features => batch with { Features = FeatureMessages.Read(request.Features, "features") },
            _ => throw new VectorSearchException(ErrorCode.InvalidArgument, "by", "nothing", "one of vectors, ids, features"),
        };
    }

    private static Task WaitAsync(Collection collection, Proto.RequestContext? context, CancellationToken cancellation) =>
        context is null || context.MinLsn == 0 ? Task.CompletedTask : collection.WaitForLsnAsync(context.MinLsn, cancellation);

    private static void RefuseOtherSpace(Collection collection, SpaceId asked)
    {
        if (!asked.IsEmpty && asked != collection.Definition.Space)
        {
            throw new VectorSearchException(
                ErrorCode.FailedPrecondition,
                "context.space_id",
                asked.ToString(),
                $"{collection.Definition.Space}, the space of collection '{collection.Definition.Name}'");
        }
    }

    /// <summary>A number beyond an int is beyond every limit too; the collection names the limit.</summary>
    private static int Clamp(uint value) => (int)Math.Min(value, int.MaxValue);
}
