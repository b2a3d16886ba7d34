using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using VectorSearch.Server.Tests.Contract;

namespace VectorSearch.Server.Tests.Metrics;

public sealed class OpenTelemetryTests
{
    /// <summary>Only a hang reaches it.</summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Metrics_and_traces_reach_a_collector()
    {
        // Metrics come again and again, and a call is counted after it was answered: it may not be in the first of them.
        Dictionary<string, string> sought = new() { ["v1/metrics"] = "rpc.server.duration", ["v1/traces"] = "vectorsearch.v1.Points/Count" };
        Dictionary<string, TaskCompletionSource> came = sought.Keys.ToDictionary(
            path => path, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using WebApplication collector = builder.Build();
        collector.Urls.Add("http://127.0.0.1:0");
        collector.MapPost("/{**path}", async (HttpContext http, string path) =>
        {
            using MemoryStream body = new();
            await http.Request.Body.CopyToAsync(body);
            string text = Encoding.Latin1.GetString(body.ToArray());
            if (sought.TryGetValue(path, out string? name) && text.Contains(name, StringComparison.Ordinal)) came[path].TrySetResult();
        });
        await collector.StartAsync();

        await using JsonServer server = await JsonServer.StartAsync(new ServerOptions { OtlpEndpoint = collector.Urls.Single(), OtlpIntervalMilliseconds = 50 });
        Assert.Equal(HttpStatusCode.NotFound, (await server.CallAsync("Points/Count", """{ "collection": "none" }""")).Status);
        await Task.WhenAll(came.Values.Select(one => one.Task)).WaitAsync(HangLimit);
    }
}
