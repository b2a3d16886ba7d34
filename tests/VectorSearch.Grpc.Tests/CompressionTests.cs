using System.IO.Compression;
using Google.Protobuf;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class CompressionTests
{
    private static readonly GrpcCallOptions Gzip = new() { RequestEncoding = GrpcEncoding.Gzip };

    [Fact]
    public async Task A_compressed_request_is_read_and_known_as_such()
    {
        await using TestServer server = await TestServer.StartAsync();
        SimpleRequest request = TestServer.Request(271828, 314159);
        request.ExpectCompressed = new BoolValue { Value = true };
        SimpleResponse reply = await server.Channel.UnaryAsync(TestServer.UnaryCall, request, Gzip);
        Assert.Equal(314159, reply.Payload.Body.Length);
        RpcException probe = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(TestServer.UnaryCall, request));
        Assert.Equal(GrpcStatusCode.InvalidArgument, probe.Code);
    }

    [Fact]
    public async Task A_stream_compresses_message_by_message()
    {
        await using TestServer server = await TestServer.StartAsync();
        using ClientStreamCall<StreamingInputCallRequest, StreamingInputCallResponse> call = server.Channel.ClientStream(TestServer.InputCall, Gzip);
        await call.WriteAsync(Input(27182, compressed: true));
        await call.WriteAsync(Input(45904, compressed: false), compress: false);
        Assert.Equal(73086, (await call.CompleteAsync()).AggregatedPayloadSize);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reply_is_compressed_as_asked(bool compressed)
    {
        await using TestServer server = await TestServer.StartAsync();
        SimpleRequest request = TestServer.Request(10, 314159);
        request.ResponseCompressed = new BoolValue { Value = compressed };
        RawResponse response = await server.PostAsync(
            TestServer.UnaryCall.Path, TestServer.Frame(request), headers: ("grpc-accept-encoding", "identity, gzip"));
        Assert.Equal(compressed ? 1 : 0, response.Body[0]);
        Assert.Equal(compressed ? "gzip" : null, response.Encoding);
        Assert.Equal(GrpcStatusCode.Ok, response.Code);
    }

    [Fact]
    public async Task Replies_of_a_stream_are_compressed_one_by_one()
    {
        await using TestServer server = await TestServer.StartAsync();
        var request = new StreamingOutputCallRequest
        {
            ResponseParameters =
            {
                new ResponseParameters { Size = 31415, Compressed = new BoolValue { Value = true } },
                new ResponseParameters { Size = 92653, Compressed = new BoolValue { Value = false } },
            },
        };
        RawResponse response = await server.PostAsync(
            TestServer.OutputCall.Path, TestServer.Frame(request), headers: ("grpc-accept-encoding", "gzip"));
        Assert.Equal(1, response.Body[0]);
        int second = MessageFrame.PrefixSize + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(response.Body.AsSpan(1));
        Assert.Equal(0, response.Body[second]);

        var sizes = new List<int>();
        await foreach (StreamingOutputCallResponse reply in server.Channel.ServerStream(TestServer.OutputCall, request)) sizes.Add(reply.Payload.Body.Length);
        Assert.Equal([31415, 92653], sizes);
    }

    [Fact]
    public async Task Nobody_gets_gzip_who_did_not_ask_for_it()
    {
        await using TestServer server = await TestServer.StartAsync(new GrpcServerOptions { ResponseEncoding = GrpcEncoding.Gzip });
        RawResponse plain = await server.PostAsync(TestServer.UnaryCall.Path, TestServer.Frame(TestServer.Request(0, 1000)));
        Assert.Equal(0, plain.Body[0]);
        Assert.Null(plain.Encoding);
        Assert.Equal(1000, (await server.Channel.UnaryAsync(TestServer.UnaryCall, TestServer.Request(0, 1000))).Payload.Body.Length);
    }

    [Fact]
    public async Task An_unknown_encoding_is_unimplemented_and_the_known_ones_are_named()
    {
        await using TestServer server = await TestServer.StartAsync();
        RawResponse response = await server.PostAsync(
            TestServer.EmptyCall.Path, TestServer.Frame(new Empty()), headers: ("grpc-encoding", "zstd"));
        Assert.Equal(GrpcStatusCode.Unimplemented, response.Code);
        Assert.Equal("identity,gzip", response.AcceptEncoding);
    }

    [Fact]
    public async Task A_bomb_is_refused_at_the_limit_of_its_inflated_size()
    {
        await using TestServer server = await TestServer.StartAsync();
        byte[] bomb = Compress(TestServer.Request(64 * 1024 * 1024).ToByteArray());
        Assert.True(bomb.Length < 1024 * 1024);
        RawResponse response = await server.PostAsync(
            TestServer.UnaryCall.Path, TestServer.Frame(1, (uint)bomb.Length, bomb), headers: ("grpc-encoding", "gzip"));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, response.Code);
    }

    [Fact]
    public async Task What_is_not_gzip_or_only_a_part_of_it_is_refused()
    {
        await using TestServer server = await TestServer.StartAsync();
        byte[] whole = Compress(TestServer.Request(1000).ToByteArray());
        foreach (byte[] body in (byte[][])[[1, 2, 3, 4], whole[..^9], whole[..12]])
        {
            RawResponse response = await server.PostAsync(
                TestServer.UnaryCall.Path, TestServer.Frame(1, (uint)body.Length, body), headers: ("grpc-encoding", "gzip"));
            Assert.Equal(GrpcStatusCode.Internal, response.Code);
        }
    }

    private static StreamingInputCallRequest Input(int size, bool compressed) => new()
    {
        Payload = TestServer.Request(size).Payload,
        ExpectCompressed = new BoolValue { Value = compressed },
    };

    private static byte[] Compress(byte[] plain)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest)) gzip.Write(plain);
        return target.ToArray();
    }
}
