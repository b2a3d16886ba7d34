using System.Net;
using System.Text;
using System.Text.Json;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>What curl and probes get on the HTTP port.</summary>
public sealed class HttpPortTests(RunningServer server) : IClassFixture<RunningServer>
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task Health_and_status_answer_in_json()
    {
        await server.CreateAsync("status");
        Assert.Contains("serving", await Http.GetStringAsync(new Uri(server.HttpAddress, "healthz")), StringComparison.Ordinal);
        using JsonDocument status = JsonDocument.Parse(await Http.GetStringAsync(new Uri(server.HttpAddress, "status")));
        Assert.Contains(status.RootElement.GetProperty("collections").EnumerateArray(), one => one.GetProperty("name").GetString() == "status");
    }

    [Fact]
    public async Task The_same_methods_answer_plain_json()
    {
        await server.CreateAsync("json");
        using StringContent request = new("""{"collection": "json"}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage reply = await Http.PostAsync(new Uri(server.HttpAddress, "vectorsearch.v1.Points/Count"), request);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        using JsonDocument body = JsonDocument.Parse(await reply.Content.ReadAsStringAsync());
        Assert.Equal(RunningServer.Space, body.RootElement.GetProperty("context").GetProperty("spaceId").GetString());
    }

    [Theory]
    [InlineData("Points/Count", "application/x-www-form-urlencoded", HttpStatusCode.UnsupportedMediaType, "content-type: got 'application/x-www-form-urlencoded")]
    [InlineData("Points/Count", "application/grpc", HttpStatusCode.UpgradeRequired, "use the gRPC port")]
    [InlineData("Points/Cuont", "application/json", HttpStatusCode.NotFound, "This server has no method /vectorsearch.v1.Points/Cuont.")]
    public async Task What_is_no_call_is_answered_with_words(string method, string contentType, HttpStatusCode status, string words)
    {
        using StringContent request = new("{}", Encoding.UTF8, contentType);
        using HttpResponseMessage reply = await Http.PostAsync(new Uri(server.HttpAddress, "vectorsearch.v1." + method), request);
        Assert.Equal(status, reply.StatusCode);
        using JsonDocument body = JsonDocument.Parse(await reply.Content.ReadAsStringAsync());
        Assert.Contains(words, body.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://films.example", true)]
    [InlineData("https://elsewhere.example", false)]
    public async Task A_page_of_a_configured_origin_may_call(string origin, bool isLetIn)
    {
        await using JsonServer open = await JsonServer.StartAsync(new ServerOptions { CorsOrigins = "https://films.example, https://more.example" });
        using HttpRequestMessage preflight = new(HttpMethod.Options, new Uri(open.HttpAddress, "vectorsearch.v1.Points/Count"));
        preflight.Headers.Add("Origin", origin);
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "content-type");
        using HttpResponseMessage reply = await Http.SendAsync(preflight);
        Assert.Equal(isLetIn ? [origin] : [], reply.Headers.TryGetValues("Access-Control-Allow-Origin", out IEnumerable<string>? allowed) ? allowed : []);
    }

    [Theory]
    [InlineData("Points/Count", """{"collektion": "wrong"}""", "collektion: got a field that CountRequest does not have, expected one of context, collection, filter.")]
    [InlineData("Points/Count", """{"collection": ["wrong"]}""", "collection: got a list, expected text.")]
    [InlineData("Points/Count", """{}""", "collection")]
    [InlineData("Points/Count", """{"collection": "wrung"}""", "wrong")]
    [InlineData("Points/Query", """{"collection": "wrong", "vectors": {"dim": 3, "rows": 1, "data": "AAAAAAAAAAAAAAAA"}}""", "vectors.dim: got 3, expected 2")]
    [InlineData("Points/Query", """{"collection": "wrong", "vectors": {"dim": 2, "rows": 1, "data": "AADAfwAAAAA="}}""", "vectors[0]")]
    [InlineData("Points/Query", """{"collection": "wrong", "vectors": {"dim": 2, "rows": 1, "data": "?"}}""", "vectors.data: got \"?\", expected base64 text.")]
    [InlineData("Points/Query", """{"collection": "wrong", "ids": {"numbers": [1]}, "vectors": {}}""", "vectors: got a second one beside ids, expected only one of vectors, ids")]
    [InlineData("Points/Query", """{"collection": "wrong", "ids": {"numbers": [1]}, "limit": -1}""", "limit: got -1, expected a whole number from 0 to 4294967295.")]
    [InlineData("Points/Query", """{"collection": "wrong", "ids": {"numbers": [1]}, "scoreThreshold": "NaN"}""", "score_threshold: got NaN, expected")]
    [InlineData("Points/Query", """{"collection": "wrong", "ids": {"numbers": [9]}}""", "ids[0]: there is no point 9 in 'wrong'")]
    [InlineData("Points/Query", """{"collection": "wrong", "ids": {"strings": ["a"]}}""", "ids: got strings, expected numbers")]
    [InlineData("Points/Query", """{"collection": "wrong"}""", "by: got nothing, expected one of vectors, ids")]
    [InlineData("Points/Upsert", """{"collection": "wrong", "ids": {"numbers": [1]}, "vectors": {"dim": 2, "rows": 1, "data": "AAAAAAAAAAA="}, "payloads": [{"fields": {"year": 1995}}]}""", "payloads[0].fields.year: got 1995, expected an object, Value.")]
    [InlineData("Points/Get", """{"collection": "wrong", "ids": {"numbers": [7]}}""", "7")]
    [InlineData("Collections/CreateCollection", """{"collection": {"name": "x", "dimension": 2, "metric": "COSINE"}}""", "collection.metric: got \"COSINE\", expected one of METRIC_UNSPECIFIED, METRIC_SQUARED_EUCLIDEAN")]
    [InlineData("Operations/WaitOperation", """{"name": "x", "timeout": "soon"}""", "timeout: got \"soon\", expected text of seconds")]
    public async Task A_wrong_request_is_told_by_field_what_came_and_what_was_expected(string method, string request, string expected)
    {
        if ((await server.Client.Collections.ListAsync()).All(one => one.Name != "wrong")) await server.CreateAsync("wrong");
        Assert.Contains(expected, (await server.RefusedAsync(method, request)).Message, StringComparison.Ordinal);
    }
}
