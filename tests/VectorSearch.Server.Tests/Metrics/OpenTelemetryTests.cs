using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using VectorSearch.Server.Tests.Contract;

namespace VectorSearch.Server.Tests.Metrics;

public sealed class OpenTelemetryTests
{
    [Fact]
    public async Task Metrics_and_traces_reach_a_collector()
    {
        ConcurrentDictionary<string, TaskCompletionSource<string>> came = [];
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using WebApplication collector = builder.Build();
        collector.Urls.Add("http://127.0.0.1:0");
        collector.MapPost("/{**path}", async (HttpContext http, string path) =>
        {
            using MemoryStream body = new();
            await http.Request.Body.CopyToAsync(body);
            string text = Encoding.Latin1.GetString(body.ToArray());

            // Metrics come again and again; the call may not be in the first of them.
            if (text.Contains("Points", StringComparison.Ordinal)) Came(path).TrySetResult(text);
        });
        await collector.StartAsync();

        await using JsonServer server = await JsonServer.StartAsync(new ServerOptions { OtlpEndpoint = collector.Urls.Single(), OtlpIntervalMilliseconds = 50 });
        Assert.Equal(HttpStatusCode.NotFound, (await server.CallAsync("Points/Count", """{ "collection": "none" }""")).Status);
        Assert.Contains("rpc.server.duration", await Came("v1/metrics").Task.WaitAsync(TimeSpan.FromMinutes(1)), StringComparison.Ordinal);
        Assert.Contains("vectorsearch.v1.Points/Count", await Came("v1/traces").Task.WaitAsync(TimeSpan.FromMinutes(1)), StringComparison.Ordinal);

        TaskCompletionSource<string> Came(string path) => came.GetOrAdd(path, _ => new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
