using System.Text.Json;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.EndToEnd;

/// <summary><c>bench learning</c> as a person runs it, on a small world.</summary>
public sealed class LearningBenchTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Each_learner_is_measured_on_each_size_and_drawn()
    {
        string picture = _directory.Combine("growth.svg");

        (int exitCode, string output) = await CliProcess.RunAsync("bench", "learning", "--items", "1000", "2000", "--epochs", "1", "--threads", "1", "--out", picture, "--json");

        Assert.True(exitCode == 0, output);
        using JsonDocument line = JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]);
        JsonElement[] costs = [.. line.RootElement.GetProperty("costs").EnumerateArray()];
        Assert.Equal(["ials 1000", "deep 1000", "ials 2000", "deep 2000"], costs.Select(cost => $"{cost.GetProperty("method")} {cost.GetProperty("items")}"));
        Assert.All(costs, cost => Assert.True(cost.GetProperty("seconds").GetDouble() > 0 && cost.GetProperty("peak_bytes").GetInt64() > 0, cost.ToString()));
        Assert.All(costs, cost => Assert.InRange(cost.GetProperty("planted_ratio").GetDouble(), 0, 2));
        Assert.StartsWith("<svg", await File.ReadAllTextAsync(picture), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_size_out_of_range_is_named()
    {
        (int exitCode, string output) = await CliProcess.RunAsync("bench", "learning", "--items", "5");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("--items is '5'", output, StringComparison.Ordinal);
    }
}
