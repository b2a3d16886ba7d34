using VectorSearch.Client;
using VectorSearch.Protocol.V1;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.EndToEnd;

/// <summary>
/// A real server is killed with SIGKILL while a client writes to it. After each restart every point whose write was
/// acknowledged is there, whole, and found by a query for its own vector.
/// </summary>
public sealed class KillDuringImportTests : IDisposable
{
    private const int Kills = 20;
    private const int Dimension = 16;
    private const int BatchRows = 50;
    private const int MaxBatchesBeforeKill = 12;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_acknowledged_point_is_there_after_twenty_kills()
    {
        Random random = TestSeed.Random();
        Dictionary<ulong, float[]> acknowledged = [];
        string data = _directory.Combine("data");
        ulong next = 0;
        for (int kill = 0; kill <= Kills; kill++)
        {
            (CliProcess server, Uri address) = await CliProcess.ServeAsync(data, _directory.Combine("ready"));
            await using (server)
            {
                using VectorSearchClient client = new(address, new VectorSearchClientOptions { Retry = RetryPolicy.None });
                if (kill == 0) await CreateAsync(client);
                await CheckAsync(client, acknowledged, $"after {kill} kills, {TestSeed.Describe}");
                if (kill < Kills) next = await ImportUntilKilledAsync(client, server, acknowledged, next, random);
            }
        }

        Assert.True(acknowledged.Count >= Kills * BatchRows, $"Only {acknowledged.Count} points were acknowledged: the test proves little. {TestSeed.Describe}");
    }

    private static Task CreateAsync(VectorSearchClient client) => client.Collections.CreateAsync(new Collection
    {
        Name = "points", Dimension = Dimension, Metric = Metric.SquaredEuclidean, SpaceId = "client:kill@1", IdKind = IdKind.Number,
    });

    /// <summary>Writes batch after batch; the kill comes while some batch is under way.</summary>
    private static async Task<ulong> ImportUntilKilledAsync(
        VectorSearchClient client, CliProcess server, Dictionary<ulong, float[]> acknowledged, ulong next, Random random)
    {
        PointsClient points = client.Points("points");
        int batches = random.Next(1, MaxBatchesBeforeKill);
        for (int batch = 0; ; batch++)
        {
            ulong[] ids = [.. Enumerable.Range(0, BatchRows).Select(i => next + (ulong)i)];
            float[][] vectors = [.. ids.Select(_ => Enumerable.Range(0, Dimension).Select(_ => random.NextSingle()).ToArray())];
            next += BatchRows;
            Task<long> write = points.UpsertAsync(ids, vectors);
            if (batch == batches) await server.KillAsync();
            try
            {
                await write;
            }
            catch (VectorSearchClientException)
            {
                // Not acknowledged: it may be there or not, and the ids are not used again.
                Assert.True(batch == batches, $"A write failed before the kill.\n{server.Output}");
                return next;
            }

            for (int i = 0; i < ids.Length; i++) acknowledged[ids[i]] = vectors[i];
            if (batch == batches) return next;
        }
    }

    private static async Task CheckAsync(VectorSearchClient client, Dictionary<ulong, float[]> acknowledged, string when)
    {
        if (acknowledged.Count == 0) return;
        PointsClient points = client.Points("points");
        ulong[] ids = [.. acknowledged.Keys];
        IReadOnlyList<Point> found = await points.GetAsync(ids, withVectors: true, skipMissing: true);
        Assert.True(found.Count == ids.Length, $"{ids.Length - found.Count} of {ids.Length} acknowledged points are gone {when}.");
        Assert.All(found, point => Assert.Equal(acknowledged[point.Id.Number], point.Vector.ToArray()));

        // The newest are the ones that may lie in the log only, and not yet in the graph.
        ulong[] newest = [.. ids.TakeLast(2 * BatchRows)];
        QueryResult result = await points.QueryAsync(newest.Select(id => acknowledged[id]).ToArray(), new QueryOptions { Limit = 1 });
        for (int i = 0; i < newest.Length; i++) Assert.True(result[i][0].Id == newest[i], $"Point {newest[i]} is there but not found {when}.");
    }
}
