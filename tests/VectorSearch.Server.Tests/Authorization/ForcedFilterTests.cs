using Google.Protobuf;
using VectorSearch.Grpc;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Protocol.V1;
using VectorSearch.Server.Authorization;

namespace VectorSearch.Server.Tests.Authorization;

/// <summary>What becomes of a request under a filter that lets through the points 1 and 2.</summary>
public sealed class ForcedFilterTests
{
    private const string Forced = """{ "must": [{ "match": { "field": "tenant", "anyOf": [{ "integer": "7" }] } }] }""";

    private static readonly Filter Own = new() { Must = { new Condition { IsEmpty = new IsEmpty { Field = "year" } } } };

    private readonly ForcedFilter _filters = new((page, _) =>
    {
        Assert.Equal(Parsed, page.Filter.Must[0].Filter);
        ulong[] visible = [.. page.Filter.Must[1].Filter.Must[0].HasId.Ids.Numbers.Where(id => id <= 2)];

        // In two pages, as a server may answer.
        bool isFirst = page.PageToken.Length == 0;
        return Task.FromResult(new ScrollReply { Ids = new IdColumn { Numbers = { isFirst ? visible.Take(1) : visible.Skip(1) } }, NextPageToken = isFirst ? "more" : "" });
    });

    private static Filter Parsed => JsonParser.Default.Parse<Filter>(Forced);

    public static TheoryData<IMessage, CallAccess> Narrowable => new()
    {
        { new QueryRequest { Vectors = new Matrix(), Filter = Own }, CallAccess.Read },
        { new ScrollRequest { Filter = Own }, CallAccess.Read },
        { new CountRequest { Filter = Own }, CallAccess.Read },
        { new FacetRequest { Filter = Own }, CallAccess.Read },
        { new EstimateRecallRequest { Filter = Own }, CallAccess.Read },
        { new DeleteRequest { Filter = Own }, CallAccess.Write },
    };

    [Theory]
    [MemberData(nameof(Narrowable))]
    public async Task The_forced_filter_must_hold_beside_the_callers_own(IMessage request, CallAccess access)
    {
        await _filters.NarrowAsync(request, access, Forced, CancellationToken.None);
        Filter filter = (Filter)request.Descriptor.FindFieldByName("filter").Accessor.GetValue(request);
        Assert.Equal([new Condition { Filter = Parsed }, new Condition { Filter = Own }], filter.Must);
        Assert.Empty(filter.Should);
        Assert.Empty(filter.MustNot);
    }

    [Fact]
    public async Task A_request_without_a_filter_gets_the_forced_one()
    {
        QueryRequest query = new() { Vectors = new Matrix(), Prefetch = { new Prefetch { Prefetch_ = { new Prefetch() } } } };
        await _filters.NarrowAsync(new ExplainRequest { Query = query }, CallAccess.Read, Forced, CancellationToken.None);
        Condition forced = new() { Filter = Parsed };
        Assert.Equal([forced], query.Filter.Must);
        Assert.Equal([forced], query.Prefetch[0].Filter.Must);
        Assert.Equal([forced], query.Prefetch[0].Prefetch_[0].Filter.Must);
    }

    public static TheoryData<QueryRequest> NamingHiddenPoints => new()
    {
        new QueryRequest { Ids = new IdColumn { Numbers = { 1, 3 } } },
        new QueryRequest { Examples = new ExampleRows { Rows = { new Examples { Positive = new IdColumn { Numbers = { 1 } }, Negative = new IdColumn { Numbers = { 3 } } } } } },
        new QueryRequest { Histories = new HistoryRows { Rows = { new PointHistory { Ids = new IdColumn { Numbers = { 3 } } } } } },
        new QueryRequest { Vectors = new Matrix(), Prefetch = { new Prefetch { Ids = new IdColumn { Numbers = { 3 } } } } },
    };

    [Theory]
    [MemberData(nameof(NamingHiddenPoints))]
    public async Task A_point_that_the_filter_hides_is_no_example(QueryRequest query)
    {
        RpcException fault = await Assert.ThrowsAsync<RpcException>(async () => await _filters.NarrowAsync(query, CallAccess.Read, Forced, CancellationToken.None));
        Assert.Equal(GrpcStatusCode.NotFound, fault.Code);
    }

    [Fact]
    public async Task Get_finds_what_the_filter_lets_through()
    {
        GetRequest all = new() { Ids = new IdColumn { Numbers = { 1, 2, 3 } } };
        Assert.Equal(GrpcStatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(async () => await _filters.NarrowAsync(all, CallAccess.Read, Forced, CancellationToken.None))).Code);
        all.SkipMissing = true;
        await _filters.NarrowAsync(all, CallAccess.Read, Forced, CancellationToken.None);
        Assert.Equal([1UL, 2UL], all.Ids.Numbers);
    }

    [Fact]
    public async Task Ids_to_delete_become_a_condition()
    {
        DeleteRequest delete = new() { Ids = new IdColumn { Numbers = { 1, 3 } } };
        await _filters.NarrowAsync(delete, CallAccess.Write, Forced, CancellationToken.None);
        Assert.Equal(DeleteRequest.PointsOneofCase.Filter, delete.PointsCase);
        Assert.Equal(Parsed, delete.Filter.Must[0].Filter);
        Assert.Equal([1UL, 3UL], delete.Filter.Must[1].Filter.Must[0].HasId.Ids.Numbers);
    }

    [Fact]
    public async Task A_deletion_of_everything_stays_refusable()
    {
        DeleteRequest delete = new() { Filter = new Filter() };
        await _filters.NarrowAsync(delete, CallAccess.Write, Forced, CancellationToken.None);
        Assert.Equal(new Filter(), delete.Filter);
    }

    public static TheoryData<IMessage, CallAccess> NotNarrowable => new()
    {
        { new UpsertRequest(), CallAccess.Write },
        { new UpdatePayloadRequest(), CallAccess.Write },
        { new IngestRequest(), CallAccess.Write },
        { new CreateCollectionRequest(), CallAccess.Admin },
        { new ListAliasesRequest { Collection = "films" }, CallAccess.Read },
    };

    [Theory]
    [MemberData(nameof(NotNarrowable))]
    public async Task What_cannot_be_narrowed_is_refused(IMessage request, CallAccess access) => Assert.Equal(
        GrpcStatusCode.PermissionDenied,
        (await Assert.ThrowsAsync<RpcException>(async () => await _filters.NarrowAsync(request, access, Forced, CancellationToken.None))).Code);

    [Theory]
    [InlineData("{ \"tenant\": 7 }")]
    [InlineData("{}")]
    [InlineData("7")]
    public async Task A_token_whose_filter_is_none_gets_nothing(string json) => Assert.Equal(
        GrpcStatusCode.PermissionDenied,
        (await Assert.ThrowsAsync<RpcException>(async () => await _filters.NarrowAsync(new CountRequest(), CallAccess.Read, json, CancellationToken.None))).Code);
}
