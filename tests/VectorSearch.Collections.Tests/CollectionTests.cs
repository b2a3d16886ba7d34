using VectorSearch.Numerics;

namespace VectorSearch.Collections.Tests;

public class CollectionTests
{
    private static QueryBatch Near(int id, int limit = 3, int version = 0) =>
        new() { Vectors = TestCatalog.Vector(id + (version * 1_000_000)), Limit = limit, WithPayload = true };

    [Fact]
    public async Task An_acknowledged_point_is_findable_at_once_and_after_a_restart()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        WriteReceipt receipt = await points.UpsertAsync(TestCatalog.Points(0, 500));
        Check(points);
        await test.ReopenAsync();
        Check(test.Catalog.Get("points"));

        void Check(Collection collection)
        {
            Assert.Equal(500, receipt.Points);
            Assert.Equal(500, collection.Count);
            Assert.Equal(CollectionState.Serving, collection.Status.State);
            QueryResult found = collection.Query(Near(123));
            Assert.Equal([3], found.Counts);
            Assert.Equal(new PointId(123), found.Ids[0]);
            Assert.Equal(0, found.Scores[0]);
            Assert.Equal(TestCatalog.PayloadOf(123, 0), found.Payloads![0]);
            Assert.True(found.Lsn >= receipt.Lsn);
        }
    }

    [Fact]
    public async Task Snapshot_and_log_together_give_back_every_point()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 300));
        ulong lsn = await points.SnapshotAsync();
        Assert.Equal(lsn, points.Status.SnapshotLsn);
        await points.UpsertAsync(TestCatalog.Points(200, 200, version: 1));
        await points.DeleteAsync(TestCatalog.Ids([.. Enumerable.Range(0, 50).Select(i => (ulong)i)]));
        for (int round = 0; round < 3; round++)
        {
            await test.ReopenAsync();
            points = test.Catalog.Get("points");
            Assert.Equal(350, points.Count);
            Assert.Equal(new PointId(399), points.Query(Near(399, 1, 1)).Ids[0]);
            Assert.Equal(TestCatalog.PayloadOf(250, 1), points.Query(Near(250, 1, 1)).Payloads![0]);
            Assert.NotEqual(0, points.Query(Near(250, 1)).Scores[0]);
            PointRows rows = points.Get([150, 260], withPayload: true, withVectors: true, skipMissing: false);
            Assert.Equal([.. TestCatalog.Vector(150), .. TestCatalog.Vector(260 + 1_000_000)], rows.Vectors.ToArray());
            Assert.Equal(TestCatalog.PayloadOf(150, 0), rows.Payloads![0]);
            await points.SnapshotAsync();
        }
    }

    [Fact]
    public async Task A_deleted_point_is_in_no_answer_from_the_acknowledgement_on()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 100));
        for (ulong id = 0; id < 100; id++)
        {
            WriteReceipt receipt = await points.DeleteAsync(TestCatalog.Ids(id, 100_000));
            Assert.Equal(1, receipt.Points);
            QueryResult found = points.Query(Near((int)id, 10));
            Assert.DoesNotContain(new PointId(id), found.Ids);
            Assert.Equal(Math.Min(10, 99 - (int)id), found.Counts[0]);
        }
    }

    [Fact]
    public async Task A_vector_comes_back_bit_by_bit_as_it_was_sent()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        foreach (Metric metric in Enum.GetValues<Metric>())
        {
            Collection points = await test.CreateAsync($"p-{metric}", metric);
            await points.UpsertAsync(TestCatalog.Points(0, 20));
            Check(points);
            await points.SnapshotAsync();
            Check(points);
        }

        await test.ReopenAsync();
        foreach (Metric metric in Enum.GetValues<Metric>()) Check(test.Catalog.Get($"p-{metric}"));

        static void Check(Collection points)
        {
            PointRows rows = points.Get([7], false, withVectors: true, false);
            Assert.Equal(TestCatalog.Vector(7), rows.Vectors.ToArray());
        }
    }

    [Fact]
    public async Task Scores_are_similarities_or_distances_by_metric()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        float[] x = TestCatalog.Vector(1), q = TestCatalog.Vector(2);
        double dot = x.Zip(q, (a, b) => (double)a * b).Sum();
        double cosine = dot / Math.Sqrt(x.Sum(a => (double)a * a) * q.Sum(a => (double)a * a));
        double squared = x.Zip(q, (a, b) => (double)(a - b) * (a - b)).Sum();
        foreach ((Metric metric, double expected) in new[] { (Metric.InnerProduct, dot), (Metric.Cosine, cosine), (Metric.SquaredEuclidean, squared) })
        {
            Collection points = await test.CreateAsync($"p-{metric}", metric);
            await points.UpsertAsync(TestCatalog.Points(1, 1));
            Assert.Equal(expected, points.Query(new QueryBatch { Vectors = q }).Scores[0], 5);
        }
    }

    [Fact]
    public async Task Of_two_rows_with_one_id_the_last_wins_also_under_concurrency()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(new UpsertBatch { Ids = [5, 5], Vectors = (float[])[.. TestCatalog.Vector(1), .. TestCatalog.Vector(2)] });
        Assert.Equal(TestCatalog.Vector(2), points.Get([5], false, true, false).Vectors.ToArray());
        (ulong Lsn, int Version)[] newest = new (ulong, int)[100];
        await Parallel.ForAsync(0, 16, async (writer, token) =>
        {
            for (int i = 0; i < 60; i++)
            {
                int id = ((writer * 7) + i) % 100;
                WriteReceipt receipt = await points.UpsertAsync(TestCatalog.Points(id, 1, (writer * 100) + i), token);
                lock (newest)
                {
                    if (receipt.Lsn > newest[id].Lsn) newest[id] = (receipt.Lsn, (writer * 100) + i);
                }
            }
        });
        Assert.Equal(newest.Count(one => one.Lsn > 0), points.Count);
        for (int id = 0; id < 100; id++)
        {
            if (newest[id].Lsn == 0) continue;
            QueryResult found = points.Query(Near(id, 100, newest[id].Version));
            Assert.Equal(new PointId((ulong)id), found.Ids[0]);
            Assert.Equal(found.Ids.Count, found.Ids.Distinct().Count());
        }
    }

    [Fact]
    public async Task A_read_can_wait_for_a_write_and_refuses_a_number_that_was_never_given_out()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        WriteReceipt receipt = await points.UpsertAsync(TestCatalog.Points(0, 1));
        await points.WaitForLsnAsync(receipt.Lsn);
        Assert.Equal(1, points.Query(Near(0) with { MinLsn = receipt.Lsn }).Counts[0]);
        VectorSearchException never = await Assert.ThrowsAsync<VectorSearchException>(() => points.WaitForLsnAsync(receipt.Lsn + 100));
        Assert.Equal(ErrorCode.FailedPrecondition, never.Code);
        Assert.Equal("min_lsn", never.Field);
    }

    [Fact]
    public async Task A_repeated_request_is_done_once_also_after_a_restart()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        WriteReceipt first = await points.UpsertAsync(TestCatalog.Points(0, 10) with { RequestId = "a" });
        await points.DeleteAsync(TestCatalog.Ids(3) with { RequestId = "b" });
        WriteReceipt again = await points.UpsertAsync(TestCatalog.Points(0, 10) with { RequestId = "a" });
        Assert.Equal(first with { Repeated = true }, again);
        Assert.Equal(9, points.Count);
        await test.ReopenAsync();
        Assert.Equal(first with { Repeated = true }, await test.Catalog.Get("points").UpsertAsync(TestCatalog.Points(0, 10) with { RequestId = "a" }));
        await test.Catalog.Get("points").SnapshotAsync();
        await test.ReopenAsync();
        points = test.Catalog.Get("points");
        Assert.Equal(1, (await points.DeleteAsync(TestCatalog.Ids(3) with { RequestId = "b" })).Points);
        Assert.Equal(9, points.Count);
    }

    [Fact]
    public async Task Features_are_embedded_by_the_model_and_kept_as_they_came()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        CollectionDefinition definition = TestCatalog.Define("texts", Metric.Cosine, IdKind.Text) with { Model = "sha256:letters", Question = "texts" };
        Collection texts = await test.Catalog.CreateAsync(definition);
        await texts.UpsertAsync(new UpsertBatch
        {
            Ids = ["bad", "head", "cage"],
            Features = [new PointFeatures.Text("bad"), new PointFeatures.Text("head"), new PointFeatures.Text("cage")],
        });
        QueryResult found = texts.Query(new QueryBatch { Features = [new PointFeatures.Text("dabba")], Limit = 1 });
        Assert.Equal("bad", found.Ids[0].Text);
        QueryBatch history = new() { Features = [new PointFeatures.History(["bad", "cage"], [])], ExcludeHistory = true };
        Assert.Equal(["head"], texts.Query(history).Ids.Select(id => id.Text));
        Assert.Equal(["cage", "head"], texts.Query(new QueryBatch { Ids = ["bad"] }).Ids.Select(id => id.Text).Order());
        VectorSearchException unknown = await Assert.ThrowsAsync<VectorSearchException>(() =>
            texts.UpsertAsync(new UpsertBatch { Ids = ["x", "y"], Features = [new PointFeatures.Text("ok a"), new PointFeatures.Text("a1")] }));
        Assert.Contains("features[1]", unknown.Message, StringComparison.Ordinal);
        Assert.Equal(3, texts.Count);
    }

    [Fact]
    public async Task An_applied_write_is_findable_at_once_and_on_disk_soon()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.Catalog.CreateAsync(TestCatalog.Define("points") with { Durability = Durability.Applied });
        WriteReceipt receipt = await points.UpsertAsync(TestCatalog.Points(0, 10));
        Assert.Equal(10, points.Count);
        await TestCatalog.EventuallyAsync(() => points.Status.DurableLsn >= receipt.Lsn);
        await test.ReopenAsync();
        Assert.Equal(10, test.Catalog.Get("points").Count);
    }

    [Fact]
    public async Task A_large_batch_is_cut_into_records_and_comes_back_whole()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        byte[] large = new byte[700_000];
        WriteReceipt receipt = await points.UpsertAsync(TestCatalog.Points(0, 20) with
        {
            Payloads = [.. Enumerable.Range(0, 20).Select(i => new Payload([new("data", PayloadValue.From((ReadOnlyMemory<byte>)large))]))],
        });
        Assert.Equal(20u, receipt.Lsn);
        await test.ReopenAsync();
        points = test.Catalog.Get("points");
        PointRows rows = points.Get([19], true, false, false);
        Assert.True(rows.Payloads![0].TryGetValue("data", out PayloadValue data));
        Assert.Equal(700_000, data.AsBinary.Length);
    }

    [Fact]
    public async Task Snapshots_under_load_lose_nothing()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        int version = 0;
        using CancellationTokenSource ending = new();
        Task writing = Task.Run(async () =>
        {
            while (!ending.IsCancellationRequested)
            {
                version++;
                await points.UpsertAsync(TestCatalog.Points(version * 37 % 500, 40, version));
                await points.DeleteAsync(TestCatalog.Ids((ulong)(version * 11 % 500)));
            }
        });
        for (int i = 0; i < 6; i++) await points.SnapshotAsync();
        await ending.CancelAsync();
        await writing;
        Dictionary<PointId, Payload> before = Dump(points);
        await test.ReopenAsync();
        Assert.Equal(before, Dump(test.Catalog.Get("points")));

        static Dictionary<PointId, Payload> Dump(Collection collection)
        {
            PointRows rows = collection.Get([.. Enumerable.Range(0, 600).Select(i => new PointId((ulong)i))], true, true, skipMissing: true);
            for (int i = 0; i < rows.Ids.Count; i++)
            {
                Assert.True(rows.Payloads![i].TryGetValue("version", out PayloadValue of));
                Assert.Equal(
                    TestCatalog.Vector((int)rows.Ids[i].Number + ((int)of.AsInteger * 1_000_000)),
                    rows.Vectors.Slice(i * TestCatalog.Dimension, TestCatalog.Dimension).ToArray());
            }

            return rows.Ids.Zip(rows.Payloads!).ToDictionary(pair => pair.First, pair => pair.Second);
        }
    }
}
