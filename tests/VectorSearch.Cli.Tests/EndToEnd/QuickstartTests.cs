using System.Globalization;
using System.Text.RegularExpressions;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.EndToEnd;

public sealed partial class QuickstartTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task It_learns_indexes_serves_and_answers_and_a_second_run_reuses_what_is_there()
    {
        string data = _directory.Combine("data");
        (int exitCode, string output) = await CliProcess.RunAsync("quickstart", "--data", data);
        Assert.True(exitCode == 0, output);

        string[] ratios = [.. RatioRow().Match(output).Groups.Values.Skip(1).Select(group => group.Value)];
        Assert.True(ratios.Length == 2, output);
        Assert.All(ratios, ratio => Assert.True(double.Parse(ratio, CultureInfo.InvariantCulture) >= 1.5, $"{ratio} × most-popular:\n{output}"));
        Assert.Contains("Toy Story 2 (1999)", output, StringComparison.Ordinal);
        Assert.Contains("seed 42", output, StringComparison.Ordinal);

        (exitCode, output) = await CliProcess.RunAsync("quickstart", "--data", data);
        Assert.True(exitCode == 0, output);
        Assert.Contains("learned by an earlier run", output, StringComparison.Ordinal);
        Assert.Contains("there already", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_film_is_answered_with_near_titles_before_anything_is_trained()
    {
        (int exitCode, string output) = await CliProcess.RunAsync("quickstart", "--data", _directory.Combine("data"), "--film", "Toy Stroy (1995)");
        Assert.Equal(1, exitCode);
        Assert.Contains("Toy Story (1995)", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.Combine("data")));
    }

    [GeneratedRegex(@"ratio\D+([\d.]+) ×\D+([\d.]+) ×")]
    private static partial Regex RatioRow();
}
