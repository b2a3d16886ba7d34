using System.Diagnostics;
using VectorSearch.Client;
using VectorSearch.Collections;

namespace VectorSearch.Cli.Torture;

/// <summary>Rounds of load, death, reopening and judgement.</summary>
internal sealed class TortureRun
{
    /// <summary>Snapshots come as soon as they may.</summary>
    private static readonly Dictionary<string, string> Quick = new() { ["VECTORSEARCH_SNAPSHOT_AFTER_LOG_MEGABYTES"] = "1" };

    private const string LastRound = "the last kill";

    private readonly string _directory;
    private readonly TortureReport _report;
    private readonly Action<string> _say;
    private readonly Random _random;
    private readonly ExpectedPoints _expected = new();
    private readonly TortureLoad _load;
    private readonly TortureJudge _judge;

    /// <param name="directory">The server's data.</param>
    /// <param name="seed">Of everything random.</param>
    /// <param name="report">Counts what is found.</param>
    /// <param name="say">Tells what happens.</param>
    public TortureRun(string directory, int seed, TortureReport report, Action<string> say)
    {
        (_directory, _report, _say) = (directory, report, say);
        _random = new Random(seed);
        _load = new TortureLoad(seed, _expected, report, say);
        _judge = new TortureJudge(seed, _expected, report, say);
    }

    /// <summary>Goes on until the time is over; the last judgement comes after it.</summary>
    public async Task GoOnAsync(TimeSpan duration, CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (clock.Elapsed < duration && !cancellation.IsCancellationRequested) await RoundAsync(cancellation);
        await LookAsync(LastRound, cancellation);
    }

    /// <summary>Loads one server that nobody kills, ends it in order, and judges what is there afterwards.</summary>
    public async Task SoakAsync(TimeSpan duration, CancellationToken cancellation)
    {
        using (TortureServer server = await StartAsync(cancellation))
        {
            using TortureClient client = await TortureClient.OpenAsync(server.Address, cancellation);
            WorkingSetWatch memory = new(server.WorkingSet, duration);
            using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Task load = _load.RunAsync(client, ending.Token);
            await Task.WhenAny(load, memory.RunAsync(ending.Token));
            if (load.IsCompleted) _say("the load ended before its time"); // its writers stopped at faults, which are counted
            _report.Errors = _load.Stopped;
            await ending.CancelAsync();
            await load;
            _report.WorkingSetDrift = memory.Drift;
            await server.StopAsync();
        }

        await LookAsync("an orderly end", cancellation);
    }

    /// <summary>The last judgement: of every point, and of the files.</summary>
    private async Task LookAsync(string context, CancellationToken cancellation)
    {
        using (TortureServer server = await StartAsync(cancellation))
        {
            using TortureClient client = await TortureClient.OpenAsync(server.Address, cancellation);
            await _judge.JudgeAsync(client.Points, context, cancellation);
            await server.KillAsync();
        }

        CheckReport check = CollectionChecker.Check(_directory);
        foreach (CheckFinding finding in check.Findings.Where(finding => finding.Loss != ""))
        {
            _report.CorruptServed++;
            _say($"check: {finding}");
        }
    }

    private async Task RoundAsync(CancellationToken cancellation)
    {
        (string what, Dictionary<string, string> environment) = ChooseDeath();
        using TortureServer? server = await TortureServer.StartAsync(_directory, environment, cancellation);
        if (server is null)
        {
            _report.Kills++;
            _say($"{what}: ended while it started");
            return;
        }

        _report.ReopenMsMax = Math.Max(_report.ReopenMsMax, (long)server.Startup.TotalMilliseconds);
        using CancellationTokenSource dying = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        long before = _report.Acked;
        try
        {
            using TortureClient client = await TortureClient.OpenAsync(server.Address, cancellation);
            await _judge.JudgeAsync(client.Points, what, cancellation);
            Task load = _load.RunAsync(client, dying.Token);
            await Task.WhenAny(load, Task.Delay(ChooseLife(), cancellation));
            await server.KillAsync();
            await dying.CancelAsync();
            await load;
        }
        catch (VectorSearchClientException fault) when (environment != Quick)
        {
            // It died of its own, or its disk failed; a process that is ending may not have ended yet. Judged again in the next round.
            _say($"{what}: no judgement: {fault.Status.Message}");
        }

        await server.KillAsync();
        _report.Kills++;
        _say($"{what}: {_report.Acked - before} writes acknowledged, {_report.Kills} kills, {(_report.IsGood ? "nothing lost" : "PROMISES BROKEN")}");
    }

    /// <summary>A server without a death of its own.</summary>
    private async Task<TortureServer> StartAsync(CancellationToken cancellation) =>
        await TortureServer.StartAsync(_directory, Quick, cancellation) ?? throw new CliException($"The server ended while it started; its data is in {_directory}.");

    /// <summary>Milliseconds under load. Most lives end within a rebuild; one in eight is long enough for some to come to their end.</summary>
    private int ChooseLife() => _random.Next(8) == 0 ? _random.Next(4000, 8000) : _random.Next(200, 2500);

    /// <summary>Half the deaths are at random times, the others at a chosen operation on a chosen file; some disks fail first.</summary>
    private (string What, Dictionary<string, string> Environment) ChooseDeath()
    {
        int die = _random.Next(10);
        if (die < 5) return ("kill -9", Quick);
        Dictionary<string, string> environment = new(Quick);
        string[] files = ["wal.log", "log.head", "manifest", ".snapshot", "snapshots", ""];
        Storage.StorageOperation[] operations =
            [Storage.StorageOperation.Write, Storage.StorageOperation.Flush, Storage.StorageOperation.Rename, Storage.StorageOperation.Delete, Storage.StorageOperation.Open];
        Storage.StorageOperation operation = operations[_random.Next(operations.Length)];
        string fault = $"{(die < 8 ? "kill" : "fail")}:{operation}:{_random.Next(1, 60)}:{files[_random.Next(files.Length)]}";
        environment[Storage.EnvironmentFault.Variable] = fault;
        return (fault, environment);
    }
}
