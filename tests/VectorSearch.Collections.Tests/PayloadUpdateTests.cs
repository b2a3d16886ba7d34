using FsCheck;
using FsCheck.Fluent;
using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Collections.Tests;

/// <summary>Payloads are changed in place, durably, and filters and facets see it.</summary>
public class PayloadUpdateTests
{
    private static Payload Of(params (string Name, PayloadValue Value)[] fields) => new(fields.Select(field => new KeyValuePair<string, PayloadValue>(field.Name, field.Value)));

    private static PayloadBatch Change(PayloadChange change, params ulong[] ids) => new() { Ids = [.. ids.Select(id => new PointId(id))], Change = change };

    private static PayloadFilter Version(int version) => new() { Must = [new PayloadCondition.Match("version", [PayloadValue.From((long)version)])] };

    private static async Task EachTimeAsync(TestCatalog test, Action<Collection> expect)
    {
        expect(test.Catalog.Get("points"));
        await test.ReopenAsync();
        expect(test.Catalog.Get("points"));
        await test.Catalog.Get("points").SnapshotAsync();
        expect(test.Catalog.Get("points"));
        await test.ReopenAsync();
        expect(test.Catalog.Get("points"));
    }

    [Theory]
    [InlineData(Metric.SquaredEuclidean, false)]
    [InlineData(Metric.Cosine, true)]
    public async Task Fields_are_set_replaced_and_removed_and_stay_so(Metric metric, bool snapshotBefore)
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync(metric: metric);
        await points.UpsertAsync(TestCatalog.Points(0, 50));
        if (snapshotBefore) await points.SnapshotAsync();
        WriteReceipt set = await points.UpdatePayloadAsync(Change(new PayloadChange.Set(Of(("version", PayloadValue.From(7L)), ("new", PayloadValue.From("x")))), 1, 2, 999));
        Assert.Equal((51UL - 50 + 1, 2), (set.Lsn, set.Points));
        await points.UpdatePayloadAsync(Change(new PayloadChange.Replace(Of(("only", PayloadValue.From(true)))), 3));
        await points.UpdatePayloadAsync(Change(new PayloadChange.Replace(Payload.Empty), 4));
        await points.UpdatePayloadAsync(Change(new PayloadChange.Remove(["title", "nowhere"]), 5));
        await EachTimeAsync(test, now =>
        {
            PointRows rows = now.Get([1, 3, 4, 5, 6], withPayload: true, withVectors: true, skipMissing: false);
            Assert.Equal(Of(("id", PayloadValue.From(1L)), ("version", PayloadValue.From(7L)), ("title", PayloadValue.From("point 1")), ("new", PayloadValue.From("x"))), rows.Payloads![0]);
            Assert.Equal(Of(("only", PayloadValue.From(true))), rows.Payloads[1]);
            Assert.Equal(Payload.Empty, rows.Payloads[2]);
            Assert.Equal(Of(("id", PayloadValue.From(5L)), ("version", PayloadValue.From(0L))), rows.Payloads[3]);
            Assert.Equal(TestCatalog.PayloadOf(6, 0), rows.Payloads[4]);
            Assert.Equal([.. new[] { 1, 3, 4, 5, 6 }.SelectMany(id => TestCatalog.Vector(id))], rows.Vectors.ToArray());
            Assert.Equal([1UL, 2UL], now.Query(new QueryBatch { Vectors = TestCatalog.Vector(0), Limit = 50, Filter = Version(7) }).Ids.Select(id => id.Number).Order());
            Assert.Equal(46, now.CountMatches(Version(0)));
        });
    }

    [Fact]
    public async Task Features_stay_when_the_payload_changes()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.Catalog.CreateAsync(TestCatalog.Define("points") with { Model = "sha256:letters", Question = "texts" });
        await points.UpsertAsync(new UpsertBatch { Ids = [1], Features = [new PointFeatures.Text("abba")] });
        await points.UpdatePayloadAsync(Change(new PayloadChange.Set(Of(("a", PayloadValue.From(1L)))), 1));
        await test.CloseAsync();
        LoadedCollection loaded = CollectionRecovery.ReadOnly(new CollectionFiles(test.Folder("points"), new Storage.FileDurability()), points.Definition);
        using (PointTable table = loaded.Generations[0].Table)
        {
            Assert.True(table.TryGet(1, out PointEntry entry));
            (PointFeatures? features, Payload payload) = PointCodec.ReadAttachment(PointBlob.Attachment(entry.Blob!.Read(), TestCatalog.Dimension));
            Assert.Equal(new PointFeatures.Text("abba"), features);
            Assert.Equal(1L, payload.TryGetValue("a", out PayloadValue value) ? value.AsInteger : 0);
        }
    }

    [Fact]
    public async Task A_filter_chooses_what_is_changed_or_deleted()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 100));
        await points.UpsertAsync(TestCatalog.Points(40, 20, version: 1));
        PayloadBatch change = new() { Filter = Version(1), Change = new PayloadChange.Set(Of(("version", PayloadValue.From(2L)))), RequestId = "once" };
        Assert.Equal(20, (await points.UpdatePayloadAsync(change)).Points);
        WriteReceipt again = await points.UpdatePayloadAsync(change);
        Assert.Equal((20, true), (again.Points, again.Repeated));
        Assert.Equal(0, (await points.DeleteAsync(new DeleteBatch { Filter = Version(1), RequestId = "none" })).Points);
        await points.UpsertAsync(TestCatalog.Points(0, 1, version: 1));
        Assert.Equal((0, true), (await points.DeleteAsync(new DeleteBatch { Filter = Version(1), RequestId = "none" })) is var repeated ? (repeated.Points, repeated.Repeated) : default);
        Assert.Equal(20, (await points.DeleteAsync(new DeleteBatch { Filter = Version(2) })).Points);
        await EachTimeAsync(test, now =>
        {
            Assert.Equal(80, now.Count);
            Assert.Equal(0, now.CountMatches(Version(2)));
            Assert.Equal(Enumerable.Range(0, 40).Concat(Enumerable.Range(60, 40)).Select(id => (ulong)id), Scroll(now, null));
            Assert.Equal([0UL], Scroll(now, Version(1)));
        });

        static IEnumerable<ulong> Scroll(Collection now, PayloadFilter? filter)
        {
            List<ulong> seen = [];
            for (int? at = 0; at is { } from;)
            {
                PointPage page = now.Scroll(from, 7, false, false, filter);
                seen.AddRange(page.Rows.Ids.Select(id => id.Number));
                at = page.NextSlot;
            }

            return seen.Order();
        }
    }

    [Fact]
    public async Task A_change_that_is_wrong_changes_nothing()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 3));
        ulong before = points.Status.Lsn;
        Payload many = new(Enumerable.Range(0, 1023).Select(i => new KeyValuePair<string, PayloadValue>($"f{i}", PayloadValue.From(true))));
        await RefusedAsync("points", new PayloadBatch { Change = new PayloadChange.Remove(["x"]) });
        await RefusedAsync("points", new PayloadBatch { Ids = [1], Filter = Version(1), Change = new PayloadChange.Remove(["x"]) });
        await RefusedAsync("change.remove", Change(new PayloadChange.Remove([]), 1));
        await RefusedAsync("change.set", Change(new PayloadChange.Set(Of(("big", PayloadValue.From(new byte[2 << 20])))), 1));
        await RefusedAsync("change.replace.place", Change(new PayloadChange.Replace(Of(("place", PayloadValue.From(new GeoPoint(100, 0))))), 1));
        await RefusedAsync("change.set", Change(new PayloadChange.Set(many), 1));
        await RefusedAsync("filter.must[0].any_of", new PayloadBatch { Filter = new() { Must = [new PayloadCondition.Match("a", [])] }, Change = new PayloadChange.Remove(["x"]) });
        Assert.Equal("filter", (await Assert.ThrowsAsync<VectorSearchException>(() => points.DeleteAsync(new DeleteBatch { Filter = new() }))).Field);
        Assert.Equal("points", (await Assert.ThrowsAsync<VectorSearchException>(() => points.DeleteAsync(new DeleteBatch()))).Field);
        Assert.Equal("limit", Assert.Throws<VectorSearchException>(() => points.Facet(new FacetQuery { Field = "id", Limit = 0 })).Field);
        Assert.Equal(before, points.Status.Lsn);
        Assert.Equal(TestCatalog.PayloadOf(1, 0), points.Get([1], true, false, false).Payloads![0]);

        async Task RefusedAsync(string field, PayloadBatch batch)
        {
            VectorSearchException refused = await Assert.ThrowsAsync<VectorSearchException>(() => points.UpdatePayloadAsync(batch));
            Assert.Equal((ErrorCode.InvalidArgument, field), (refused.Code, refused.Field));
        }
    }

    [Fact]
    public async Task A_payload_changed_while_its_point_is_replaced_belongs_to_one_version_or_the_other()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 20));
        points.IndexFields(["version", "mark"]);
        Task writing = Task.WhenAll(
            Task.Run(async () =>
            {
                for (int version = 1; version <= 50; version++) await points.UpsertAsync(TestCatalog.Points(0, 20, version));
            }),
            Task.Run(async () =>
            {
                for (int mark = 1; mark <= 50; mark++) await points.UpdatePayloadAsync(new PayloadBatch { Filter = new(), Change = new PayloadChange.Set(Of(("mark", PayloadValue.From((long)mark)))) });
            }),
            Task.Run(async () =>
            {
                for (int i = 0; i < 5; i++) await points.SnapshotAsync();
            }));
        await writing;
        await EachTimeAsync(test, now =>
        {
            PointRows rows = now.Get([.. Enumerable.Range(0, 20).Select(id => new PointId((ulong)id))], true, true, false);
            Assert.Equal([.. Enumerable.Range(0, 20).SelectMany(id => TestCatalog.Vector(id + 50_000_000))], rows.Vectors.ToArray());
            Assert.All(rows.Payloads!, payload => Assert.Equal(50, payload.TryGetValue("version", out PayloadValue version) ? version.AsInteger : 0));
            Assert.Equal(20, now.CountMatches(Version(50)));
        });
    }

    [Fact]
    public async Task Facets_count_as_a_loop_over_the_payloads_does()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        Gen<PayloadValue> leaf = Gen.OneOf(
            Gen.Choose(0, 3).Select(value => PayloadValue.From((long)value)),
            Gen.Choose(0, 3).Select(value => PayloadValue.From(value / 2.0)),
            Gen.Elements("a", "b", "c").Select(PayloadValue.From),
            Gen.Elements(true, false).Select(PayloadValue.From));
        Gen<PayloadValue> value = Gen.OneOf(leaf, leaf.ListOf(3).Select(items => PayloadValue.From([.. items])));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(TestScale.Pick(10, 100)), Prop.ForAll(value.ListOf(30).ToArbitrary(), values =>
        {
            points.UpsertAsync(TestCatalog.Points(0, 30) with { Payloads = [.. values.Select((v, i) => Of(("tag", v), ("half", PayloadValue.From(i % 2 == 0))))] }).Wait();
            PayloadFilter half = new() { Must = [new PayloadCondition.Match("half", [PayloadValue.From(true)])] };
            Dictionary<PayloadValue, long> expected = values.Where((_, i) => i % 2 == 0)
                .SelectMany(v => (v.Kind == PayloadKind.List ? v.AsList : [v]).Select(PayloadOrder.Canonical).Distinct())
                .GroupBy(v => v).ToDictionary(group => group.Key, group => (long)group.Count());
            FacetResult facet = points.Facet(new FacetQuery { Field = "tag", Filter = half, Limit = 100 });
            Assert.Equal(expected, facet.Counts.ToDictionary(count => count.Value, count => count.Points));
            Assert.Equal(facet.Counts.Select(count => count.Points).OrderDescending(), facet.Counts.Select(count => count.Points));
            FacetResult first = points.Facet(new FacetQuery { Field = "tag", Filter = half, Limit = 1 });
            Assert.Equal((facet.Counts[0], expected.Count), (first.Counts.Single(), (int)first.Distinct));
        }));
        Assert.Empty(points.Facet(new FacetQuery { Field = "nowhere" }).Counts);
    }
}
