using System.Globalization;
using System.Text.Json;
using VectorSearch.Cli.Tests.EndToEnd;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.Bench;

/// <summary><c>bench rebuild</c> in a small form: nothing fails, nothing mixes, nothing is lost, and the last line says so.</summary>
public class RebuildBenchTests
{
    [Fact]
    public async Task Rebuilds_and_a_rollback_under_load_and_kills_in_phases_lose_nothing()
    {
        string kills = TestScale.Pick(reduced: 2, full: 15).ToString(CultureInfo.InvariantCulture), rebuilds = TestScale.Pick(reduced: 1, full: 3).ToString(CultureInfo.InvariantCulture);
        (int exitCode, string output) = await CliProcess.RunAsync(
            "bench", "rebuild", "--films", "300", "--people", "100", "--dim", "8", "--seconds", "1", "--after", "1", "--queries", "40", "--writes", "80",
            "--rebuilds", rebuilds, "--swap-calls", "0", "--kills", kills, "--promote", "--seed", TestSeed.Value.ToString(CultureInfo.InvariantCulture), "--json");
        Assert.True(exitCode == 0, $"{TestSeed.Describe}\n{output}");
        using JsonDocument last = JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Last(line => line.StartsWith('{')));
        JsonElement counted = last.RootElement;
        Assert.Equal(
            ["rebuilds", "rollbacks", "kills", "calls", "failed_calls", "mixed_replies", "refused_old_space", "lost_writes", "p99_before_us", "p99_swap_us", "p99_ratio_swap", "p99_rebuild_us", "swap_calls"],
            counted.EnumerateObject().Select(figure => figure.Name));
        foreach (string fault in (string[])["failed_calls", "mixed_replies", "lost_writes"]) Assert.True(counted.GetProperty(fault).GetInt64() == 0, $"{fault}\n{output}");
        foreach (string done in (string[])["rebuilds", "rollbacks", "kills", "calls", "refused_old_space"]) Assert.True(counted.GetProperty(done).GetInt64() > 0, $"{done}\n{output}");
    }
}
