using Google.Protobuf;
using VectorSearch.Grpc;
using VectorSearch.Grpc.Kestrel;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Authorization;

/// <summary>Pages through the points that a filter lets through: the Scroll of the Points service.</summary>
internal delegate Task<Proto.ScrollReply> ScrollPoints(Proto.ScrollRequest request, CancellationToken cancellation);

/// <summary>
/// Narrows requests by the filter that a caller's key or token forces: what it does not let through is not there for this
/// caller, in answers as in examples and ids. Methods that cannot be narrowed are refused, those added later among them.
/// </summary>
/// <param name="scroll">Tells which ids the caller may see.</param>
internal sealed class ForcedFilter(ScrollPoints scroll)
{
    /// <summary>Ids asked about at once: as many as one page of Scroll has.</summary>
    private const int PageIds = 10_000;

    /// <summary>Why a text is no filter; null if it is one.</summary>
    public static string? Fault(string json)
    {
        try
        {
            Proto.Filter filter = JsonParser.Default.Parse<Proto.Filter>(json);
            return filter.Must.Count + filter.Should.Count + filter.MustNot.Count == 0 ? "it has no conditions, so it would let everything through" : null;
        }
        catch (Exception fault) when (fault is InvalidJsonException or InvalidProtocolBufferException)
        {
            return fault.Message;
        }
    }

    /// <summary>Narrows a request of a caller that has a filter.</summary>
    /// <param name="request">Changed in place.</param>
    /// <param name="access">What the method needs.</param>
    /// <param name="json">The caller's filter.</param>
    /// <param name="cancellation">The caller gave up.</param>
    /// <exception cref="RpcException">
    /// <see cref="GrpcStatusCode.PermissionDenied"/> for a method that cannot be narrowed or a filter that is none,
    /// <see cref="GrpcStatusCode.NotFound"/> for an id that the caller may not see.
    /// </exception>
    public async ValueTask NarrowAsync(IMessage request, CallAccess access, string json, CancellationToken cancellation)
    {
        if (Fault(json) is { } fault) throw new RpcException(GrpcStatusCode.PermissionDenied, $"The filter of this caller is no filter: {fault}.");
        Proto.Filter forced = JsonParser.Default.Parse<Proto.Filter>(json);
        switch (request)
        {
            case Proto.QueryRequest query:
                await NarrowAsync(query, forced, cancellation);
                break;
            case Proto.ExplainRequest explain:
                explain.Query ??= new Proto.QueryRequest();
                await NarrowAsync(explain.Query, forced, cancellation);
                break;
            case Proto.ScrollRequest page:
                page.Filter = Both(forced, page.Filter);
                break;
            case Proto.CountRequest count:
                count.Filter = Both(forced, count.Filter);
                break;
            case Proto.FacetRequest facet:
                facet.Filter = Both(forced, facet.Filter);
                break;
            case Proto.EstimateRecallRequest estimate:
                estimate.Filter = Both(forced, estimate.Filter);
                break;
            case Proto.DeleteRequest delete:
                Narrow(delete, forced);
                break;
            case Proto.GetRequest get:
                await NarrowAsync(get, forced, cancellation);
                break;
            default:
                // Reads of other services show no points. Writes could move points across the filter.
                if (access > CallAccess.Read || request.Descriptor.FindFieldByName("collection") is not null && request is not Proto.EncodeRequest)
                    throw new RpcException(GrpcStatusCode.PermissionDenied, $"This caller sees points through a filter, and {request.Descriptor.Name} cannot be narrowed by one.");
                break;
        }
    }

    private async ValueTask NarrowAsync(Proto.QueryRequest query, Proto.Filter forced, CancellationToken cancellation)
    {
        foreach (Proto.IdColumn ids in Named(query)) await RequireVisibleAsync(query.Collection, ids, forced, cancellation);
        foreach (Proto.Prefetch prefetch in query.Prefetch) await NarrowAsync(query.Collection, prefetch, forced, cancellation);
        query.Filter = Both(forced, query.Filter);
    }

    private async ValueTask NarrowAsync(string collection, Proto.Prefetch prefetch, Proto.Filter forced, CancellationToken cancellation)
    {
        foreach (Proto.IdColumn ids in Named(prefetch)) await RequireVisibleAsync(collection, ids, forced, cancellation);
        foreach (Proto.Prefetch inner in prefetch.Prefetch_) await NarrowAsync(collection, inner, forced, cancellation);
        prefetch.Filter = Both(forced, prefetch.Filter);
    }

    /// <summary>Ids become a condition, so that those the caller may not see are as if they were not there.</summary>
    private static void Narrow(Proto.DeleteRequest delete, Proto.Filter forced)
    {
        if (delete.PointsCase == Proto.DeleteRequest.PointsOneofCase.Filter)
        {
            // Without conditions of its own the request would have been refused; the forced ones must not save it.
            if (delete.Filter.Must.Count + delete.Filter.Should.Count + delete.Filter.MustNot.Count > 0) delete.Filter = Both(forced, delete.Filter);
        }
        else if (delete.Ids is { } ids && ids.Numbers.Count + ids.Strings.Count > 0)
        {
            delete.Filter = Both(forced, new Proto.Filter { Must = { new Proto.Condition { HasId = new Proto.HasId { Ids = ids } } } });
        }
    }

    private async ValueTask NarrowAsync(Proto.GetRequest get, Proto.Filter forced, CancellationToken cancellation)
    {
        if (get.Ids is null) return;
        if (!get.SkipMissing)
        {
            await RequireVisibleAsync(get.Collection, get.Ids, forced, cancellation);
            return;
        }

        (HashSet<ulong> numbers, HashSet<string> strings) = await VisibleAsync(get.Collection, get.Ids, forced, cancellation);
        get.Ids = new Proto.IdColumn { Numbers = { get.Ids.Numbers.Where(numbers.Contains) }, Strings = { get.Ids.Strings.Where(strings.Contains) } };
    }

    private static IEnumerable<Proto.IdColumn> Named(Proto.QueryRequest query) => query.ByCase switch
    {
        Proto.QueryRequest.ByOneofCase.Ids => [query.Ids],
        Proto.QueryRequest.ByOneofCase.Examples => Named(query.Examples),
        Proto.QueryRequest.ByOneofCase.Histories => Named(query.Histories),
        _ => [],
    };

    private static IEnumerable<Proto.IdColumn> Named(Proto.Prefetch prefetch) => prefetch.ByCase switch
    {
        Proto.Prefetch.ByOneofCase.Ids => [prefetch.Ids],
        Proto.Prefetch.ByOneofCase.Examples => Named(prefetch.Examples),
        Proto.Prefetch.ByOneofCase.Histories => Named(prefetch.Histories),
        _ => [],
    };

    private static IEnumerable<Proto.IdColumn> Named(Proto.ExampleRows examples) =>
        examples.Rows.SelectMany(row => new[] { row.Positive, row.Negative }).Where(ids => ids is not null);

    private static IEnumerable<Proto.IdColumn> Named(Proto.HistoryRows histories) =>
        histories.Rows.Select(row => row.Ids).Where(ids => ids is not null);

    private async ValueTask RequireVisibleAsync(string collection, Proto.IdColumn ids, Proto.Filter forced, CancellationToken cancellation)
    {
        (HashSet<ulong> numbers, HashSet<string> strings) = await VisibleAsync(collection, ids, forced, cancellation);
        foreach (ulong number in ids.Numbers)
        {
            if (!numbers.Contains(number)) throw Hidden(number.ToString(System.Globalization.CultureInfo.InvariantCulture), collection);
        }

        foreach (string text in ids.Strings)
        {
            if (!strings.Contains(text)) throw Hidden(text, collection);
        }
    }

    private async ValueTask<(HashSet<ulong> Numbers, HashSet<string> Strings)> VisibleAsync(
        string collection, Proto.IdColumn ids, Proto.Filter forced, CancellationToken cancellation)
    {
        (HashSet<ulong> numbers, HashSet<string> strings) = ([], []);
        if (ids.Numbers.Count + ids.Strings.Count == 0) return (numbers, strings);
        Proto.ScrollRequest page = new()
        {
            Collection = collection,
            Limit = PageIds,
            Filter = Both(forced, new Proto.Filter { Must = { new Proto.Condition { HasId = new Proto.HasId { Ids = ids } } } }),
        };
        do
        {
            Proto.ScrollReply reply = await scroll(page, cancellation);
            numbers.UnionWith(reply.Ids.Numbers);
            strings.UnionWith(reply.Ids.Strings);
            page.PageToken = reply.NextPageToken;
        }
        while (page.PageToken.Length > 0);
        return (numbers, strings);
    }

    private static Proto.Filter Both(Proto.Filter forced, Proto.Filter? own)
    {
        Proto.Filter both = new() { Must = { new Proto.Condition { Filter = forced } } };
        if (own is not null) both.Must.Add(new Proto.Condition { Filter = own });
        return both;
    }

    // The words are those for an id that is not there: whether it is must not be told.
    private static RpcException Hidden(string id, string collection) => new(GrpcStatusCode.NotFound, $"ids: there is no point {id} in '{collection}'.");
}
