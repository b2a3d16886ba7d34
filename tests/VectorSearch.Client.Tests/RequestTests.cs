using System.Runtime.InteropServices;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client.Tests;

public class RequestTests
{
    private static readonly VectorSearchClientOptions SmallMessages = new() { MaxMessageBytes = VectorSearchClientOptions.MinMaxMessageBytes };

    [Fact]
    public async Task The_space_is_learned_from_the_first_answer_and_sent_with_vectors_from_then_on()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            (_, _) => Task.FromResult(new CountReply { Context = new ReplyContext { SpaceId = "client:a@1" } }), Accept);
        using var client = new VectorSearchClient(server.Address);
        PointsClient points = client.Points("a");
        await points.CountAsync();
        await points.CountAsync();
        await points.UpsertAsync(1UL, new float[] { 1 });
        await points.UpsertAsync(1UL, [ModelInput.Text("a")]);
        await client.Points("a", "client:named@1").CountAsync();
        Assert.Equal("client:a@1", points.SpaceId);
        Assert.Equal(["", "", "client:named@1"], server.Calls.OfType<CountRequest>().Select(call => call.Context.SpaceId));
        Assert.Equal(["client:a@1", ""], server.Calls.OfType<UpsertRequest>().Select(call => call.Context.SpaceId));
    }

    [Fact]
    public async Task Reads_ask_for_the_newest_write_of_their_own()
    {
        Queue<ulong> acknowledged = new([41, 40]);
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            (_, _) => Task.FromResult(new CountReply()),
            (_, _) => Task.FromResult(new UpsertReply { Upserted = 1, Context = new ReplyContext { Lsn = acknowledged.Dequeue() } }));
        using var client = new VectorSearchClient(server.Address);
        PointsClient points = client.Points("a");
        await points.UpsertAsync(1UL, new float[] { 1 });
        await points.UpsertAsync(1UL, new float[] { 1 });
        await points.CountAsync();
        Assert.Equal(41UL, server.Calls.OfType<CountRequest>().Single().Context.MinLsn);
    }

    [Fact]
    public async Task A_large_upsert_goes_in_pieces_and_in_order()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(upsert: Accept);
        using var client = new VectorSearchClient(server.Address, SmallMessages);
        float[] values = [.. Enumerable.Range(0, 100_000).Select(i => (float)i)];
        ulong[] ids = [.. Enumerable.Range(0, 1000).Select(i => (ulong)i)];
        Assert.Equal(1000, await client.Points("a").UpsertAsync(ids, new Vectors(values, 100)));

        UpsertRequest[] calls = [.. server.Calls.Cast<UpsertRequest>()];
        Assert.True(calls.Length > 6);
        Assert.All(calls, call => Assert.InRange(call.CalculateSize(), 1, SmallMessages.MaxMessageBytes));
        Assert.Equal(ids, calls.SelectMany(call => call.Ids.Numbers));
        Assert.Equal(values, calls.SelectMany(call => MemoryMarshal.Cast<byte, float>(call.Vectors.Data.Span).ToArray()));
        Assert.Equal(calls.Length, calls.Select(call => call.Context.RequestId).Distinct().Count());
    }

    [Fact]
    public async Task Payloads_and_the_text_of_ids_count()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(upsert: Accept);
        using var client = new VectorSearchClient(server.Address, SmallMessages);
        string[] ids = [.. Enumerable.Range(0, 300).Select(i => $"{i:D500}")];
        var payloads = ids.Select((_, i) => new Dictionary<string, object?> { ["n"] = i, ["text"] = new string('x', 1000) }).ToArray();
        float[][] vectors = [.. ids.Select(_ => new float[] { 1, 2 })];
        Assert.Equal(300, await client.Points("a").UpsertAsync(ids, vectors, payloads));

        UpsertRequest[] calls = [.. server.Calls.Cast<UpsertRequest>()];
        Assert.All(calls, call => Assert.InRange(call.CalculateSize(), 1, SmallMessages.MaxMessageBytes));
        Assert.Equal(ids, calls.SelectMany(call => call.Ids.Strings));
        Assert.Equal(Enumerable.Range(0, 300).Select(i => (long)i), calls.SelectMany(call => call.Payloads).Select(payload => payload.Fields["n"].Integer));
    }

    [Fact]
    public async Task A_failure_says_how_many_rows_went_before()
    {
        int calls = 0;
        await using ScriptedServer server = await ScriptedServer.StartAsync(upsert: (request, call) => ++calls == 3
            ? throw new RpcException(GrpcStatusCode.InvalidArgument, "vectors: row 0 is NaN")
            : Accept(request, call));
        using var client = new VectorSearchClient(server.Address, SmallMessages);
        var fault = await Assert.ThrowsAsync<VectorSearchClientException>(
            () => client.Points("a").UpsertAsync(new ulong[1000], new Vectors(new float[100_000], 100)));
        Assert.Equal(server.Calls.Take(2).Cast<UpsertRequest>().Sum(call => call.Ids.Numbers.Count), fault.Upserted);
    }

    [Fact]
    public async Task Features_are_sent_in_their_kind()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(query: (request, _) =>
            Task.FromResult(new QueryReply { Counts = { request.Features.Rows.Select(_ => 0u) } }));
        using var client = new VectorSearchClient(server.Address);
        Features[] features =
        [
            ModelInput.History(["1", "2"], [1, 0.5f]), ModelInput.Sparse(new Dictionary<string, float> { ["cheap"] = 2 }),
            ModelInput.Text("a b"), ModelInput.Media([0], "audio/wav"),
        ];
        Assert.Equal(4, (await client.Points("a").QueryAsync(features, new() { ExcludeHistory = true })).Count);
        QueryRequest sent = server.Calls.Cast<QueryRequest>().Single();
        Assert.Equal(features, sent.Features.Rows);
        Assert.True(sent.ExcludeHistory);
    }

    [Fact]
    public async Task Rows_that_do_not_fit_their_ids_are_refused_before_anything_is_sent()
    {
        using var client = new VectorSearchClient(new Uri("http://127.0.0.1:1"));
        PointsClient points = client.Points("a");
        await Assert.ThrowsAsync<ArgumentException>(() => points.UpsertAsync((ulong[])[1, 2], new float[] { 1 }));
        await Assert.ThrowsAsync<ArgumentException>(() => points.UpsertAsync(1UL, new float[] { 1 }, [null, null]));
        await Assert.ThrowsAsync<ArgumentException>(() => points.UpsertAsync("a", (Features[])[]));
        Assert.Throws<ArgumentException>(() => new Vectors(new float[5], 2));
        Assert.Throws<ArgumentException>(() => (Vectors)(float[][])[[1, 2], [3]]);
    }

    [Fact]
    public void A_payload_value_without_a_form_is_refused_by_name()
    {
        var fault = Assert.Throws<ArgumentException>(() => PayloadFields.Write(new Dictionary<string, object?> { ["when"] = new object() }));
        Assert.Contains("'when'", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, 1, 1)]
    [InlineData(10, 30_000, 10)]
    [InlineData(3, 1_000_000, 3)]
    [InlineData(0, 1, 0)]
    public void Pieces_cover_every_row_once(int rows, int rowBytes, int pieces)
    {
        Range[] split = [.. MessagePieces.Split(rows, 40_000, _ => rowBytes)];
        Assert.Equal(pieces, split.Length);
        Assert.Equal(Enumerable.Range(0, rows), split.SelectMany(range => Enumerable.Range(0, rows).Take(range)));
    }

    private static Task<UpsertReply> Accept(UpsertRequest request, VectorSearch.Grpc.Kestrel.ServerCall call) =>
        Task.FromResult(new UpsertReply { Upserted = (ulong)(request.Ids.Numbers.Count + request.Ids.Strings.Count) });
}
