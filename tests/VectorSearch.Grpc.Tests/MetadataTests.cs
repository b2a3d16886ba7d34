using VectorSearch.Interop.Server;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class MetadataTests
{
    private static readonly byte[] Bytes = [0xab, 0xab, 0xab];

    [Fact]
    public async Task Text_and_binary_metadata_make_the_round_trip_of_a_unary_call()
    {
        await using TestServer server = await TestServer.StartAsync();
        GrpcReply<SimpleResponse> reply = await server.Channel.UnaryWithMetadataAsync(TestServer.UnaryCall, TestServer.Request(), Options());
        Assert.Equal("test_initial_metadata_value", reply.Headers.GetValue(InteropService.EchoInitial));
        Assert.Equal(Bytes, reply.Trailers.GetBytes(InteropService.EchoTrailing));
    }

    [Fact]
    public async Task Text_and_binary_metadata_make_the_round_trip_of_a_duplex_call()
    {
        await using TestServer server = await TestServer.StartAsync();
        using DuplexCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = server.Channel.Duplex(TestServer.DuplexCall, Options());
        await call.WriteAsync(new StreamingOutputCallRequest { ResponseParameters = { new ResponseParameters { Size = 1 } } });
        Assert.Equal("test_initial_metadata_value", (await call.HeadersAsync()).GetValue(InteropService.EchoInitial));
        call.Complete();
        await foreach (StreamingOutputCallResponse _ in call.ReadAllAsync()) Assert.NotNull(_);
        Assert.Equal(Bytes, call.Trailers.GetBytes(InteropService.EchoTrailing));
    }

    [Fact]
    public async Task The_trailers_of_a_failed_call_are_in_its_exception()
    {
        var trailers = new GrpcMetadata { { "x-reason", "because" } };
        await using TestServer server = await TestServer.StartUnaryAsync(
            (_, _) => throw new RpcException(new GrpcStatus(GrpcStatusCode.Aborted, "no"), trailers));
        RpcException fault = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(TestServer.UnaryCall, new SimpleRequest()));
        Assert.Equal("because", fault.Trailers.GetValue("x-reason"));
    }

    [Fact]
    public async Task Repeated_names_keep_their_values_in_order()
    {
        string[]? seen = null;
        await using TestServer server = await TestServer.StartUnaryAsync((_, call) =>
        {
            seen = [.. call.RequestMetadata.Where(entry => entry.Name == "x-many").Select(entry => entry.Value)];
            return Task.FromResult(new SimpleResponse());
        });
        var headers = new GrpcMetadata { { "x-many", "one" }, { "X-Many", "two" } };
        await server.Channel.UnaryAsync(TestServer.UnaryCall, new SimpleRequest(), new GrpcCallOptions { Headers = headers });
        // HTTP lets values of one name travel joined, and HttpClient does so.
        Assert.Equal("one, two", string.Join(", ", seen!));
    }

    [Fact]
    public async Task A_list_of_base64_values_is_one_entry_each()
    {
        List<byte[]> seen = [];
        await using TestServer server = await TestServer.StartUnaryAsync((_, call) =>
        {
            seen.AddRange(call.RequestMetadata.Select(entry => entry.Bytes));
            return Task.FromResult(new SimpleResponse());
        });
        await server.PostAsync(TestServer.UnaryCall.Path, TestServer.Frame(new SimpleRequest()), headers: ("x-list-bin", "AQ==,AgM"));
        Assert.Equal([[1], [2, 3]], seen);
    }

    [Fact]
    public async Task Headers_can_be_sent_before_the_first_message()
    {
        await using TestServer server = await TestServer.StartAsync(grpc => grpc.Service(TestServer.Service, service => service
            .Duplex<StreamingOutputCallRequest, StreamingOutputCallResponse>("FullDuplexCall", async (requests, replies, call) =>
            {
                call.ResponseHeaders.Add("x-early", "yes");
                await call.WriteHeadersAsync();
                await foreach (StreamingOutputCallRequest _ in requests) await replies.WriteAsync(new StreamingOutputCallResponse());
            })));
        using DuplexCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = server.Channel.Duplex(TestServer.DuplexCall);
        Assert.Equal("yes", (await call.HeadersAsync()).GetValue("x-early"));
        call.Complete();
        Assert.Null(await call.ReadAsync());
    }

    [Theory]
    [InlineData("grpc-x", "reserved")]
    [InlineData("has space", "value")]
    [InlineData("x-bin", "text under a binary name")]
    [InlineData("x-text", "naïve")]
    [InlineData("x-text", "line\nbreak")]
    [InlineData("", "nameless")]
    public void Metadata_that_cannot_travel_is_refused_when_it_is_made(string name, string value) =>
        Assert.ThrowsAny<ArgumentException>(() => new GrpcMetadata().Add(name, value));

    [Fact]
    public void Bytes_need_a_binary_name() => Assert.Throws<ArgumentException>(() => new GrpcMetadata().Add("x-text", Bytes));

    private static GrpcCallOptions Options()
    {
        var headers = new GrpcMetadata { { InteropService.EchoInitial, "test_initial_metadata_value" } };
        headers.Add(InteropService.EchoTrailing, Bytes);
        return new GrpcCallOptions { Headers = headers };
    }
}
