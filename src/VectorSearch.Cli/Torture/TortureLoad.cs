using VectorSearch.Client;
using VectorSearch.Grpc;

namespace VectorSearch.Cli.Torture;

/// <summary>
/// Upserts, deletes (by id and by filter), changes of payloads, streams, searches, snapshots, rebuilds and rollbacks at
/// once, until the server dies. Each writer tells the expected points what it is about to do, and that it was acknowledged.
/// </summary>
internal sealed class TortureLoad(int seed, ExpectedPoints expected, TortureReport report, Action<string> say)
{
    private const int MaxBatch = 20;
    private const int MaxStreamed = 5;
    private static readonly TimeSpan LongestBetweenSnapshots = TimeSpan.FromMilliseconds(800);
    private static readonly TimeSpan LongestBetweenExchanges = TimeSpan.FromMilliseconds(1500);

    private long _number;
    private int _stopped;

    /// <summary>Loops that a fault ended while the server was meant to live; without a death, each is an error.</summary>
    public int Stopped => Volatile.Read(ref _stopped);

    /// <summary>Loads the server until it dies or the token is cancelled.</summary>
    /// <param name="client">To a running server.</param>
    /// <param name="dying">Ends it.</param>
    public Task RunAsync(TortureClient client, CancellationToken dying)
    {
        IEnumerable<Task> writers = Enumerable.Range(0, TorturePoints.Writers).Select(writer => WriteAsync(client.Points, writer, dying));
        return Task.WhenAll([.. writers, SearchAsync(client.Points, dying), RepeatAsync(LongestBetweenSnapshots, _ => client.SnapshotAsync(dying), dying),
            RepeatAsync(LongestBetweenExchanges, random => ExchangeAsync(client, random, dying), dying)]);
    }

    private async Task WriteAsync(PointsClient points, int writer, CancellationToken dying)
    {
        Random random = NextRandom();
        while (!dying.IsCancellationRequested)
        {
            try
            {
                long writes = await WriteOnceAsync(points, writer, random, dying);
                if (writes < 0)
                {
                    Stop(null, dying);
                    return;
                }

                expected.Acknowledge(writer);
                lock (report) report.Acked += writes;
            }
            catch (Exception e) when (e is VectorSearchClientException or OperationCanceledException)
            {
                // Whether it was done is open until the next judgement, so this writer stops here.
                Stop(e, dying);
                return;
            }
        }
    }

    /// <summary>One write of any kind.</summary>
    /// <returns>Acknowledged writes; −1 if some were refused, which leaves open what they did.</returns>
    private Task<long> WriteOnceAsync(PointsClient points, int writer, Random random, CancellationToken dying)
    {
        ulong[] ids = [.. Enumerable.Range(0, random.Next(1, MaxBatch)).Select(_ => (ulong)((writer * TorturePoints.IdsPerWriter) + random.Next(TorturePoints.IdsPerWriter))).Distinct()];
        ulong[] known = [.. ids.Where(id => expected.Known(id) is not null)];
        return random.Next(10) switch
        {
            0 or 1 when known.Length > 0 => MarkAsync(points, writer, known, dying),
            2 => DeleteAsync(points, writer, ids, dying),
            3 when known.Length > 0 => DeleteVersionAsync(points, writer, expected.Known(known[0])!.Value.Version, dying),
            4 => StreamAsync(points, writer, ids, random.Next(1, MaxStreamed + 1), dying),
            _ => UpsertAsync(points, writer, ids, dying),
        };
    }

    private async Task<long> UpsertAsync(PointsClient points, int writer, ulong[] ids, CancellationToken dying)
    {
        long version = Begin(writer, ids);
        await points.UpsertAsync(ids, TorturePoints.Rows(ids, version), TorturePoints.Payloads(ids, version), cancellationToken: dying);
        return 1;
    }

    private async Task<long> DeleteAsync(PointsClient points, int writer, ulong[] ids, CancellationToken dying)
    {
        expected.Begin(writer, ids.Select(id => (id, (PointState?)null)));
        await points.DeleteAsync(ids, cancellationToken: dying);
        return 1;
    }

    /// <summary>Deletes what is left of an earlier write, which was this writer's.</summary>
    private async Task<long> DeleteVersionAsync(PointsClient points, int writer, long version, CancellationToken dying)
    {
        IEnumerable<ulong> own = Enumerable.Range(writer * TorturePoints.IdsPerWriter, TorturePoints.IdsPerWriter).Select(id => (ulong)id);
        ulong[] left = [.. own.Where(id => expected.Known(id)?.Version == version)];
        expected.Begin(writer, left.Select(id => (id, (PointState?)null)));
        long deleted = await points.DeleteAsync(TorturePoints.OfVersion(version), cancellationToken: dying);
        if (deleted != left.Length) say($"a filter for version {version} deleted {deleted} points, expected {left.Length}");
        return 1;
    }

    private async Task<long> MarkAsync(PointsClient points, int writer, ulong[] known, CancellationToken dying)
    {
        long mark = Interlocked.Increment(ref _number);
        expected.Begin(writer, known.Select(id => (id, (PointState?)(expected.Known(id)!.Value with { Mark = mark }))));
        await points.SetPayloadAsync(known, TorturePoints.Mark(mark), dying);
        return 1;
    }

    private async Task<long> StreamAsync(PointsClient points, int writer, ulong[] ids, int batches, CancellationToken dying)
    {
        await using IngestStream stream = points.OpenIngest();
        for (int batch = 0; batch < batches; batch++)
        {
            long version = Begin(writer, ids);
            await stream.WriteAsync(ids, TorturePoints.Rows(ids, version), TorturePoints.Payloads(ids, version), dying);
        }

        IngestSummary summary = await stream.CompleteAsync(dying);
        return summary.Refused.Count == 0 ? batches : -1;
    }

    /// <summary>Says that an upsert of these ids is about to begin, and numbers it.</summary>
    private long Begin(int writer, ulong[] ids)
    {
        long version = Interlocked.Increment(ref _number);
        expected.Begin(writer, ids.Select(id => (id, (PointState?)new PointState(version, 0))));
        return version;
    }

    private async Task SearchAsync(PointsClient points, CancellationToken dying)
    {
        Random random = NextRandom();
        try
        {
            while (!dying.IsCancellationRequested)
            {
                float[] query = TorturePoints.Vector((ulong)random.Next(TorturePoints.All.Length), random.Next());
                Client.QueryResult result = await points.QueryAsync(query, new QueryOptions { WithPayload = true, WithVectors = true }, dying);
                foreach (Hit hit in result[0])
                {
                    if (hit.Vector.Span.SequenceEqual(TorturePoints.Vector(hit.Id.Number, TorturePoints.State(hit.Payload!).Version))) continue;
                    lock (report) report.CorruptServed++;
                    say($"point {hit.Id.Number} was answered with a wrong vector, seed {seed}");
                }
            }
        }
        catch (Exception e) when (e is VectorSearchClientException or OperationCanceledException)
        {
            Stop(e, dying); // the server is dying
        }
    }

    private async Task ExchangeAsync(TortureClient client, Random random, CancellationToken dying)
    {
        await client.ExchangeAsync(random, dying);
        lock (report) report.Exchanges++;
    }

    private async Task RepeatAsync(TimeSpan longestBetween, Func<Random, Task> act, CancellationToken dying)
    {
        Random random = NextRandom();
        while (!dying.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(random.NextDouble() * longestBetween, dying);
                await act(random);
            }
            catch (VectorSearchClientException e) when (e.Code == GrpcStatusCode.FailedPrecondition)
            {
                continue; // a rebuild that the last death interrupted is being resumed
            }
            catch (Exception e) when (e is VectorSearchClientException or OperationCanceledException)
            {
                Stop(e, dying); // the server is dying, or its disk failed
                return;
            }
        }
    }

    /// <summary>Another one each time: rounds must not be alike.</summary>
    private Random NextRandom() => new(unchecked((seed * 7919) + (int)Interlocked.Increment(ref _number)));

    /// <summary>A loop ends. What a server that dies, or whose disk fails, would not say is told.</summary>
    private void Stop(Exception? fault, CancellationToken dying)
    {
        if (dying.IsCancellationRequested) return;
        Interlocked.Increment(ref _stopped);
        if (fault is VectorSearchClientException { Code: GrpcStatusCode.Internal or GrpcStatusCode.Unknown or GrpcStatusCode.FailedPrecondition or GrpcStatusCode.InvalidArgument })
            say($"unexpected, seed {seed}: {fault.Message}");
    }
}
