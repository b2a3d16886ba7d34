using System.Globalization;
using System.Text.Json.Nodes;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>Every part of a query, asked as curl asks it. What the parts mean is tested beside the collections.</summary>
public sealed class QueryFeatureTests(RunningServer server) : IClassFixture<RunningServer>
{
    /// <summary>Points 1 to 20 on a line, at (id, 0).</summary>
    private async Task<string> LineAsync()
    {
        string name = "line-" + Guid.NewGuid().ToString("N")[..8];
        await server.CreateAsync(name);
        ulong[] ids = [.. Enumerable.Range(1, 20).Select(i => (ulong)i)];
        await server.Client.Points(name).UpsertAsync(ids, ids.Select(id => new float[] { id, 0 }).ToArray(), [.. ids.Select(id => new Dictionary<string, object?>
        {
            ["parity"] = id % 2 == 0 ? "even" : "odd",
            ["number"] = (long)id,
            ["place"] = new Client.GeoPoint(id, 0),
            ["title"] = $"Point {id} of the line",
        })]);
        return name;
    }

    /// <summary>Base64 of (x, 0).</summary>
    private static string At(float x) => $$"""{"dim": 2, "rows": 1, "data": "{{Convert.ToBase64String([.. BitConverter.GetBytes(x), .. BitConverter.GetBytes(0f)])}}"}""";

    private async Task<long[]> QueryAsync(string collection, string parts) =>
        (await server.CallAsync("Points/Query", $$"""{"collection": "{{collection}}", {{parts}} }""")).Ids();

    [Theory]
    [InlineData("""{"must": [{"match": {"field": "parity", "anyOf": [{"text": "even"}]}}]}""", new long[] { 2, 4, 6 })]
    [InlineData("""{"mustNot": [{"match": {"field": "number", "anyOf": [{"integer": 1}, {"number": 2}]}}]}""", new long[] { 3, 4, 5 })]
    [InlineData("""{"must": [{"range": {"field": "number", "gt": {"integer": "5"}, "lte": {"number": 7.5}}}]}""", new long[] { 6, 7 })]
    [InlineData("""{"must": [{"range": {"field": "number", "gte": {"integer": 19}}}]}""", new long[] { 19, 20 })]
    [InlineData("""{"must": [{"range": {"field": "number", "lt": {"integer": 3}}}]}""", new long[] { 1, 2 })]
    [InlineData("""{"should": [{"hasId": {"ids": {"numbers": [9, 404]}}}, {"words": {"field": "title", "words": ["POINT", "7"]}}]}""", new long[] { 7, 9 })]
    [InlineData("""{"must": [{"geoRadius": {"field": "place", "center": {"latitude": 12}, "meters": 120000}}]}""", new long[] { 11, 12, 13 })]
    [InlineData("""{"must": [{"isEmpty": {"field": "nowhere"}}, {"filter": {"must": [{"isEmpty": {"field": "number"}}]}}]}""", new long[0])]
    public async Task A_filter_says_which_points_may_answer_and_scroll_and_count_take_the_same(string filter, long[] expected)
    {
        string line = await LineAsync();
        Assert.Equal(expected, await QueryAsync(line, $$""" "vectors": {{At(0)}}, "limit": 3, "filter": {{filter}}"""));
        JsonNode count = await server.CallAsync("Points/Count", $$"""{"collection": "{{line}}", "filter": {{filter}} }""");
        JsonNode page = await server.CallAsync("Points/Scroll", $$"""{"collection": "{{line}}", "filter": {{filter}}, "limit": 20}""");
        Assert.Equal(page.Ids().Length, int.Parse((string?)count["points"] ?? "0", CultureInfo.InvariantCulture));
        Assert.Equal(expected, page.Ids().Order().Take(3));
    }

    [Theory]
    [InlineData("""{"must": [{}]}""", "filter.must[0]")]
    [InlineData("""{"must": [{"match": {"anyOf": [{"integer": 1}]}}]}""", "filter.must[0].field")]
    [InlineData("""{"must": [{"match": {"field": "x"}}]}""", "filter.must[0].any_of")]
    [InlineData("""{"should": [{"range": {"field": "x", "gt": {"integer": 1}, "gte": {"integer": 1}}}]}""", "filter.should[0].range.gt")]
    [InlineData("""{"should": [{"range": {"field": "x"}}]}""", "filter.should[0]")]
    [InlineData("""{"mustNot": [{"hasId": {"ids": {"strings": ["a"]}}}]}""", "filter.must_not[0].has_id.ids")]
    [InlineData("""{"must": [{"filter": {"must": [{"geoRadius": {"field": "x", "meters": 1}}]}}]}""", "filter.must[0].must[0].geo_radius.center")]
    public async Task A_wrong_condition_is_named_by_its_path(string filter, string path)
    {
        string line = await LineAsync();
        foreach (string method in new[] { "Points/Query", "Points/Count", "Points/Scroll" })
        {
            string vectors = method == "Points/Query" ? $$""" "vectors": {{At(0)}}, """ : "";
            (string code, string message) = await server.RefusedAsync(method, $$"""{"collection": "{{line}}", {{vectors}} "filter": {{filter}} }""");
            Assert.Equal("invalid_argument", code);
            Assert.StartsWith(path, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Examples_threshold_groups_diversity_and_fusion_are_answered()
    {
        string line = await LineAsync();
        Assert.Equal((long[])[2, 4], (await QueryAsync(line, """ "examples": {"rows": [{"positive": {"numbers": [3]}}]}, "limit": 2 """)).Order());
        Assert.Equal((long[])[5, 6], (await QueryAsync(line, """ "examples": {"rows": [{"positive": {"numbers": [4]}, "negative": {"numbers": [2]}}]}, "limit": 2 """)).Order());
        Assert.Equal((long[])[9, 10, 11], (await QueryAsync(line, $$""" "vectors": {{At(10)}}, "scoreThreshold": 1.5 """)).Order());

        JsonNode grouped = await server.CallAsync("Points/Query", $$"""{"collection": "{{line}}", "vectors": {{At(0)}}, "limit": 2, "group": {"field": "parity", "size": 2} }""");
        Assert.Equal([1, 3, 2, 4], grouped.Ids());
        Assert.Equal(["odd", "even"], grouped["groups"]!.AsArray().Select(group => (string)group!["value"]!["text"]!));
        Assert.Equal(2, (int)grouped["groupCounts"]![0]!);

        // The second is taken for being far from the first.
        Assert.Equal((long[])[1, 8], await QueryAsync(line, $$""" "vectors": {{At(0)}}, "limit": 2, "diversify": {"diversity": 0.9, "candidates": 8}"""));
        JsonNode fused = await server.CallAsync("Points/Query", $$"""
            {"collection": "{{line}}", "fusion": {"k": 1}, "limit": 3, "prefetch": [
                {"vectors": {{At(0)}}, "limit": 3}, {"ids": {"numbers": [5]}, "limit": 2, "filter": {"must": [{"range": {"field": "number", "lt": {"integer": 4} } }]} }]}
            """);
        Assert.Equal([3, 2, 1], fused.Ids());
        Assert.Equal((1 / 4.0) + (1 / 2.0), (double)fused["scores"]![0]!, 5);
        Assert.Equal((long[])[3, 2], await QueryAsync(line, $$""" "vectors": {{At(9)}}, "limit": 2, "prefetch": [{"vectors": {{At(0)}}, "limit": 3}]"""));
    }

    [Fact]
    public async Task Only_the_payload_fields_that_are_named_come()
    {
        string line = await LineAsync();
        JsonNode reply = await server.CallAsync("Points/Query", $$"""{"collection": "{{line}}", "vectors": {{At(0)}}, "limit": 1, "withPayload": true, "payloadFields": ["number"]}""");
        Assert.Equal("""{"number":{"integer":"1"}}""", reply["payloads"]![0]!["fields"]!.ToJsonString());
        reply = await server.CallAsync("Points/Get", $$"""{"collection": "{{line}}", "ids": {"numbers": [2]}, "withPayload": true, "payloadFields": ["parity", "none"]}""");
        Assert.Equal("""{"parity":{"text":"even"}}""", reply["payloads"]![0]!["fields"]!.ToJsonString());
    }

    [Fact]
    public async Task Half_precision_is_taken_exactly()
    {
        string line = await LineAsync();
        byte[] halves = new byte[4];
        BitConverter.TryWriteBytes(halves, (Half)2.5f);
        JsonNode reply = await server.CallAsync("Points/Query", $$"""
            {"collection": "{{line}}", "limit": 2, "vectors": {"type": "ELEMENT_TYPE_FLOAT16", "dim": 2, "rows": 1, "data": "{{Convert.ToBase64String(halves)}}"} }
            """);
        Assert.Equal([2, 3], reply.Ids().Order());
        Assert.Equal(0.25, (double)reply["scores"]![0]!);
    }

    [Fact]
    public async Task Explain_tells_plan_cost_phases_and_recall()
    {
        string line = await LineAsync();
        JsonNode explained = await server.CallAsync("Points/Explain", $$"""
            {"query": {"collection": "{{line}}", "vectors": {{At(0)}}, "limit": 2, "filter": {"must": [{"match": {"field": "parity", "anyOf": [{"text": "odd"}]} }]} } }
            """);
        Assert.Equal("KIND_SCAN", (string)explained["plan"]!["kind"]!);
        Assert.Equal(("20", "10"), ((string)explained["plan"]!["points"]!, (string)explained["plan"]!["matches"]!));
        Assert.Equal(1, (double)explained["recall"]!);
        Assert.Equal("10", (string)explained["cost"]!["distances"]!);
        Assert.Equal(["encode", "filter", "search", "choose", "gather"], explained["phases"]!.AsArray().Select(phase => (string)phase!["name"]!));
        Assert.Equal([1, 3], explained["result"]!.Ids());
    }

    [Fact]
    public async Task Recall_is_estimated_and_a_target_chooses_the_beam()
    {
        string line = await LineAsync();
        JsonNode estimate = await server.CallAsync("Points/EstimateRecall", $$"""{"collection": "{{line}}", "limit": 5, "options": {"targetRecall": 0.9} }""");
        Assert.Equal(1, (double)estimate["recall"]!);
        Assert.Equal(20, (int)estimate["pointQueries"]!);
        Assert.True((int)estimate["ef"]! >= 5);
        Assert.Equal((long[])[1, 2], await QueryAsync(line, $$""" "vectors": {{At(0)}}, "limit": 2, "options": {"targetRecall": 0.9}"""));
        (string code, string message) = await server.RefusedAsync("Points/Query", $$"""{"collection": "{{line}}", "vectors": {{At(0)}}, "options": {"targetRecall": 0.9, "ef": 7} }""");
        Assert.Equal("invalid_argument", code);
        Assert.Contains("target_recall", message, StringComparison.Ordinal);
    }
}
