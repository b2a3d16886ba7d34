using VectorSearch.Learn;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.EndToEnd;

/// <summary>A training is killed with SIGKILL between or within epochs. The same command goes on from its checkpoint and ends with the digest of an unbroken one.</summary>
public sealed class KillDuringLearningTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("ials")]
    [InlineData("ials", "block=3")]
    [InlineData("contrastive")]
    [InlineData("graph")]
    [InlineData("deep", "ages=1", "later-labels=0.5")]
    public async Task A_killed_training_ends_with_the_digest_of_an_unbroken_one(string method, params string[] settings)
    {
        string checkpoints = Directory.CreateDirectory(_directory.Combine("checkpoints")).FullName, whole = _directory.Combine("whole.model"), resumed = _directory.Combine("resumed.model");
        string[] command =
        [
            "learn", "interactions", "--train", Write("train.tsv", 0), "--test", Write("test.tsv", 1), "--method", method, "--dim", "8", "--trials", "0", "--epochs", "60", "--threads", "2",
            .. settings.SelectMany(setting => new[] { "--set", setting }),
        ];
        (int exitCode, string output) = await CliProcess.RunAsync([.. command, "--out", whole]);
        Assert.True(exitCode == 0, output);

        for (int kill = 0; kill < TestScale.Pick(1, 10); kill++) await KillAfterAsync(2 + kill, checkpoints, [.. command, "--checkpoints", checkpoints, "--out", resumed]);
        Assert.NotEmpty(Directory.GetFiles(checkpoints, "*.state"));
        (exitCode, output) = await CliProcess.RunAsync([.. command, "--checkpoints", checkpoints, "--out", resumed]);

        Assert.True(exitCode == 0, output);
        ModelFile.Load(whole, out string expected);
        ModelFile.Load(resumed, out string actual);
        Assert.Equal(expected, actual);
    }

    /// <summary>Kills a training when its state has been kept so many times; one that comes to its end before that is as good.</summary>
    private static async Task KillAfterAsync(int epochs, string checkpoints, string[] command)
    {
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using FileSystemWatcher watcher = new(checkpoints, "*.state");
        int kept = 0;
        watcher.Renamed += (_, _) =>
        {
            if (Interlocked.Increment(ref kept) == epochs) reached.TrySetResult();
        };
        watcher.EnableRaisingEvents = true;
        await using CliProcess process = CliProcess.Start(command);
        await Task.WhenAny(reached.Task, process.WaitAsync());
        if (!process.HasEnded) await process.KillAsync();
    }

    /// <summary>Watches of two camps with times; the test part has films that the training part of the same user lacks.</summary>
    private string Write(string name, int part)
    {
        string file = _directory.Combine(name);
        File.WriteAllLines(file, Enumerable.Range(0, 120).SelectMany(user => Enumerable.Range(0, 16).Where(n => n % 4 == 0 == (part == 1))
            .Select(n => $"u{user} i{((user + (5 * n)) % 19 * 2) + (user % 2)} 1 {1_000_000 + (n * 90_000)}")).Distinct());
        return file;
    }
}
