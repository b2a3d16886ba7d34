using Google.Protobuf;
using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>Every reply says in which space, by which generation and up to which write it was answered; requests are held to what they ask.</summary>
public sealed class ReplyContextTests(RunningServer server) : IClassFixture<RunningServer>
{
    private static readonly Google.Protobuf.Reflection.ServiceDescriptor Points = PointsReflection.Descriptor.Services[0];
    private static readonly GrpcMethod<UpsertRequest, UpsertReply> Upsert = new(Points, "Upsert");
    private static readonly GrpcMethod<QueryRequest, QueryReply> Query = new(Points, "Query");
    private static readonly GrpcMethod<GetRequest, GetReply> Get = new(Points, "Get");
    private static readonly GrpcMethod<DeleteRequest, DeleteReply> Delete = new(Points, "Delete");
    private static readonly GrpcMethod<CountRequest, CountReply> Count = new(Points, "Count");
    private static readonly GrpcMethod<ScrollRequest, ScrollReply> Scroll = new(Points, "Scroll");

    private static Matrix Row(params float[] row) => new()
    {
        Data = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(row)), Type = ElementType.Float32, Dim = (uint)row.Length, Rows = 1,
    };

    private Task<UpsertReply> UpsertAsync(string collection, ulong id, RequestContext? context = null) => server.Channel.UnaryAsync(
        Upsert, new UpsertRequest { Context = context, Collection = collection, Ids = new IdColumn { Numbers = { id } }, Vectors = Row(id, 1) });

    [Fact]
    public async Task Every_kind_of_reply_carries_space_generation_and_lsn()
    {
        await server.CreateAsync("replies");
        IdColumn one = new() { Numbers = { 1 } };
        UpsertReply written = await UpsertAsync("replies", 1);
        List<ReplyContext> contexts =
        [
            written.Context,
            (await server.Channel.UnaryAsync(Query, new QueryRequest { Collection = "replies", Vectors = Row(1, 1) })).Context,
            (await server.Channel.UnaryAsync(Get, new GetRequest { Collection = "replies", Ids = one })).Context,
            (await server.Channel.UnaryAsync(Count, new CountRequest { Collection = "replies" })).Context,
            (await server.Channel.UnaryAsync(Scroll, new ScrollRequest { Collection = "replies" })).Context,
            (await server.Channel.UnaryAsync(Delete, new DeleteRequest { Collection = "replies", Ids = one })).Context,
        ];
        Assert.All(contexts, context => Assert.Equal(RunningServer.Space, context.SpaceId));
        Assert.All(contexts, context => Assert.Equal(1UL, context.Generation));
        Assert.All(contexts, context => Assert.True(context.Lsn >= written.Context.Lsn));
        Assert.True(contexts[^1].Lsn > written.Context.Lsn, "A delete is a write of its own.");
    }

    [Fact]
    public async Task Another_space_is_refused_by_every_method_and_both_are_named()
    {
        await server.CreateAsync("spaces");
        await UpsertAsync("spaces", 1);
        RequestContext other = new() { SpaceId = "client:other@7" };
        IdColumn one = new() { Numbers = { 1 } };
        Func<Task>[] calls =
        [
            () => UpsertAsync("spaces", 2, other),
            () => server.Channel.UnaryAsync(Query, new QueryRequest { Context = other, Collection = "spaces", Vectors = Row(1, 1) }),
            () => server.Channel.UnaryAsync(Get, new GetRequest { Context = other, Collection = "spaces", Ids = one }),
            () => server.Channel.UnaryAsync(Count, new CountRequest { Context = other, Collection = "spaces" }),
            () => server.Channel.UnaryAsync(Scroll, new ScrollRequest { Context = other, Collection = "spaces" }),
            () => server.Channel.UnaryAsync(Delete, new DeleteRequest { Context = other, Collection = "spaces", Ids = one }),
        ];
        foreach (Func<Task> call in calls)
        {
            RpcException refused = await Assert.ThrowsAsync<RpcException>(call);
            Assert.Equal(GrpcStatusCode.FailedPrecondition, refused.Status.Code);
            Assert.Contains(RunningServer.Space, refused.Status.Message, StringComparison.Ordinal);
            Assert.Contains("client:other@7", refused.Status.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, await server.Client.Points("spaces").CountAsync());
    }

    [Fact]
    public async Task A_request_id_that_comes_again_is_done_once_and_answered_alike()
    {
        await server.CreateAsync("requests");
        RequestContext named = new() { RequestId = "import-1" };
        UpsertReply first = await UpsertAsync("requests", 1, named);
        UpsertReply again = await UpsertAsync("requests", 1, named);
        Assert.Equal(first, again);
        UpsertReply another = await UpsertAsync("requests", 1, new RequestContext { RequestId = "import-2" });
        Assert.True(another.Context.Lsn > first.Context.Lsn);
    }

    [Fact]
    public async Task A_read_that_asks_for_a_write_sees_it_and_a_number_never_given_is_refused()
    {
        await server.CreateAsync("lsn");
        ulong lsn = (await UpsertAsync("lsn", 1)).Context.Lsn;
        QueryReply seen = await server.Channel.UnaryAsync(
            Query, new QueryRequest { Context = new RequestContext { MinLsn = lsn }, Collection = "lsn", Vectors = Row(1, 1) });
        Assert.Equal([1UL], seen.Ids.Numbers);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(
            Count, new CountRequest { Context = new RequestContext { MinLsn = lsn + 1000 }, Collection = "lsn" }));
        Assert.Equal(GrpcStatusCode.FailedPrecondition, refused.Status.Code);
    }

    [Fact]
    public async Task A_wrong_field_is_named_in_the_details_that_programs_read()
    {
        await server.CreateAsync("details");
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(
            Upsert, new UpsertRequest { Collection = "details", Ids = new IdColumn { Numbers = { 1 } }, Vectors = Row(1, 2, 3) }));
        Assert.Equal(GrpcStatusCode.InvalidArgument, refused.Status.Code);
        Assert.True(refused.Status.TryGetDetail(out VectorSearch.Grpc.ErrorModel.BadRequest? bad));
        Assert.Equal("vectors.dim", Assert.Single(bad.FieldViolations).Field);
    }

    [Fact]
    public async Task A_scroll_meets_every_point_once_and_its_token_is_refused_when_it_was_changed()
    {
        await server.CreateAsync("scroll");
        PointsClient points = server.Client.Points("scroll");
        ulong[] ids = [.. Enumerable.Range(0, 250).Select(i => (ulong)i)];
        await points.UpsertAsync(ids, ids.Select(id => new float[] { id, 1 }).ToArray());
        await points.DeleteAsync(new ulong[] { 3, 77 });
        List<ulong> met = [];
        await foreach (Point point in points.ScrollAsync(pageSize: 60)) met.Add(point.Id.Number);
        Assert.Equal(ids.Where(id => id is not (3 or 77)), met.Order());
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(Scroll, new ScrollRequest { Collection = "scroll", PageToken = "no token" }));
        Assert.Equal(GrpcStatusCode.InvalidArgument, refused.Status.Code);
    }
}
