using System.Diagnostics;
using VectorSearch.Client;
using VectorSearch.Collections;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Torture;

/// <summary>Rounds of load, death, reopening and judgement.</summary>
internal sealed class TortureRun
{
    private const string Name = "torture";
    private const string Space = "client:torture@1";
    private const int FindableSamples = 25;

    /// <summary>A server that is alive answers sooner by far, unless the whole machine is halted.</summary>
    private static readonly TimeSpan CallLimit = TimeSpan.FromMinutes(5);

    private readonly string _directory;
    private readonly int _seed;
    private readonly TortureReport _report;
    private readonly Action<string> _say;
    private readonly Random _random;
    private readonly ExpectedPoints _expected = new();
    private readonly TortureLoad _load;

    /// <param name="directory">The server's data.</param>
    /// <param name="seed">Of everything random.</param>
    /// <param name="report">Counts what is found.</param>
    /// <param name="say">Tells what happens.</param>
    public TortureRun(string directory, int seed, TortureReport report, Action<string> say)
    {
        (_directory, _seed, _report, _say) = (directory, seed, report, say);
        _random = new Random(seed);
        _load = new TortureLoad(seed, _expected, report, say);
    }

    /// <summary>Goes on until the time is over; the last judgement comes after it.</summary>
    public async Task GoOnAsync(TimeSpan duration, CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (clock.Elapsed < duration && !cancellation.IsCancellationRequested) await RoundAsync(cancellation);
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
        using VectorSearchClient client = new(server.Address, new VectorSearchClientOptions { Retry = RetryPolicy.None, Timeout = CallLimit });
        using CancellationTokenSource dying = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        long before = _report.Acked;
        try
        {
            PointsClient points = await OpenAsync(client, cancellation);
            await JudgeAsync(points, what, cancellation);
            Task load = _load.RunAsync(client, points, dying.Token);
            await Task.WhenAny(load, Task.Delay(_random.Next(200, 2500), cancellation));
            await server.KillAsync();
            await dying.CancelAsync();
            await load;
        }
        catch (VectorSearchClientException) when (server.HasEnded)
        {
            _say($"{what}: ended while it was judged"); // judged again in the next round
        }

        await server.KillAsync();
        _report.Kills++;
        _say($"{what}: {_report.Acked - before} writes acknowledged, {_report.Kills} kills, {(_report.IsGood ? "nothing lost" : "PROMISES BROKEN")}");
    }

    /// <summary>Half the deaths are at random times, the others at a chosen operation on a chosen file; some disks fail first.</summary>
    private (string What, Dictionary<string, string> Environment) ChooseDeath()
    {
        Dictionary<string, string> environment = new() { ["VECTORSEARCH_SNAPSHOT_AFTER_LOG_MEGABYTES"] = "1" };
        int die = _random.Next(10);
        if (die < 5) return ("kill -9", environment);
        string[] files = ["wal.log", "log.head", "manifest", ".snapshot", "snapshots", ""];
        Storage.StorageOperation[] operations =
            [Storage.StorageOperation.Write, Storage.StorageOperation.Flush, Storage.StorageOperation.Rename, Storage.StorageOperation.Delete, Storage.StorageOperation.Open];
        Storage.StorageOperation operation = operations[_random.Next(operations.Length)];
        string fault = $"{(die < 8 ? "kill" : "fail")}:{operation}:{_random.Next(1, 60)}:{files[_random.Next(files.Length)]}";
        environment[Storage.EnvironmentFault.Variable] = fault;
        return (fault, environment);
    }

    private static async Task<PointsClient> OpenAsync(VectorSearchClient client, CancellationToken cancellation)
    {
        IReadOnlyList<Protocol.V1.Collection> known = await client.Collections.ListAsync(cancellationToken: cancellation);
        if (known.Count == 0)
        {
            await client.Collections.CreateAsync(
                new Protocol.V1.Collection { Name = Name, Dimension = TorturePoints.Dimension, Metric = Metric.SquaredEuclidean, IdKind = Protocol.V1.IdKind.Number, SpaceId = Space },
                cancellationToken: cancellation);
        }

        return client.Points(Name, Space);
    }

    private async Task JudgeAsync(PointsClient points, string context, CancellationToken cancellation)
    {
        IReadOnlyList<Point> found = await points.GetAsync(TorturePoints.All, withPayload: true, withVectors: true, skipMissing: true, cancellationToken: cancellation);
        Dictionary<ulong, PointState> states = [];
        foreach (Point point in found)
        {
            PointState state = states[point.Id.Number] = TorturePoints.State(point.Payload!);
            if (!point.Vector.Span.SequenceEqual(TorturePoints.Vector(point.Id.Number, state.Version))) Blame(() => _report.CorruptServed++, point.Id.Number, "a wrong vector", context);
        }

        foreach (ulong id in states.Keys.OrderBy(_ => _random.Next()).Take(FindableSamples))
        {
            // An exact query promises the point; a walk through the graph promises nothing, but on a sound graph it does not miss.
            float[] vector = TorturePoints.Vector(id, states[id].Version);
            if (!IsFound(await points.QueryAsync(vector, new QueryOptions { Limit = 1, Exact = true }, cancellation)))
                Blame(() => _report.CorruptServed++, id, "not findable", context);
            _report.Walks++;
            if (IsFound(await points.QueryAsync(vector, new QueryOptions { Limit = 1 }, cancellation))) continue;
            _report.WalksThatMissed++;
            _say($"point {id} was missed by a walk after '{context}', seed {_seed}");
        }

        foreach (ulong id in TorturePoints.All)
        {
            ExpectedPoints.Verdict verdict = _expected.Judge(id, states.TryGetValue(id, out PointState state) ? state : null);
            if (verdict == ExpectedPoints.Verdict.Lost) Blame(() => _report.Lost++, id, "lost", context);
            if (verdict == ExpectedPoints.Verdict.Phantom) Blame(() => _report.Phantoms++, id, "a phantom", context);
            if (verdict == ExpectedPoints.Verdict.Stale) Blame(() => _report.Stale++, id, "stale", context);
        }

        _expected.Settle();
    }

    private static bool IsFound(Client.QueryResult nearest) => nearest[0] is [{ Score: < 1e-6f }];

    private void Blame(Action count, ulong id, string fault, string context)
    {
        count();
        _say($"point {id} is {fault} after '{context}', seed {_seed}");
    }
}
