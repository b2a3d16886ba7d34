using VectorSearch.Cli.Torture;

namespace VectorSearch.Cli.Tests.Torture;

/// <summary>A server that stands still is a fault that is told, not a run without an end.</summary>
public class StallWatchTests
{
    private const int NoProcess = int.MaxValue;

    private readonly TortureReport _report = new();
    private readonly List<string> _told = [];

    [Fact]
    public async Task No_answer_is_told_with_what_was_asked_and_fails_the_run()
    {
        TaskCompletionSource<int> never = new();
        Assert.True(_report.IsGood);
        StallException stall = await Assert.ThrowsAsync<StallException>(() => Watch().WaitAsync("a get of 5 points of 'films'", never.Task));
        Assert.Contains("no answer to a get of 5 points of 'films'", stall.Message, StringComparison.Ordinal);
        Assert.Contains(_told, line => line.Contains("a get of 5 points of 'films'", StringComparison.Ordinal) && line.Contains("kill -9, seed 3", StringComparison.Ordinal));
        Assert.Equal(1, _report.Stalls);
        Assert.False(_report.IsGood);
    }

    [Fact]
    public async Task An_answer_or_a_fault_is_passed_on()
    {
        Assert.Equal(5, await Watch().WaitAsync("a number", Task.FromResult(5)));
        await Assert.ThrowsAsync<InvalidDataException>(() => Watch().WaitAsync("a number", Task.FromException<int>(new InvalidDataException())));
        Assert.Null(_report.Stalls);
        Assert.Empty(_told);
    }

    [Fact]
    public async Task Threads_of_a_process_are_told_where_the_system_tells_them()
    {
        IReadOnlyList<string> threads = await ProcessThreads.DescribeAsync(Environment.ProcessId);
        Assert.Equal(OperatingSystem.IsLinux(), threads.Count > 0);
        Assert.All(threads, line => Assert.Matches(@"^thread \d+ \(.*\): [A-Z], \d+ ticks in a second$", line));
        Assert.Empty(await ProcessThreads.DescribeAsync(NoProcess));
    }

    private StallWatch Watch() => new("kill -9, seed 3", Path.Combine(Path.GetTempPath(), "no-such-data"), _report, _told.Add) { Glances = 1, Process = NoProcess };
}
