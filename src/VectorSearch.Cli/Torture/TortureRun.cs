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
    private readonly int _seed;
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
        (_directory, _seed, _report, _say) = (directory, seed, report, say);
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
        const string Context = "a soak";
        await OnServerAsync(Context, Quick, async (server, client, stalls) =>
        {
            WorkingSetWatch memory = new(server.WorkingSet, duration);
            using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Task load = _load.RunAsync(client, ending.Token);
            await Task.WhenAny(load, memory.RunAsync(ending.Token));
            if (load.IsCompleted) _say("the load ended before its time"); // its writers stopped at faults, which are counted
            _report.Errors = _load.Stopped;
            await ending.CancelAsync();
            await stalls.WaitAsync("calls that were cancelled", load);
            _report.WorkingSetDrift = memory.Drift;
            await stalls.WaitAsync("the request to end", server.StopAsync());
        }, cancellation);
        await LookAsync("an orderly end", cancellation);
    }

    /// <summary>The last judgement: of every point, and of the files.</summary>
    private async Task LookAsync(string context, CancellationToken cancellation)
    {
        bool isThere = await OnServerAsync(context, Quick, (_, client, stalls) => _judge.JudgeAsync(client.Points, context, stalls, cancellation), cancellation);
        if (!isThere) throw new CliException($"The server ended while it started; its data is in {_directory}.");
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
        using CancellationTokenSource dying = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        long before = _report.Acked;
        bool isThere = await OnServerAsync(what, environment, async (server, client, stalls) =>
        {
            _report.ReopenMsMax = Math.Max(_report.ReopenMsMax, (long)server.Startup.TotalMilliseconds);
            await _judge.JudgeAsync(client.Points, what, stalls, cancellation);
            Task load = _load.RunAsync(client, dying.Token);
            await Task.WhenAny(load, Task.Delay(ChooseLife(), cancellation));
            await server.KillAsync();
            await dying.CancelAsync();
            await stalls.WaitAsync("calls to a server that is dead", load);
        }, cancellation);
        _report.Kills++;
        _say(isThere
            ? $"{what}: {_report.Acked - before} writes acknowledged, {_report.Kills} kills, {(_report.IsGood ? "nothing lost" : "PROMISES BROKEN")}"
            : $"{what}: ended while it started");
    }

    /// <summary>
    /// Starts a server, does something with it and kills it. One that stands still is told, and that is all that is done with
    /// it; so is one that died of its own, or whose disk failed, if it was to: the next one is judged.
    /// </summary>
    /// <returns>False if it ended while it started.</returns>
    private async Task<bool> OnServerAsync(
        string context, Dictionary<string, string> environment, Func<TortureServer, TortureClient, StallWatch, Task> act, CancellationToken cancellation)
    {
        StallWatch stalls = new($"{context}, seed {_seed}", _directory, _report, _say);
        TortureServer? server = null;
        try
        {
            server = await TortureServer.StartAsync(_directory, environment, stalls, cancellation);
            if (server is null) return false;
            using TortureClient client = await stalls.WaitAsync("the list of collections", TortureClient.OpenAsync(server.Address, cancellation));
            await act(server, client, stalls);
        }
        catch (VectorSearchClientException fault) when (environment != Quick)
        {
            _say($"{context}: no judgement: {fault.Status.Message}"); // a process that is ending may not have ended yet
        }
        catch (StallException stall)
        {
            _say($"{context}: no judgement: {stall.Message}");
        }
        finally
        {
            if (server is not null) await server.KillAsync();
            server?.Dispose();
        }

        return true;
    }

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
