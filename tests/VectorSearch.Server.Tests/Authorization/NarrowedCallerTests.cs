using System.Net;
using System.Text.Json;
using VectorSearch.Server.Tests.Contract;

namespace VectorSearch.Server.Tests.Authorization;

/// <summary>What a caller with a forced filter finds on a real server: the odd points of six, and nothing of the others.</summary>
public sealed class NarrowedCallerTests : IAsyncLifetime
{
    private const string Admin = "admin-key-admin-key", Tenant = "tenant-key-tenant-key";

    private JsonServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await JsonServer.StartAsync(access: $$"""
            { "keys": [ { "name": "operator", "sha256": "{{JsonServer.Digest(Admin)}}", "scopes": ["admin"] },
                        { "name": "tenant", "sha256": "{{JsonServer.Digest(Tenant)}}", "scopes": ["write:c"],
                          "filter": { "must": [{ "match": { "field": "tenant", "anyOf": [{ "integer": "1" }] } }] } } ] }
            """);
        await _server.FillAsync("c", 6, Admin, id => $$"""{ "tenant": { "integer": "{{id % 2}}" } }""");
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("Query", """{ "collection": "c", "ids": { "numbers": [1] } }""", "3 5")]
    [InlineData("Query", """{ "collection": "c", "vectors": { "data": "AAAAAAAAAAA=", "dim": 2, "rows": 1 }, "options": { "exact": true } }""", "1 3 5")]
    [InlineData("Query", """{ "collection": "c", "vectors": { "data": "AAAAAAAAAAA=", "dim": 2, "rows": 1 }, "filter": { "mustNot": [{ "hasId": { "ids": { "numbers": [3] } } }] } }""", "1 5")]
    [InlineData("Query", """{ "collection": "c", "vectors": { "data": "AAAAAAAAAAA=", "dim": 2, "rows": 1 }, "filter": { "should": [{ "match": { "field": "tenant", "anyOf": [{ "integer": "0" }] } }] } }""", "")]
    [InlineData("Query", """{ "collection": "c", "vectors": { "data": "AAAAAAAAAAA=", "dim": 2, "rows": 1 }, "prefetch": [{ "vectors": { "data": "AAAAAAAAAAA=", "dim": 2, "rows": 1 } }] }""", "1 3 5")]
    [InlineData("Scroll", """{ "collection": "c" }""", "1 3 5")]
    [InlineData("Get", """{ "collection": "c", "ids": { "numbers": [1, 2, 3] }, "skipMissing": true }""", "1 3")]
    public async Task Answers_are_those_that_the_filter_lets_through(string method, string request, string expected)
    {
        JsonReply reply = await _server.CallAsync("Points/" + method, request, Tenant);
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Text);
        string[] ids = reply["ids"].TryGetProperty("numbers", out JsonElement numbers) ? [.. numbers.EnumerateArray().Select(id => id.GetString()!).Order()] : [];
        Assert.Equal(expected, string.Join(' ', ids));
    }

    [Theory]
    [InlineData("Query", """{ "collection": "c", "ids": { "numbers": [2] } }""", HttpStatusCode.NotFound)]
    [InlineData("Get", """{ "collection": "c", "ids": { "numbers": [1, 2] } }""", HttpStatusCode.NotFound)]
    [InlineData("Upsert", """{ "collection": "c" }""", HttpStatusCode.Forbidden)]
    [InlineData("UpdatePayload", """{ "collection": "c", "ids": { "numbers": [1] }, "remove": { "names": ["tenant"] } }""", HttpStatusCode.Forbidden)]
    public async Task What_it_hides_is_not_there_and_what_could_go_around_it_is_refused(string method, string request, HttpStatusCode expected)
    {
        JsonReply reply = await _server.CallAsync("Points/" + method, request, Tenant);
        Assert.True(reply.Status == expected, reply.Text);
    }

    [Fact]
    public async Task A_hidden_point_and_a_missing_one_get_the_same_words()
    {
        JsonReply hidden = await _server.CallAsync("Points/Get", """{ "collection": "c", "ids": { "numbers": [2] } }""", Tenant);
        JsonReply missing = await _server.CallAsync("Points/Get", """{ "collection": "c", "ids": { "numbers": [7] } }""", Tenant);
        Assert.Equal(hidden.Text.Replace("point 2 in", "point 7 in", StringComparison.Ordinal), missing.Text);
    }

    [Fact]
    public async Task Counts_facets_and_deletions_are_narrowed()
    {
        Assert.Equal("3", (await _server.CallAsync("Points/Count", """{ "collection": "c" }""", Tenant))["points"].GetString());
        JsonReply facet = await _server.CallAsync("Points/Facet", """{ "collection": "c", "field": "tenant" }""", Tenant);
        Assert.Equal("3", Assert.Single(facet["counts"].EnumerateArray()).GetProperty("points").GetString());

        Assert.Equal("1", (await _server.CallAsync("Points/Delete", """{ "collection": "c", "ids": { "numbers": [1, 2] } }""", Tenant))["deleted"].GetString());
        Assert.Equal("2", (await _server.CallAsync(
            "Points/Delete", """{ "collection": "c", "filter": { "mustNot": [{ "isEmpty": { "field": "tenant" } }] } }""", Tenant))["deleted"].GetString());
        Assert.Equal("3", (await _server.CallAsync("Points/Count", """{ "collection": "c" }""", Admin))["points"].GetString());
    }
}
