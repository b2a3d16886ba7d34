using System.Globalization;
using System.Text.Json;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.EndToEnd;

/// <summary><c>torture</c> judges a real server under load that is killed at random and at named points.</summary>
public class TortureTests
{
    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_nothing_wrong_is_served()
    {
        int seconds = TestScale.Pick(reduced: 30, full: 600);
        (int exitCode, string output) = await CliProcess.RunAsync(
            "torture", "--seconds", seconds.ToString(CultureInfo.InvariantCulture), "--seed", TestSeed.Value.ToString(CultureInfo.InvariantCulture), "--json");
        Assert.True(exitCode == 0, $"{TestSeed.Describe}\n{output}");
        using JsonDocument judgement = JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Last(line => line.StartsWith('{')));
        JsonElement judged = judgement.RootElement;
        Assert.True(judged.GetProperty("kills").GetInt32() > 0 && judged.GetProperty("acked").GetInt64() > 0, output);
        foreach (string fault in (string[])["lost", "phantoms", "stale", "corrupt_served"])
            Assert.True(judged.GetProperty(fault).GetInt64() == 0, $"{fault}; {TestSeed.Describe}\n{output}");
    }
}
