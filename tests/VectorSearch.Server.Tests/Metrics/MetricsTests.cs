using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using VectorSearch.Server.Metrics;
using VectorSearch.Server.Tests.Contract;

namespace VectorSearch.Server.Tests.Metrics;

public sealed partial class MetricsTests
{
    [GeneratedRegex("""^[a-zA-Z_][a-zA-Z0-9_]*(\{[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*")*\})? (-?[0-9.eE+-]+|[+-]Inf|NaN)$""")]
    private static partial Regex Sample();

    [Fact]
    public async Task A_running_server_tells_its_calls_collections_and_queues()
    {
        await using JsonServer server = await JsonServer.StartAsync(new ServerOptions { MaxConcurrentReads = 7 });
        await server.FillAsync("films", 3);
        Assert.Equal(HttpStatusCode.OK, (await server.CallAsync("Points/Count", """{ "collection": "films" }""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.CallAsync("Points/Query", """{ "collection": "films", "ids": { "numbers": [1] } }""")).Status);
        string text = (await server.GetAsync("metrics")).Text;
        Assert.Contains("vectorsearch_query_phase_duration_milliseconds_count{phase=\"search\"}", text, StringComparison.Ordinal);
        Assert.Contains("vectorsearch_query_phase_duration_milliseconds_count{phase=\"payload\"}", text, StringComparison.Ordinal);
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Assert.True(line.StartsWith("# ", StringComparison.Ordinal) || Sample().IsMatch(line), line);
        Assert.Contains("vectorsearch_collection_points{collection=\"films\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("vectorsearch_collection_log_lag{collection=\"films\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("vectorsearch_collection_generation{collection=\"films\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("vectorsearch_queue_running{queue=\"reads\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE rpc_server_duration_milliseconds histogram\n", text, StringComparison.Ordinal);
        Assert.Contains("rpc_server_duration_milliseconds_bucket{rpc_service=\"vectorsearch.v1.Points\",rpc_method=\"Count\",rpc_grpc_status_code=\"0\",le=\"+Inf\"}", text, StringComparison.Ordinal);
        Assert.Contains("vectorsearch_process_memory_bytes ", text, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, (await server.CallAsync("Collections/DeleteCollection", """{ "name": "films" }""")).Status);
        Assert.DoesNotContain("vectorsearch_collection_points{collection=\"films\"}", (await server.GetAsync("metrics")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusals_are_counted_by_reason()
    {
        await using JsonServer server = await JsonServer.StartAsync(new ServerOptions { StrictMaxAnswers = 1 });
        await server.CallAsync("Points/Scroll", """{ "collection": "c", "limit": 2 }""");
        Assert.Contains("vectorsearch_calls_refused_total{reason=\"request_limit\"} 1\n", (await server.GetAsync("metrics")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Histograms_count_what_lies_at_or_below_each_bound()
    {
        object scope = new();
        using Meter meter = new(new MeterOptions("test.histograms") { Scope = scope });
        using MetricsCollector collector = new(new HashSet<string> { "test.histograms" }, scope);
        Histogram<double> histogram = meter.CreateHistogram("size", "1", "Say \"how\\large\".", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        foreach (double value in (double[])[0.5, 1, 1.5, 9]) histogram.Record(value, new KeyValuePair<string, object?>("of", "a\"b\nc"));
        string[] lines = PrometheusText.Write(collector.Collect()).Split('\n');
        Assert.Contains("# HELP size Say \"how\\\\large\".", lines);
        Assert.Contains("size_bucket{of=\"a\\\"b\\nc\",le=\"1\"} 2", lines);
        Assert.Contains("size_bucket{of=\"a\\\"b\\nc\",le=\"2\"} 3", lines);
        Assert.Contains("size_bucket{of=\"a\\\"b\\nc\",le=\"+Inf\"} 4", lines);
        Assert.Contains("size_sum{of=\"a\\\"b\\nc\"} 12", lines);
        Assert.Contains("size_count{of=\"a\\\"b\\nc\"} 4", lines);
    }

    [Fact]
    public async Task Counters_lose_nothing_under_many_threads()
    {
        object scope = new();
        using Meter meter = new(new MeterOptions("test.counters") { Scope = scope });
        using MetricsCollector collector = new(new HashSet<string> { "test.counters" }, scope);
        Counter<long> counter = meter.CreateCounter<long>("seen");
        await Parallel.ForAsync(0, 8, (worker, _) =>
        {
            for (int i = 0; i < 10_000; i++) counter.Add(1, new KeyValuePair<string, object?>("worker", worker % 2));
            return ValueTask.CompletedTask;
        });
        string text = PrometheusText.Write(collector.Collect());
        Assert.Contains("seen_total{worker=\"0\"} 40000\n", text, StringComparison.Ordinal);
        Assert.Contains("seen_total{worker=\"1\"} 40000\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Tags_without_end_fall_into_one_series()
    {
        object scope = new();
        using Meter meter = new(new MeterOptions("test.tags") { Scope = scope });
        using MetricsCollector collector = new(new HashSet<string> { "test.tags" }, scope);
        Counter<long> counter = meter.CreateCounter<long>("seen");
        for (int i = 0; i < MetricFamily.MaxSeries + 5; i++) counter.Add(1, new KeyValuePair<string, object?>("id", i.ToString(CultureInfo.InvariantCulture)));
        Assert.Contains("seen_total{overflow=\"true\"} 5\n", PrometheusText.Write(collector.Collect()), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_servers_meters_are_not_told()
    {
        using Meter meter = new(new MeterOptions("test.scopes") { Scope = new object() });
        using MetricsCollector collector = new(new HashSet<string> { "test.scopes" }, new object());
        meter.CreateCounter<long>("seen").Add(1);
        Assert.Empty(collector.Collect());
    }
}
