using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using VectorSearch.Interop.Server;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class MalformedFrameTests
{
    public static TheoryData<string, byte[]> Bodies => new()
    {
        { "no message", [] },
        { "half a prefix", [0, 0, 0] },
        { "a prefix without its message", TestServer.Frame(0, 5) },
        { "a message cut short", TestServer.Frame(0, 5, 1, 2, 3) },
        { "a flag that is neither 0 nor 1", TestServer.Frame(2, 0) },
        { "compressed without an encoding", TestServer.Frame(1, 0) },
        { "a byte after the only message", [.. TestServer.Frame(0, 0), 7] },
        { "two messages where one is due", [.. TestServer.Frame(0, 0), .. TestServer.Frame(0, 0)] },
        { "a tag of field number zero", TestServer.Frame(0, 1, 0) },
        { "a length past the message's end", TestServer.Frame(0, 2, 0x1A, 0x7F) },
        { "a varint without an end", TestServer.Frame(0, 3, 0x10, 0xFF, 0xFF) },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Bytes_that_are_not_one_message_end_the_call_and_not_the_connection(string what, byte[] body)
    {
        await using TestServer server = await TestServer.StartAsync();
        RawResponse response = await server.PostAsync(TestServer.UnaryCall.Path, body);
        Assert.True(response.Code == GrpcStatusCode.Internal, $"{what}: {response.GrpcStatus} {response.GrpcMessage}");
        Assert.NotEmpty(response.GrpcMessage!);
        await server.Channel.UnaryAsync(TestServer.EmptyCall, new Empty());
    }

    [Fact]
    public async Task A_stream_cut_inside_a_message_is_refused_too()
    {
        await using TestServer server = await TestServer.StartAsync();
        RawResponse response = await server.PostAsync(TestServer.InputCall.Path, [.. TestServer.Frame(0, 0), 0, 0]);
        Assert.Equal(GrpcStatusCode.Internal, response.Code);
    }

    [Theory]
    [InlineData("x-key-bin", "not base64!")]
    [InlineData("x-key-bin", "A")]
    public async Task Binary_metadata_must_be_base64(string name, string value)
    {
        await using TestServer server = await TestServer.StartAsync();
        RawResponse response = await server.PostAsync(TestServer.EmptyCall.Path, TestServer.Frame(new Empty()), headers: (name, value));
        Assert.Equal(GrpcStatusCode.Internal, response.Code);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/grpcfoo")]
    [InlineData("application/octet-stream")]
    public async Task Another_content_type_is_http_415(string contentType)
    {
        await using TestServer server = await TestServer.StartAsync();
        RawResponse response = await server.PostAsync(TestServer.EmptyCall.Path, TestServer.Frame(new Empty()), contentType);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.Status);
    }

    [Theory]
    [InlineData("application/grpc+proto")]
    [InlineData("application/grpc;charset=utf-8")]
    [InlineData("Application/GRPC")]
    public async Task The_ways_to_name_the_content_type_are_known(string contentType)
    {
        await using TestServer server = await TestServer.StartAsync();
        Assert.Equal(GrpcStatusCode.Ok, (await server.PostAsync(TestServer.EmptyCall.Path, TestServer.Frame(new Empty()), contentType)).Code);
    }

    [Fact]
    public async Task Http_1_is_told_to_upgrade()
    {
        await using TestServer server = await TestServer.StartAsync(grpc => grpc.Interop(), protocols: HttpProtocols.Http1);
        using var client = new HttpClient();
        using var content = new ByteArrayContent(TestServer.Frame(new Empty()));
        content.Headers.TryAddWithoutValidation("content-type", "application/grpc");
        using HttpResponseMessage response = await client.PostAsync(new Uri(server.Address, TestServer.EmptyCall.Path), content);
        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
    }
}
