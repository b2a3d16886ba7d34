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

    /// <summary>Rows 'user item'; the items of one user differ between files whose ranges do.</summary>
    private string Write(string name, int from)
    {
        string path = _directory.Combine(name);
        File.WriteAllLines(path, Enumerable.Range(0, Users).SelectMany(user => Enumerable.Range(from, ItemsPerUser)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{user} {((user * 7) + (i * 31)) % Items}"))));
        return path;
    }
}
