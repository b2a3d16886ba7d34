using System.Text.Json;
using VectorSearch.Cli.Tests.EndToEnd;

namespace VectorSearch.Cli.Tests.Bench;

/// <summary><c>bench share</c> in a small form: queries go on while their collection is rebuilt, and all figures are told.</summary>
public class ShareBenchTests
{
    [Theory]
    [InlineData("hnsw")]
    [InlineData("sealed")]
    public async Task Queries_go_on_while_their_collection_is_rebuilt_within_a_share(string index)
    {
        (int exitCode, string output) = await CliProcess.RunAsync(
            "bench", "share", "--points", "3000", "--dimension", "16", "--index", index, "--queries", "50", "--seconds", "1", "--cpu-percent", "25", "--json");
        Assert.True(exitCode == 0, output);
        using JsonDocument last = JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Last(line => line.StartsWith('{')));
        JsonElement counted = last.RootElement;
        Assert.Equal((3000, index, 0), (counted.GetProperty("points").GetInt32(), counted.GetProperty("index").GetString(), counted.GetProperty("failed_calls").GetInt32()));
        Assert.Equal(Environment.ProcessorCount / 4.0, counted.GetProperty("share_processors").GetDouble(), 1e-9);
        foreach (string figure in (string[])["rebuild_seconds", "memory_before_bytes", "memory_peak_bytes", "calls_idle", "calls_rebuild", "p99_idle_us", "p99_rebuild_us", "p99_ratio"])
            Assert.True(counted.GetProperty(figure).GetDouble() > 0, $"{figure}\n{output}");
    }
}
