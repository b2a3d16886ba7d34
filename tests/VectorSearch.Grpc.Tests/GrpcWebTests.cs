using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using VectorSearch.Interop.Server;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class GrpcWebTests
{
    private const string Binary = "application/grpc-web+proto";
    private const string Text = "application/grpc-web-text";

    [Fact]
    public async Task A_unary_call_over_http_1_ends_with_a_frame_of_trailers()
    {
        byte[] body = await CallAsync(TestServer.UnaryCall.Path, TestServer.Frame(TestServer.Request(3, 5)), Binary);
        (byte flag, byte[] message) = Split(ref body);
        Assert.Equal(0, flag);
        Assert.Equal(5, SimpleResponse.Parser.ParseFrom(message).Payload.Body.Length);
        (flag, message) = Split(ref body);
        Assert.Equal(0x80, flag);
        Assert.Equal("grpc-status:0\r\n", Encoding.ASCII.GetString(message));
        Assert.Empty(body);
    }

    [Fact]
    public async Task The_text_form_is_base64_both_ways()
    {
        byte[] frame = TestServer.Frame(TestServer.Request(4, 7));
        // Padded in the middle, as a browser does that encodes piece by piece.
        string text = Convert.ToBase64String(frame.AsSpan(0, 5)) + Convert.ToBase64String(frame.AsSpan(5));
        byte[] answer = await CallAsync(TestServer.UnaryCall.Path, Encoding.ASCII.GetBytes(text), Text);
        byte[] body = DecodePieces(Encoding.ASCII.GetString(answer));
        Assert.Equal(7, SimpleResponse.Parser.ParseFrom(Split(ref body).Message).Payload.Body.Length);
        Assert.Equal("grpc-status:0\r\n", Encoding.ASCII.GetString(Split(ref body).Message));
    }

    [Fact]
    public async Task A_server_stream_is_frame_after_frame()
    {
        var request = new StreamingOutputCallRequest { ResponseParameters = { new ResponseParameters { Size = 1 }, new ResponseParameters { Size = 2 } } };
        byte[] body = await CallAsync(TestServer.OutputCall.Path, TestServer.Frame(request), Binary);
        Assert.Equal(1, StreamingOutputCallResponse.Parser.ParseFrom(Split(ref body).Message).Payload.Body.Length);
        Assert.Equal(2, StreamingOutputCallResponse.Parser.ParseFrom(Split(ref body).Message).Payload.Body.Length);
        Assert.Equal(0x80, Split(ref body).Flag);
    }

    [Fact]
    public async Task A_failure_has_its_status_message_and_trailers_in_the_body()
    {
        var request = new SimpleRequest { ResponseStatus = new EchoStatus { Code = 5, Message = "no film “7”" } };
        byte[] body = await CallAsync(TestServer.UnaryCall.Path, TestServer.Frame(request), Binary, (InteropService.EchoTrailing, "AQI"));
        string trailers = Encoding.ASCII.GetString(Split(ref body).Message);
        Assert.Contains("grpc-status:5\r\n", trailers, StringComparison.Ordinal);
        Assert.Contains("grpc-message:no film %E2%80%9C7%E2%80%9D\r\n", trailers, StringComparison.Ordinal);
        Assert.Contains(InteropService.EchoTrailing + ":AQI\r\n", trailers, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Text, "not base64!")]
    [InlineData(Binary, "xx")]
    public async Task What_is_no_frame_is_refused(string contentType, string body)
    {
        byte[] answer = await CallAsync(TestServer.UnaryCall.Path, Encoding.ASCII.GetBytes(body), contentType);
        if (contentType == Text) answer = DecodePieces(Encoding.ASCII.GetString(answer));
        Assert.StartsWith("grpc-status:13\r\n", Encoding.ASCII.GetString(Split(ref answer).Message), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_of_requests_is_unimplemented()
    {
        byte[] body = await CallAsync(TestServer.InputCall.Path, [], Binary);
        Assert.StartsWith("grpc-status:12\r\n", Encoding.ASCII.GetString(Split(ref body).Message), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deadline_ends_the_call_in_the_body_too()
    {
        await using TestServer server = await TestServer.StartUnaryAsync(async (_, call) =>
        {
            await Task.Delay(Timeout.Infinite, call.CancellationToken);
            return new SimpleResponse();
        });
        RawResponse response = await server.PostAsync(
            TestServer.UnaryCall.Path, TestServer.Frame(new SimpleRequest()), Binary, ("grpc-timeout", "20m"));
        byte[] body = response.Body;
        Assert.StartsWith("grpc-status:4\r\n", Encoding.ASCII.GetString(Split(ref body).Message), StringComparison.Ordinal);
    }

    private static async Task<byte[]> CallAsync(string path, byte[] body, string contentType, params (string Name, string Value)[] headers)
    {
        await using TestServer server = await TestServer.StartAsync(grpc => grpc.Interop(), protocols: HttpProtocols.Http1);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, path)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = await client.SendAsync(request);
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsByteArrayAsync();
    }

    private static (byte Flag, byte[] Message) Split(ref byte[] body)
    {
        int end = MessageFrame.PrefixSize + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1));
        (byte, byte[]) frame = (body[0], body[MessageFrame.PrefixSize..end]);
        body = body[end..];
        return frame;
    }

    private static byte[] DecodePieces(string text)
    {
        var bytes = new List<byte>();
        for (int i = 0; i < text.Length; i += 4) bytes.AddRange(Convert.FromBase64String(text[i..(i + 4)]));
        return [.. bytes];
    }
}
