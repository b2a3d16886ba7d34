using System.Text.Json.Nodes;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>Payload updates, deletes by filter, facets and aliases, as curl asks for them.</summary>
public sealed class PayloadAndAliasTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const string Comedy = """{"must": [{"match": {"field": "genre", "anyOf": [{"text": "comedy"}]}}]}""";

    private async Task<string> FilmsAsync()
    {
        string name = "films-" + Guid.NewGuid().ToString("N")[..8];
        await server.CreateAsync(name);
        ulong[] ids = [1, 2, 3, 4];
        await server.Client.Points(name).UpsertAsync(ids, ids.Select(id => new float[] { id, 0 }).ToArray(), [.. ids.Select(id => new Dictionary<string, object?>
        {
            ["genre"] = id == 1 ? "drama" : "comedy", ["year"] = 1990 + (long)id,
        })]);
        return name;
    }

    private async Task<string> PayloadAsync(string name, int id) =>
        (await server.CallAsync("Points/Get", $$"""{"collection": "{{name}}", "ids": {"numbers": [{{id}}]}, "withPayload": true}"""))["payloads"]![0]!.ToJsonString();

    [Fact]
    public async Task Payload_fields_are_set_replaced_and_removed_by_ids_and_by_filter()
    {
        string films = await FilmsAsync();
        JsonNode set = await server.CallAsync("Points/UpdatePayload", $$"""{"collection": "{{films}}", "ids": {"numbers": [1, 404]}, "set": {"fields": {"seen": {"boolean": true} } } }""");
        Assert.Equal("1", (string)set["updated"]!);
        Assert.Equal("""{"fields":{"genre":{"text":"drama"},"seen":{"boolean":true},"year":{"integer":"1991"}}}""", Sorted(await PayloadAsync(films, 1)));
        JsonNode removed = await server.CallAsync("Points/UpdatePayload", $$"""{"collection": "{{films}}", "filter": {{Comedy}}, "remove": {"names": ["year"]} }""");
        Assert.Equal("3", (string)removed["updated"]!);
        Assert.Equal("""{"fields":{"genre":{"text":"comedy"}}}""", await PayloadAsync(films, 2));
        await server.CallAsync("Points/UpdatePayload", $$"""{"collection": "{{films}}", "ids": {"numbers": [2]}, "replace": {} }""");
        Assert.Equal("{}", await PayloadAsync(films, 2));
        Assert.Equal("invalid_argument", (await server.RefusedAsync("Points/UpdatePayload", $$"""{"collection": "{{films}}", "ids": {"numbers": [2]} }""")).Code);

        static string Sorted(string payload)
        {
            JsonObject fields = JsonNode.Parse(payload)!["fields"]!.AsObject();
            return new JsonObject { ["fields"] = new JsonObject(fields.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone()))) }.ToJsonString();
        }
    }

    [Fact]
    public async Task A_filter_deletes_what_it_lets_through_and_an_empty_one_nothing()
    {
        string films = await FilmsAsync();
        Assert.Equal("3", (string)(await server.CallAsync("Points/Delete", $$"""{"collection": "{{films}}", "filter": {{Comedy}} }"""))["deleted"]!);
        Assert.Equal(1, await server.Client.Points(films).CountAsync());
        Assert.Equal("invalid_argument", (await server.RefusedAsync("Points/Delete", $$"""{"collection": "{{films}}", "filter": {} }""")).Code);
        Assert.Equal("invalid_argument", (await server.RefusedAsync("Points/Delete", $$"""{"collection": "{{films}}"}""")).Code);
        Assert.Equal(1, await server.Client.Points(films).CountAsync());
    }

    [Fact]
    public async Task A_facet_counts_the_points_of_each_value()
    {
        string films = await FilmsAsync();
        JsonNode facet = await server.CallAsync("Points/Facet", $$"""{"collection": "{{films}}", "field": "genre"}""");
        Assert.Equal("2", (string)facet["distinct"]!);
        Assert.Equal([("comedy", "3"), ("drama", "1")], facet["counts"]!.AsArray().Select(count => ((string)count!["value"]!["text"]!, (string)count["points"]!)));
        JsonNode years = await server.CallAsync("Points/Facet", $$"""{"collection": "{{films}}", "field": "year", "limit": 1, "filter": {{Comedy}} }""");
        Assert.Equal(("3", 1), ((string)years["distinct"]!, years["counts"]!.AsArray().Count));
        Assert.Equal("invalid_argument", (await server.RefusedAsync("Points/Facet", $$"""{"collection": "{{films}}"}""")).Code);
    }

    [Fact]
    public async Task An_alias_stands_for_its_collection_and_is_moved_with_the_others_or_not_at_all()
    {
        string old = await FilmsAsync(), young = await FilmsAsync(), alias = "now-" + old;
        await server.Client.Points(young).DeleteAsync(new ulong[] { 1 });
        await server.CallAsync("Collections/UpdateAliases", $$"""{"actions": [{"set": {"name": "{{alias}}", "collection": "{{old}}"} }]}""");
        Assert.Equal(4, await server.Client.Points(alias).CountAsync());
        JsonNode described = await server.CallAsync("Collections/GetCollection", $$"""{"name": "{{alias}}"}""");
        Assert.Equal((old, alias), ((string)described["collection"]!["name"]!, (string)described["collection"]!["aliases"]![0]!));
        Assert.Equal("failed_precondition", (await server.RefusedAsync("Collections/DeleteCollection", $$"""{"name": "{{old}}"}""")).Code);

        (string code, string message) = await server.RefusedAsync("Collections/UpdateAliases", $$"""
            {"actions": [{"set": {"name": "{{alias}}", "collection": "{{young}}"} }, {"remove": "no-such-alias"}]}
            """);
        Assert.Equal("not_found", code);
        Assert.Contains("no-such-alias", message, StringComparison.Ordinal);
        Assert.Equal(4, await server.Client.Points(alias).CountAsync());

        await server.CallAsync("Collections/UpdateAliases", $$"""{"actions": [{"set": {"name": "{{alias}}", "collection": "{{young}}"} }]}""");
        Assert.Equal(3, await server.Client.Points(alias).CountAsync());
        JsonNode list = await server.CallAsync("Collections/ListAliases", $$"""{"collection": "{{young}}"}""");
        Assert.Equal(alias, (string)Assert.Single(list["aliases"]!.AsArray())!["name"]!);
        await server.CallAsync("Collections/UpdateAliases", $$"""{"actions": [{"remove": "{{alias}}"}]}""");
        Assert.Equal("not_found", (await server.RefusedAsync("Points/Count", $$"""{"collection": "{{alias}}"}""")).Code);
        Assert.Equal("invalid_argument", (await server.RefusedAsync("Collections/UpdateAliases", """{"actions": [{}]}""")).Code);
    }
}
