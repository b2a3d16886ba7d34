using System.Text.Json;
using VectorSearch.Server.Tests.Contract;

namespace VectorSearch.Server.Tests.Metrics;

/// <summary>The log of slow calls, as it comes to standard error.</summary>
public sealed class SlowCallTests
{
    private const int Points = 20_000;

    [Fact]
    public async Task A_slow_call_is_told_with_its_fields_and_without_its_values()
    {
        string[] log = await LogOfAsync(new ServerOptions { SlowCallMilliseconds = 1, LogFormat = "json" });
        JsonElement told = log.Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement)
            .First(line => line.GetProperty("State").TryGetProperty("Method", out JsonElement method) && method.GetString() == "/vectorsearch.v1.Points/Query"
                && line.GetProperty("State").GetProperty("Collection").GetString() == "slow").GetProperty("State");
        Assert.True(told.GetProperty("Milliseconds").GetDouble() >= 1);
        Assert.StartsWith("by Ids, limit 7, ef 0, exact True, filter True, prefetches 0, ", told.GetProperty("Request").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(log, line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Zero_tells_none() =>
        Assert.DoesNotContain(await LogOfAsync(new ServerOptions { SlowCallMilliseconds = 0 }), line => line.Contains("collection 'slow'", StringComparison.Ordinal));

    /// <summary>What a server logs of queries that compare with so many points that no machine does it in a millisecond.</summary>
    private static async Task<string[]> LogOfAsync(ServerOptions options)
    {
        TextWriter before = Console.Error;
        StringWriter log = new();
        JsonServer server;
        try
        {
            // A server that another test starts just now logs here too, which does no harm: collections have names.
            Console.SetError(TextWriter.Synchronized(log));
            server = await JsonServer.StartAsync(options);
        }
        finally
        {
            Console.SetError(before);
        }

        await using (server)
        {
            await server.FillAsync("slow", Points, payload: id => $$"""{ "key": { "text": "secret-{{id}}" } }""");
            string query = """{ "collection": "slow", "ids": { "numbers": [IDS] }, "limit": 7, "options": { "exact": true }, "filter": { "mustNot": [{ "match": { "field": "key", "anyOf": [{ "text": "secret-3" }] } }] } }""";
            JsonReply reply = await server.CallAsync("Points/Query", query.Replace("IDS", string.Join(",", Enumerable.Range(1, 100)), StringComparison.Ordinal));
            Assert.True(reply.Status == System.Net.HttpStatusCode.OK, reply.Text);
        }

        return log.ToString().Split('\n');
    }
}
