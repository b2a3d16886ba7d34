using System.Collections.Concurrent;
using VectorSearch.Testing;

namespace VectorSearch.Collections.Tests.Generations;

/// <summary>Rebuilds, promotions and a rollback under writes and queries that never stop.</summary>
public class ConcurrentRebuildTests
{
    private const int Writers = 3;
    private const int IdsPerWriter = 60;

    [Fact]
    public async Task No_call_fails_no_reply_is_mixed_and_no_write_is_lost()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(Writers * IdsPerWriter);
        Collection points = setup.Points;
        using CancellationTokenSource ending = new();
        int[]?[] expected = [.. Enumerable.Range(0, Writers).Select(_ => new int[IdsPerWriter])];
        ConcurrentDictionary<ulong, int> answered = new();
        Task[] callers = [.. Enumerable.Range(0, Writers).Select(writer => WriteAsync(points, writer, expected[writer]!, ending.Token)), QueryAsync(setup, answered, ending.Token)];
        List<ulong> serving = [];
        foreach (int model in new[] { 2, 3, 1 })
        {
            serving.Add((await points.RebuildAsync(setup.Model[model].Request())).Generation);
            await AskedAsync(answered, serving[^1], callers);
        }

        serving.Add((await points.RollbackAsync()).Number);
        await AskedAsync(answered, 3, callers);
        await ending.CancelAsync();
        await Task.WhenAll(callers);
        Assert.Equal([2ul, 3, 4, 3], serving);
        for (int restarts = 0; restarts < 2; restarts++)
        {
            Check(setup.Points, 3, setup.Model[3], expected!);
            Check(setup.Points, 4, setup.Model[1], expected!);
            await setup.Test.ReopenAsync();
        }
    }

    /// <summary>Ends when so many queries were answered by the generation; a caller that failed tells why.</summary>
    private static async Task AskedAsync(ConcurrentDictionary<ulong, int> answered, ulong generation, Task[] callers)
    {
        int before = answered.GetValueOrDefault(generation);
        await TestCatalog.EventuallyAsync(() => answered.GetValueOrDefault(generation) > before + 20 || callers.Any(caller => caller.IsFaulted));
        await Task.WhenAll(callers.Where(caller => caller.IsFaulted));
    }

    /// <summary>Each id has one writer, so what it must be is what that writer did last: a version from 0, or −1 for deleted.</summary>
    private static async Task WriteAsync(Collection points, int writer, int[] versions, CancellationToken ending)
    {
        Random random = TestSeed.Random(500 + writer);
        while (!ending.IsCancellationRequested)
        {
            int first = random.Next(IdsPerWriter - 4), count = random.Next(1, 5), version = random.Next(1, 1000);
            int id = (writer * IdsPerWriter) + first;
            WriteReceipt receipt;
            if (random.Next(4) == 0)
            {
                receipt = await points.DeleteAsync(new DeleteBatch { Ids = [.. Enumerable.Range(id, count).Select(one => new PointId((ulong)one))] }, CancellationToken.None);
                version = -1;
            }
            else
            {
                receipt = await points.UpsertAsync(NumberedModel.Texts(id, count, version), CancellationToken.None);
            }

            versions.AsSpan(first, count).Fill(version);
            using GenerationReader reader = points.Pin();
            PointRows rows = reader.Get([.. Enumerable.Range(id, count).Select(one => new PointId((ulong)one))], true, false, skipMissing: true);
            Assert.Equal(version < 0 ? 0 : count, rows.Ids.Count);
            Assert.True(rows.Lsn >= receipt.Lsn);
            for (int i = 0; i < rows.Ids.Count; i++) Assert.Equal(TestCatalog.PayloadOf(id + i, version), rows.Payloads![i]);
        }
    }

    private static async Task QueryAsync(GenerationSetup setup, ConcurrentDictionary<ulong, int> answered, CancellationToken ending)
    {
        await Task.Yield();
        Random random = TestSeed.Random(600);
        int[] modelOf = [0, 1, 2, 3, 1];
        while (!ending.IsCancellationRequested)
        {
            string text = NumberedModel.TextOf(random.Next(1000));
            QueryResult result = setup.Points.Query(new QueryBatch { Features = [new PointFeatures.Text(text)], Limit = 5, WithVectors = true }, CancellationToken.None);
            NumberedModel model = setup.Model[modelOf[result.Generation]];
            Assert.Equal((model.Space, model.Dimension * result.Ids.Count), (result.Space, result.Vectors.Length));
            answered.AddOrUpdate(result.Generation, 1, (_, count) => count + 1);
            await Task.Yield();
        }
    }

    private static void Check(Collection points, ulong generation, NumberedModel model, int[][] expected)
    {
        using GenerationReader reader = points.Pin(generation);
        Assert.Equal(expected.Sum(versions => versions.Count(version => version >= 0)), reader.Count);
        for (int writer = 0; writer < Writers; writer++)
        {
            for (int i = 0; i < IdsPerWriter; i++)
            {
                if (expected[writer][i] >= 0) GenerationSetup.CheckTexts(points, generation, model, 1, expected[writer][i], (writer * IdsPerWriter) + i);
            }
        }
    }
}
