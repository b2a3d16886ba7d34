using System.Diagnostics;
using VectorSearch.Client;
using VectorSearch.Collections;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Torture;

/// <summary>Rounds of load, death, reopening and judgement.</summary>
internal sealed class TortureRun(string directory, int seed, TortureReport report, Action<string> say)
{
    private const string Name = "torture";
    private const string Space = "client:torture@1";
    private const int Dimension = 16;
    private const int Writers = 4;
    private const int IdsPerWriter = 250;
    private const int MaxBatch = 20;
    private const int FindableSamples = 25;

    /// <summary>A server that is alive answers sooner by far, unless the whole machine is halted.</summary>
    private static readonly TimeSpan CallLimit = TimeSpan.FromMinutes(5);

    private readonly Random _random = new(seed);
    private readonly ExpectedPoints _expected = new();
    private long _version;

    /// <summary>Goes on until the time is over; the last judgement comes after it.</summary>
    public async Task GoOnAsync(TimeSpan duration, CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (clock.Elapsed < duration && !cancellation.IsCancellationRequested) await RoundAsync(cancellation);
        CheckReport check = CollectionChecker.Check(directory);
        foreach (CheckFinding finding in check.Findings.Where(finding => finding.Loss != ""))
        {
            report.CorruptServed++;
            say($"check: {finding}");
        }
    }

    private async Task RoundAsync(CancellationToken cancellation)
    {
        (string what, Dictionary<string, string> environment) = ChooseDeath();
        using TortureServer? server = await TortureServer.StartAsync(directory, environment, cancellation);
        if (server is null)
        {
            report.Kills++;
            say($"{what}: ended while it started");
            return;
        }

        report.ReopenMsMax = Math.Max(report.ReopenMsMax, (long)server.Startup.TotalMilliseconds);
        using VectorSearchClient client = new(server.Address, new VectorSearchClientOptions { Retry = RetryPolicy.None, Timeout = CallLimit });
        using CancellationTokenSource dying = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        long before = report.Acked;
        try
        {
            PointsClient points = await OpenAsync(client, cancellation);
            await JudgeAsync(points, what, cancellation);
            Task load = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => WriteAsync(points, writer, dying.Token)).Append(SearchAsync(points, dying.Token)));
            await Task.WhenAny(load, Task.Delay(_random.Next(200, 2500), cancellation));
            await server.KillAsync();
            await dying.CancelAsync();
            await load;
        }
        catch (VectorSearchClientException) when (server.HasEnded)
        {
            say($"{what}: ended while it was judged"); // judged again in the next round
        }

        await server.KillAsync();
        report.Kills++;
        say($"{what}: {report.Acked - before} writes acknowledged, {report.Kills} kills, {(report.IsGood ? "nothing lost" : "PROMISES BROKEN")}");
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
                new Protocol.V1.Collection { Name = Name, Dimension = Dimension, Metric = Metric.SquaredEuclidean, IdKind = Protocol.V1.IdKind.Number, SpaceId = Space },
                cancellationToken: cancellation);
        }

        return client.Points(Name, Space);
    }

    private async Task JudgeAsync(PointsClient points, string context, CancellationToken cancellation)
    {
        ulong[] all = [.. Enumerable.Range(0, Writers * IdsPerWriter).Select(id => (ulong)id)];
        IReadOnlyList<Point> found = await points.GetAsync(all, withPayload: true, withVectors: true, skipMissing: true, cancellationToken: cancellation);
        Dictionary<ulong, long> versions = [];
        foreach (Point point in found)
        {
            versions[point.Id.Number] = (long)point.Payload!["version"]!;
            if (!point.Vector.Span.SequenceEqual(Vector(point.Id.Number, versions[point.Id.Number]))) Blame(() => report.CorruptServed++, point.Id.Number, "a wrong vector", context);
        }

        foreach (ulong id in versions.Keys.OrderBy(_ => _random.Next()).Take(FindableSamples))
        {
            // An exact query promises the point; a walk through the graph promises nothing, but on a sound graph it does not miss.
            float[] vector = Vector(id, versions[id]);
            if (!IsFound(await points.QueryAsync(vector, new QueryOptions { Limit = 1, Exact = true }, cancellation)))
                Blame(() => report.CorruptServed++, id, "not findable", context);
            report.Walks++;
            if (IsFound(await points.QueryAsync(vector, new QueryOptions { Limit = 1 }, cancellation))) continue;
            report.WalksThatMissed++;
            say($"point {id} was missed by a walk after '{context}', seed {seed}");
        }

        foreach (ulong id in all)
        {
            ExpectedPoints.Verdict verdict = _expected.Judge(id, versions.TryGetValue(id, out long version) ? version : null);
            if (verdict == ExpectedPoints.Verdict.Lost) Blame(() => report.Lost++, id, "lost", context);
            if (verdict == ExpectedPoints.Verdict.Phantom) Blame(() => report.Phantoms++, id, "a phantom", context);
            if (verdict == ExpectedPoints.Verdict.Stale) Blame(() => report.Stale++, id, "stale", context);
        }

        _expected.Settle();
    }

    private static bool IsFound(Client.QueryResult nearest) => nearest[0] is [{ Score: < 1e-6f }];

    private void Blame(Action count, ulong id, string fault, string context)
    {
        count();
        say($"point {id} is {fault} after '{context}', seed {seed}");
    }

    private async Task WriteAsync(PointsClient points, int writer, CancellationToken dying)
    {
        Random random = new(unchecked((seed * 7919) + (int)Interlocked.Increment(ref _version) + writer));
        while (!dying.IsCancellationRequested)
        {
            ulong[] ids = [.. Enumerable.Range(0, random.Next(1, MaxBatch)).Select(_ => (ulong)((writer * IdsPerWriter) + random.Next(IdsPerWriter))).Distinct()];
            long version = Interlocked.Increment(ref _version);
            bool isDelete = random.Next(5) == 0;
            _expected.Begin(writer, ids, isDelete ? null : version);
            try
            {
                if (isDelete) await points.DeleteAsync(ids, cancellationToken: dying);
                else await points.UpsertAsync(ids, Rows(ids, version), [.. ids.Select(_ => Payload(version))], cancellationToken: dying);
            }
            catch (Exception e) when (e is VectorSearchClientException or OperationCanceledException)
            {
                // Whether it was done is open until the next judgement, so this writer stops here.
                if (e is not VectorSearchClientException { Code: GrpcStatusCode.FailedPrecondition }) return;
                say($"unexpected: {e.Message}");
                return;
            }

            _expected.Acknowledge(writer);
            lock (report) report.Acked++;
        }
    }

    private async Task SearchAsync(PointsClient points, CancellationToken dying)
    {
        Random random = new(seed);
        while (!dying.IsCancellationRequested)
        {
            try
            {
                Client.QueryResult result = await points.QueryAsync(Vector((ulong)random.Next(Writers * IdsPerWriter), random.Next()), new QueryOptions { WithPayload = true, WithVectors = true }, dying);
                foreach (Hit hit in result[0])
                {
                    if (!hit.Vector.Span.SequenceEqual(Vector(hit.Id.Number, (long)hit.Payload!["version"]!))) Blame(() => report.CorruptServed++, hit.Id.Number, "answered wrong", "search");
                }
            }
            catch (Exception e) when (e is VectorSearchClientException or OperationCanceledException)
            {
                return; // the server is dying
            }
        }
    }

    private static Dictionary<string, object?> Payload(long version) => new() { ["version"] = version };

    private static ReadOnlyMemory<float> Flat(ulong[] ids, long version) => ids.SelectMany(id => Vector(id, version)).ToArray();

    private static Vectors Rows(ulong[] ids, long version) => new(Flat(ids, version), Dimension);

    /// <summary>A function of id and version, so that the judge knows it too.</summary>
    private static float[] Vector(ulong id, long version) =>
        [.. Enumerable.Range(0, Dimension).Select(i => (float)Math.Sin((id * 31) + ((ulong)version * 17) + (ulong)i))];
}
