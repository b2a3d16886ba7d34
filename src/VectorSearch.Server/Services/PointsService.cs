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
        await Contexts.WaitAsync(collection, request.Context, cancellation);
        WriteReceipt receipt = await collection.UpsertAsync(Read(request, collection), cancellation);
        return new Proto.UpsertReply { Context = Contexts.Reply(receipt.Space, receipt.Generation, receipt.Lsn), Upserted = (ulong)receipt.Points };
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
        return new Proto.DeleteReply { Context = Contexts.Reply(receipt.Space, receipt.Generation, receipt.Lsn), Deleted = (ulong)receipt.Points };
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
        return new Proto.UpdatePayloadReply { Context = Contexts.Reply(receipt.Space, receipt.Generation, receipt.Lsn), Updated = (ulong)receipt.Points };
    }

    public async Task<Proto.GetReply> GetAsync(Proto.GetRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await Contexts.WaitAsync(collection, request.Context, cancellation);
        using GenerationReader serving = collection.Pin();
        SpaceGuard.Refuse(collection, serving.Space, Contexts.Space(request.Context));
        PointRows rows = serving.Get(IdColumns.Read(request.Ids, serving.Definition.IdKind, "ids"), request.WithPayload, request.WithVectors, request.SkipMissing);
        Proto.GetReply reply = new()
        {
            Context = Contexts.Reply(rows.Space, rows.Generation, rows.Lsn),
            Ids = IdColumns.Write(rows.Ids),
            Vectors = Matrices.Write(rows.Vectors, serving.Definition.Dimension),
        };
        if (rows.Payloads is not null) reply.Payloads.AddRange(PayloadMessages.Write(rows.Payloads, request.PayloadFields));
        return reply;
    }

    public async Task<Proto.ScrollReply> ScrollAsync(Proto.ScrollRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await Contexts.WaitAsync(collection, request.Context, cancellation);
        (ulong generation, int slot) = PageToken.Read(request.PageToken);

        // A scroll ends in the generation in which it began: another one has other slots.
        using GenerationReader serving = Pin(collection, generation);
        SpaceGuard.Refuse(collection, serving.Space, Contexts.Space(request.Context));
        PointPage page = serving.Scroll(
            slot,
            request.Limit == 0 ? DefaultPagePoints : QueryMessages.Clamp(request.Limit),
            request.WithPayload,
            request.WithVectors,
            FilterMessages.Read(request.Filter, collection.Definition.IdKind));
        Proto.ScrollReply reply = new()
        {
            Context = Contexts.Reply(page.Rows.Space, page.Rows.Generation, page.Rows.Lsn),
            Ids = IdColumns.Write(page.Rows.Ids),
            Vectors = Matrices.Write(page.Rows.Vectors, serving.Definition.Dimension),
            NextPageToken = page.NextSlot is { } next ? PageToken.Write(next, serving.Number) : "",
        };
        if (page.Rows.Payloads is not null) reply.Payloads.AddRange(PayloadMessages.Write(page.Rows.Payloads, request.PayloadFields));
        return reply;
    }

    public async Task<Proto.CountReply> CountAsync(Proto.CountRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await Contexts.WaitAsync(collection, request.Context, cancellation);
        using GenerationReader serving = collection.Pin();
        SpaceGuard.Refuse(collection, serving.Space, Contexts.Space(request.Context));
        Proto.ReplyContext context = Contexts.Reply(serving.Space, serving.Number, collection.Lsn);
        PayloadFilter? filter = FilterMessages.Read(request.Filter, serving.Definition.IdKind);
        return new Proto.CountReply { Context = context, Points = (ulong)(filter is null ? serving.Count : serving.CountMatches(filter)) };
    }

    public async Task<Proto.FacetReply> FacetAsync(Proto.FacetRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        await Contexts.WaitAsync(collection, request.Context, cancellation);
        using GenerationReader serving = collection.Pin();
        SpaceGuard.Refuse(collection, serving.Space, Contexts.Space(request.Context));
        FacetResult facet = serving.Facet(new FacetQuery
        {
            Field = request.Field,
            Filter = FilterMessages.Read(request.Filter, collection.Definition.IdKind),
            Limit = request.Limit == 0 ? (int)CollectionLimits.Answers.Default : QueryMessages.Clamp(request.Limit),
        });
        Proto.FacetReply reply = new() { Context = Contexts.Reply(facet.Space, facet.Generation, facet.Lsn), Distinct = (ulong)facet.Distinct };
        foreach (FacetCount count in facet.Counts) reply.Counts.Add(new Proto.FacetCount { Value = PayloadMessages.Write(count.Value), Points = (ulong)count.Points });
        return reply;
    }

    /// <summary>
    /// Vectors are held to the space of the moment even if the call names none: it may be another one when the write has its
    /// place. Features are embedded in whatever space that is.
    /// </summary>
    private static UpsertBatch Read(Proto.UpsertRequest request, Collection collection)
    {
        using GenerationReader serving = collection.Pin();
        SpaceId space = Contexts.Space(request.Context);
        SpaceGuard.Refuse(collection, serving.Space, space);
        bool hasVectors = request.SourceCase == Proto.UpsertRequest.SourceOneofCase.Vectors;
        IReadOnlyList<PointId> ids = IdColumns.Read(request.Ids, serving.Definition.IdKind, "ids");
        return new UpsertBatch
        {
            Ids = ids,
            Vectors = hasVectors ? Matrices.Read(request.Vectors, serving.Definition.Dimension, "vectors") : default(ReadOnlyMemory<float>),
            Features = request.SourceCase == Proto.UpsertRequest.SourceOneofCase.Features ? FeatureMessages.Read(request.Features, "features") : null,
            Payloads = PayloadMessages.Read(request.Payloads, ids.Count),
            Space = hasVectors ? SpaceGuard.OfVectors(collection, serving, space) : space,
            RequestId = Contexts.RequestId(request.Context),
            Durability = Durabilities.Read(request.Durability),
        };
    }

    private static GenerationReader Pin(Collection collection, ulong generation)
    {
        try
        {
            return collection.Pin(generation);
        }
        catch (VectorSearchException gone) when (gone.Code == ErrorCode.NotFound && generation != 0)
        {
            throw new VectorSearchException(
                ErrorCode.FailedPrecondition, "page_token", $"a token of generation {generation}, which is gone", $"no token: begin again, in generation {collection.Status.Generation}");
        }
    }
}
