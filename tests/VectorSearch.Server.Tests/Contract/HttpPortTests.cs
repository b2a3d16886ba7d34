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
}
