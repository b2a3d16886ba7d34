using System.Globalization;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.EndToEnd;

/// <summary>Ctrl-C ends a command in the middle of its work with one line and exit code 130.</summary>
public sealed class InterruptTests : IDisposable
{
    private const int ExitCancelled = 130;
    private const int Users = 3000;
    private const int Items = 2000;
    private const int ItemsPerUser = 12;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Learning_stops_in_the_middle_of_a_training()
    {
        // Far more epochs than the test waits for: the interrupt always comes while one is under way.
        await using CliProcess learning = CliProcess.Start(
            "learn", "interactions", "--train", Write("train", from: 0), "--test", Write("test", from: ItemsPerUser),
            "--method", "ials", "--dim", "64", "--trials", "0", "--epochs", "1000", "--allow-unknown");
        await learning.WaitForOutputAsync("train ");
        learning.Interrupt();
        Assert.True(await learning.WaitAsync() == ExitCancelled, learning.Output);
        Assert.Contains("Stopped.", learning.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", learning.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rebuild_that_is_interrupted_is_given_up()
    {
        const int rows = 20_000, dimension = 32;
        string data = _directory.Combine("data"), points = _directory.Combine("points.jsonl");
        Random random = new((int)TestSeed.Value);
        await File.WriteAllLinesAsync(points, Enumerable.Range(0, rows).Select(id => string.Create(
            CultureInfo.InvariantCulture, $$"""{"id":{{id}},"vector":[{{string.Join(',', Enumerable.Range(0, dimension).Select(_ => random.NextSingle().ToString("R", CultureInfo.InvariantCulture)))}}]}""")));
        (int imported, string output) = await CliProcess.RunAsync("import", "--collection", "points", "--vectors", points, "--metric", "l2", "--space", "client:points@1", "--data", data);
        Assert.True(imported == 0, output);

        // An effort that takes far longer than the test waits for.
        await using CliProcess rebuild = CliProcess.Start("rebuild", "points", "--m", "64", "--ef-construction", "4000", "--data", data);
        await rebuild.WaitForOutputAsync("building");
        rebuild.Interrupt();
        Assert.True(await rebuild.WaitAsync() == ExitCancelled, rebuild.Output);
        Assert.Contains("The rebuild was given up", rebuild.Output, StringComparison.Ordinal);
        (_, output) = await CliProcess.RunAsync("generations", "points", "--data", data, "--json");
        Assert.Contains("serving", output, StringComparison.Ordinal);
        Assert.DoesNotContain("building", output, StringComparison.Ordinal);
    }

    /// <summary>Rows 'user item'; the items of one user differ between files whose ranges do.</summary>
    private string Write(string name, int from)
    {
        string path = _directory.Combine(name);
        File.WriteAllLines(path, Enumerable.Range(0, Users).SelectMany(user => Enumerable.Range(from, ItemsPerUser)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{user} {((user * 7) + (i * 31)) % Items}"))));
        return path;
    }
}
