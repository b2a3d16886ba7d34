using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using VectorSearch.Grpc.ErrorModel;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Interop.Server;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class ConnectTests
{
    [Fact]
    public async Task A_call_is_json_in_and_json_out()
    {
        await using TestServer server = await StartAsync();
        using HttpResponseMessage response = await PostAsync(server, """{ "responseSize": 3, "payload": { "body": "AAA=" } }""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("""{ "payload": { "body": "AAAA" } }""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_call_is_protobuf_in_and_protobuf_out()
    {
        await using TestServer server = await StartAsync();
        using HttpResponseMessage response = await PostAsync(server, TestServer.Request(1, 9).ToByteArray(), "application/proto");
        Assert.Equal(9, SimpleResponse.Parser.ParseFrom(await response.Content.ReadAsByteArrayAsync()).Payload.Body.Length);
    }

    [Fact]
    public async Task Metadata_comes_in_headers_and_trailers_as_headers_with_a_prefix()
    {
        await using TestServer server = await StartAsync();
        using HttpResponseMessage response = await PostAsync(
            server, "{}", headers: [(InteropService.EchoInitial, "hello"), (InteropService.EchoTrailing, "AQI")]);
        Assert.Equal("hello", response.Headers.GetValues(InteropService.EchoInitial).Single());
        Assert.Equal("AQI", response.Headers.GetValues("trailer-" + InteropService.EchoTrailing).Single());
    }

    [Theory]
    [InlineData(1, 499, "canceled")]
    [InlineData(2, 500, "unknown")]
    [InlineData(3, 400, "invalid_argument")]
    [InlineData(4, 504, "deadline_exceeded")]
    [InlineData(5, 404, "not_found")]
    [InlineData(6, 409, "already_exists")]
    [InlineData(7, 403, "permission_denied")]
    [InlineData(8, 429, "resource_exhausted")]
    [InlineData(9, 400, "failed_precondition")]
    [InlineData(10, 409, "aborted")]
    [InlineData(11, 400, "out_of_range")]
    [InlineData(12, 501, "unimplemented")]
    [InlineData(13, 500, "internal")]
    [InlineData(14, 503, "unavailable")]
    [InlineData(15, 500, "data_loss")]
    [InlineData(16, 401, "unauthenticated")]
    public async Task A_status_is_an_http_status_and_a_json_body(int code, int http, string name)
    {
        await using TestServer server = await StartAsync();
        using HttpResponseMessage response = await PostAsync(server, $$"""{ "responseStatus": { "code": {{code}}, "message": "why \"so\"" } }""");
        Assert.Equal(http, (int)response.StatusCode);
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(name, body.RootElement.GetProperty("code").GetString());
        Assert.Equal("why \"so\"", body.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Details_are_listed_by_their_type()
    {
        var info = new ErrorInfo { Reason = "DIMENSION_MISMATCH" };
        await using TestServer server = await StartAsync(grpc => grpc.Service(TestServer.Service, service => service
            .Unary<SimpleRequest, SimpleResponse>(
                "UnaryCall", (_, _) => throw new RpcException(new GrpcStatus(GrpcStatusCode.InvalidArgument, "no").WithDetails(info)))));
        using HttpResponseMessage response = await PostAsync(server, "{}");
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        JsonElement detail = body.RootElement.GetProperty("details")[0];
        Assert.Equal("google.rpc.ErrorInfo", detail.GetProperty("type").GetString());
        Assert.Equal(info, ErrorInfo.Parser.ParseFrom(BinaryHeader.Decode(detail.GetProperty("value").GetString())));
    }

    [Theory]
    [InlineData("", "body", "nothing", "an object, SimpleRequest")]
    [InlineData("{", "body", "text that is not JSON in line 1, byte 1", "an object, SimpleRequest")]
    [InlineData("[]", "body", "a list", "an object, SimpleRequest")]
    [InlineData("{\"responsSize\": 3}", "responsSize", "a field that SimpleRequest does not have", "one of responseType, responseSize, ")]
    [InlineData("{\"responseSize\": \"many\"}", "response_size", "\"many\"", "a whole number from -2147483648 to 2147483647")]
    [InlineData("{\"responseSize\": 1.5}", "response_size", "1.5", "a whole number")]
    [InlineData("{\"responseSize\": 99999999999}", "response_size", "99999999999", "a whole number")]
    [InlineData("{\"response_size\": [1]}", "response_size", "a list", "a whole number")]
    [InlineData("{\"fillUsername\": \"yes\"}", "fill_username", "\"yes\"", "true or false")]
    [InlineData("{\"responseType\": \"BIG\"}", "response_type", "\"BIG\"", "one of COMPRESSABLE")]
    [InlineData("{\"payload\": 7}", "payload", "7", "an object, Payload")]
    [InlineData("{\"payload\": {\"type\": 0, \"body\": \"!\"}}", "payload.body", "\"!\"", "base64 text")]
    [InlineData("{\"responseStatus\": {\"message\": 5}}", "response_status.message", "5", "text")]
    public async Task Json_that_does_not_fit_is_told_by_field_what_came_and_what_was_expected(string json, string field, string actual, string expected)
    {
        await using TestServer server = await StartAsync();
        using HttpResponseMessage response = await PostAsync(server, json);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.StartsWith($"{field}: got {actual}, expected {expected}", body.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
        JsonElement violation = body.RootElement.GetProperty("details")[1];
        Assert.Equal(field, BadRequest.Parser.ParseFrom(BinaryHeader.Decode(violation.GetProperty("value").GetString())).FieldViolations.Single().Field);
    }

    [Fact]
    public async Task Gzip_goes_both_ways()
    {
        await using TestServer server = await StartAsync(grpc => grpc.Interop(), new GrpcServerOptions { ResponseEncoding = GrpcEncoding.Gzip });
        using var target = new MemoryStream();
        await using (var gzip = new GZipStream(target, CompressionLevel.Fastest)) await gzip.WriteAsync(Encoding.UTF8.GetBytes("""{ "responseSize": 300 }"""));
        using HttpResponseMessage response = await PostAsync(
            server, target.ToArray(), "application/json", [("content-encoding", "gzip"), ("accept-encoding", "gzip")]);
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        await using var plain = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        using JsonDocument body = await JsonDocument.ParseAsync(plain);
        Assert.Equal(300, body.RootElement.GetProperty("payload").GetProperty("body").GetBytesFromBase64().Length);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_resource_exhausted_with_or_without_its_length()
    {
        await using TestServer server = await StartAsync(grpc => grpc.Interop(), new GrpcServerOptions { MaxReceiveMessageSize = 100 });
        foreach (bool chunked in (bool[])[false, true])
        {
            using HttpResponseMessage response = await PostAsync(server, new byte[101], "application/proto", [], chunked);
            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
            Assert.Contains("100", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_reply_over_the_limit_becomes_an_error()
    {
        await using TestServer server = await StartAsync(grpc => grpc.Interop(), new GrpcServerOptions { MaxSendMessageSize = 100 });
        using HttpResponseMessage response = await PostAsync(server, """{ "responseSize": 200 }""");
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
    }

    [Fact]
    public async Task A_timeout_is_a_deadline()
    {
        await using TestServer server = await StartAsync(grpc => grpc.Service(TestServer.Service, service => service
            .Unary<SimpleRequest, SimpleResponse>("UnaryCall", async (_, call) =>
            {
                await Task.Delay(Timeout.Infinite, call.CancellationToken);
                return new SimpleResponse();
            })));
        using HttpResponseMessage late = await PostAsync(server, "{}", headers: [("connect-timeout-ms", "20")]);
        Assert.Equal(HttpStatusCode.GatewayTimeout, late.StatusCode);
        using HttpResponseMessage bad = await PostAsync(server, "{}", headers: [("connect-timeout-ms", "soon")]);
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
    }

    [Fact]
    public async Task A_streaming_method_has_no_json_form()
    {
        await using TestServer server = await StartAsync();
        using HttpResponseMessage response = await PostAsync(server, Encoding.UTF8.GetBytes("{}"), "application/json", path: TestServer.OutputCall.Path);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    private static Task<TestServer> StartAsync(Action<GrpcServerBuilder>? services = null, GrpcServerOptions? options = null) =>
        TestServer.StartAsync(services ?? (grpc => grpc.Interop()), options, protocols: HttpProtocols.Http1);

    private static Task<HttpResponseMessage> PostAsync(TestServer server, string json, (string Name, string Value)[]? headers = null) =>
        PostAsync(server, Encoding.UTF8.GetBytes(json), "application/json; charset=utf-8", headers);

    private static async Task<HttpResponseMessage> PostAsync(
        TestServer server, byte[] body, string contentType, (string Name, string Value)[]? headers = null, bool chunked = false, string? path = null)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, path ?? TestServer.UnaryCall.Path))
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        request.Headers.TransferEncodingChunked = chunked;
        foreach ((string name, string value) in headers ?? [])
        {
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request);
    }
}
