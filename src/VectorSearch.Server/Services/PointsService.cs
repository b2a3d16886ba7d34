using VectorSearch.Collections;
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
        await Contexts.WaitAsync(collection, request.Context, cancellation);
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
        await Contexts.WaitAsync(collection, request.Context, cancellation);
        DeleteBatch batch = new()
        {
            Ids = request.PointsCase == Proto.DeleteRequest.PointsOneofCase.Filter ? null : IdColumns.Read(request.Ids, collection.Definition.IdKind, "ids"),
            Filter = FilterMessages.Read(request.Filter, collection.Definition.IdKind),
            Space = Contexts.Space(request.Context),
            RequestId = Contexts.RequestId(request.Context),
            Durability = Durabilities.Read(request.Durability),
        };
        WriteReceipt receipt = await collection.DeleteAsync(batch, cancellation);
        return new Proto.DeleteReply { Context = Contexts.Reply(collection, receipt.Generation, receipt.Lsn), Deleted = (ulong)receipt.Points };
    }

    public async Task<Proto.UpdatePayloadReply> UpdatePayloadAsync(Proto.UpdatePayloadRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await Contexts.WaitAsync(collection, request.Context, cancellation);
        PayloadBatch batch = new()
        {
            Ids = request.PointsCase == Proto.UpdatePayloadRequest.PointsOneofCase.Filter ? null : IdColumns.Read(request.Ids, collection.Definition.IdKind, "ids"),
            Filter = FilterMessages.Read(request.Filter, collection.Definition.IdKind),
            Change = request.ChangeCase switch
            {
                Proto.UpdatePayloadRequest.ChangeOneofCase.Set => new PayloadChange.Set(PayloadMessages.Read(request.Set, "set") ?? Payload.Empty),
                Proto.UpdatePayloadRequest.ChangeOneofCase.Replace => new PayloadChange.Replace(PayloadMessages.Read(request.Replace, "replace") ?? Payload.Empty),
                Proto.UpdatePayloadRequest.ChangeOneofCase.Remove => new PayloadChange.Remove([.. request.Remove.Names]),
                _ => throw new VectorSearchException(ErrorCode.InvalidArgument, "change", "nothing", "one of set, replace, remove"),
            },
            Space = Contexts.Space(request.Context),
            RequestId = Contexts.RequestId(request.Context),
            Durability = Durabilities.Read(request.Durability),
        };
        WriteReceipt receipt = await collection.UpdatePayloadAsync(batch, cancellation);
        return new Proto.UpdatePayloadReply { Context = Contexts.Reply(collection, receipt.Generation, receipt.Lsn), Updated = (ulong)receipt.Points };
    }

    public async Task<Proto.GetReply> GetAsync(Proto.GetRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await Contexts.WaitAsync(collection, request.Context, cancellation);
        Contexts.RefuseOtherSpace(collection, request.Context);
        PointRows rows = collection.Get(IdColumns.Read(request.Ids, collection.Definition.IdKind, "ids"), request.WithPayload, request.WithVectors, request.SkipMissing);
        Proto.GetReply reply = new()
        {
            Context = Contexts.Reply(collection, rows.Generation, rows.Lsn),
            Ids = IdColumns.Write(rows.Ids),
            Vectors = Matrices.Write(rows.Vectors, collection.Definition.Dimension),
        };
        if (rows.Payloads is not null) reply.Payloads.AddRange(PayloadMessages.Write(rows.Payloads, request.PayloadFields));
        return reply;
    }

    public async Task<Proto.ScrollReply> ScrollAsync(Proto.ScrollRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await Contexts.WaitAsync(collection, request.Context, cancellation);
        Contexts.RefuseOtherSpace(collection, request.Context);
        ulong generation = collection.Status.Generation;
        PointPage page = collection.Scroll(
            PageToken.Read(request.PageToken, generation),
            request.Limit == 0 ? DefaultPagePoints : QueryMessages.Clamp(request.Limit),
            request.WithPayload,
            request.WithVectors,
            FilterMessages.Read(request.Filter, collection.Definition.IdKind));
        Proto.ScrollReply reply = new()
        {
            Context = Contexts.Reply(collection, page.Rows.Generation, page.Rows.Lsn),
            Ids = IdColumns.Write(page.Rows.Ids),
            Vectors = Matrices.Write(page.Rows.Vectors, collection.Definition.Dimension),
            NextPageToken = page.NextSlot is { } next ? PageToken.Write(next, generation) : "",
        };
        if (page.Rows.Payloads is not null) reply.Payloads.AddRange(PayloadMessages.Write(page.Rows.Payloads, request.PayloadFields));
        return reply;
    }

    public async Task<Proto.CountReply> CountAsync(Proto.CountRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await Contexts.WaitAsync(collection, request.Context, cancellation);
        Contexts.RefuseOtherSpace(collection, request.Context);
        Proto.ReplyContext context = Contexts.Reply(collection);
        PayloadFilter? filter = FilterMessages.Read(request.Filter, collection.Definition.IdKind);
        return new Proto.CountReply { Context = context, Points = (ulong)(filter is null ? collection.Count : collection.CountMatches(filter)) };
    }

    public async Task<Proto.FacetReply> FacetAsync(Proto.FacetRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await Contexts.WaitAsync(collection, request.Context, cancellation);
        Contexts.RefuseOtherSpace(collection, request.Context);
        FacetResult facet = collection.Facet(new FacetQuery
        {
            Field = request.Field,
            Filter = FilterMessages.Read(request.Filter, collection.Definition.IdKind),
            Limit = request.Limit == 0 ? (int)CollectionLimits.Answers.Default : QueryMessages.Clamp(request.Limit),
        });
        Proto.FacetReply reply = new() { Context = Contexts.Reply(collection, collection.Status.Generation, facet.Lsn), Distinct = (ulong)facet.Distinct };
        foreach (FacetCount count in facet.Counts) reply.Counts.Add(new Proto.FacetCount { Value = PayloadMessages.Write(count.Value), Points = (ulong)count.Points });
        return reply;
    }
}
