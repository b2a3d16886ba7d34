using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>Calls methods as curl does: JSON in, JSON out.</summary>
internal static class JsonCaller
{
    private static readonly HttpClient Http = new();

    /// <summary>The reply of a call that must succeed.</summary>
    public static async Task<JsonNode> CallAsync(this RunningServer server, string method, string request)
    {
        (bool ok, JsonNode reply) = await PostAsync(server, method, request);
        Assert.True(ok, $"{method}: {reply}");
        return reply;
    }

    /// <summary>Code and message of a call that must fail.</summary>
    public static async Task<(string Code, string Message)> RefusedAsync(this RunningServer server, string method, string request)
    {
        (bool ok, JsonNode reply) = await PostAsync(server, method, request);
        Assert.False(ok, $"{method} was to be refused: {reply}");
        return ((string)reply["code"]!, (string)reply["message"]!);
    }

    /// <summary>Ids of a reply, as numbers.</summary>
    public static long[] Ids(this JsonNode reply) => reply["ids"]?["numbers"] is JsonArray ids ? [.. ids.Select(id => long.Parse((string)id!, System.Globalization.CultureInfo.InvariantCulture))] : [];

    private static async Task<(bool Ok, JsonNode Reply)> PostAsync(RunningServer server, string method, string request)
    {
        using ByteArrayContent content = new(Encoding.UTF8.GetBytes(request));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage reply = await Http.PostAsync(new Uri(server.HttpAddress, "vectorsearch.v1." + method), content);
        return (reply.IsSuccessStatusCode, JsonNode.Parse(await reply.Content.ReadAsStringAsync())!);
    }
}
