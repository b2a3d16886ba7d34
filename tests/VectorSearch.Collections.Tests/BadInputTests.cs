using VectorSearch.Numerics;

namespace VectorSearch.Collections.Tests;

public class BadInputTests
{
    private static async Task<VectorSearchException> RefusedAsync(Collection points, UpsertBatch batch)
    {
        ulong lsn = points.Status.Lsn;
        VectorSearchException refused = await Assert.ThrowsAsync<VectorSearchException>(() => points.UpsertAsync(batch));
        Assert.Equal(lsn, points.Status.Lsn);
        return refused;
    }

    [Fact]
    public async Task Numbers_that_no_distance_can_take_are_refused_in_every_lane_of_writes_and_queries()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        foreach (Metric metric in Enum.GetValues<Metric>())
        {
            Collection points = await test.CreateAsync($"p-{metric}", metric);
            await points.UpsertAsync(TestCatalog.Points(0, 3));
            foreach (float wrong in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
            {
                for (int lane = 0; lane < TestCatalog.Dimension; lane++)
                {
                    float[] vector = TestCatalog.Vector(1);
                    vector[lane] = wrong;
                    VectorSearchException refused = await RefusedAsync(points, new UpsertBatch { Ids = [1, 2], Vectors = (float[])[.. TestCatalog.Vector(9), .. vector] });
                    Assert.Equal(ErrorCode.InvalidArgument, refused.Code);
                    Assert.Contains("vectors[1]", refused.Message, StringComparison.Ordinal);
                    Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<VectorSearchException>(() => points.Query(new QueryBatch { Vectors = vector })).Code);
                }
            }

            UpsertBatch zero = new() { Ids = [7], Vectors = new float[TestCatalog.Dimension] };
            if (metric == Metric.Cosine) Assert.Equal(ErrorCode.InvalidArgument, (await RefusedAsync(points, zero)).Code);
            else await points.UpsertAsync(zero);
            Assert.Equal(TestCatalog.Vector(1), points.Get([1], false, true, false).Vectors.ToArray());
        }
    }

    [Fact]
    public async Task Another_space_is_refused_and_both_are_named()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        VectorSearchException refused = await RefusedAsync(points, TestCatalog.Points(0, 1) with { Space = SpaceId.Parse("client:other@2") });
        Assert.Equal(ErrorCode.FailedPrecondition, refused.Code);
        Assert.Contains("client:other@2", refused.Message, StringComparison.Ordinal);
        Assert.Contains("client:test@1", refused.Message, StringComparison.Ordinal);
        QueryBatch query = new() { Vectors = TestCatalog.Vector(1), Space = SpaceId.Parse("client:other@2") };
        Assert.Equal(ErrorCode.FailedPrecondition, Assert.Throws<VectorSearchException>(() => points.Query(query)).Code);
        await points.UpsertAsync(TestCatalog.Points(0, 1) with { Space = TestCatalog.Space });
    }

    [Fact]
    public async Task Wrong_shapes_and_sizes_are_refused_with_field_value_and_expectation()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        Collection texts = await test.CreateAsync("texts", kind: IdKind.Text);
        float[] one = TestCatalog.Vector(1);
        (Collection Target, UpsertBatch Batch, string Names)[] cases =
        [
            (points, new() { Ids = [1], Vectors = new float[5] }, "vectors"),
            (points, new() { Ids = [1, 2], Vectors = one }, "vectors"),
            (points, new() { Ids = [], Vectors = one }, "ids"),
            (points, new() { Ids = [1] }, "vectors"),
            (points, new() { Ids = ["text"], Vectors = one }, "ids[0]"),
            (texts, new() { Ids = [5], Vectors = one }, "ids[0]"),
            (texts, new() { Ids = [""], Vectors = one }, "ids[0]"),
            (texts, new() { Ids = [new string('x', 513)], Vectors = one }, "ids[0]"),
            (texts, new() { Ids = ["\ud800"], Vectors = one }, "ids[0]"),
            (points, new() { Ids = [1], Features = [new PointFeatures.Text("a")] }, "features"),
            (points, new() { Ids = [1], Vectors = one, Payloads = [null, null] }, "payloads"),
            (points, new() { Ids = [1], Vectors = one, RequestId = new string('x', 129) }, "request_id"),
            (points, new() { Ids = [1], Vectors = one, Durability = (Durability)9 }, "durability"),
            (points, With("big", PayloadValue.From((ReadOnlyMemory<byte>)new byte[(1 << 20) + 1])), "payloads[0]"),
            (points, With("place", PayloadValue.From(new GeoPoint(91, 0))), "payloads[0].place"),
            (points, With(new string('n', 257), PayloadValue.Null), "payloads[0]"),
            (points, With("deep", Enumerable.Range(0, 12).Aggregate(PayloadValue.Null, (inner, _) => PayloadValue.From([inner]))), "payloads[0].deep"),
        ];
        foreach ((Collection target, UpsertBatch batch, string names) in cases)
        {
            VectorSearchException refused = await RefusedAsync(target, batch);
            Assert.True(refused.Code is ErrorCode.InvalidArgument or ErrorCode.FailedPrecondition, refused.Message);
            Assert.Contains(names, refused.Message, StringComparison.Ordinal);
        }

        UpsertBatch With(string field, PayloadValue value) => new() { Ids = [1], Vectors = one, Payloads = [new Payload([new(field, value)])] };
    }

    [Fact]
    public async Task Any_limit_and_ef_yield_as_many_answers_as_there_can_be_or_a_refusal()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        foreach (int n in new[] { 0, 1, 2, 16, 300 })
        {
            Collection points = await test.CreateAsync($"p{n}");
            if (n > 0) await points.UpsertAsync(TestCatalog.Points(0, n));
            foreach (int limit in new[] { -1, 0, 1, 2, 15, 16, 17, 299, 300, 301, 10_000, 10_001, int.MaxValue })
            {
                foreach (int ef in new[] { 0, 1, 100, 65_536 })
                {
                    QueryBatch batch = new() { Vectors = TestCatalog.Vector(5), Limit = limit, Ef = ef };
                    if (limit is < 1 or > 10_000)
                    {
                        Assert.Equal("limit", Assert.Throws<VectorSearchException>(() => points.Query(batch)).Field);
                        continue;
                    }

                    QueryResult found = points.Query(batch);
                    Assert.Equal(Math.Min(limit, n), found.Counts[0]);
                    Assert.Equal(found.Ids.Count, found.Ids.Distinct().Count());
                    Assert.Equal(found.Scores.Order(), found.Scores);
                    Assert.All(found.Scores, score => Assert.True(float.IsFinite(score)));
                }
            }
        }
    }

    [Fact]
    public async Task A_missing_point_is_named()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 3));
        VectorSearchException missing = Assert.Throws<VectorSearchException>(() => points.Get([1, 77, 78], false, false, skipMissing: false));
        Assert.Equal(ErrorCode.NotFound, missing.Code);
        Assert.Contains("77", missing.Message, StringComparison.Ordinal);
        Assert.Equal([1ul], points.Get([1, 77], false, false, skipMissing: true).Ids.Select(id => id.Number));
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<VectorSearchException>(() => points.Query(new QueryBatch { Ids = [99] })).Code);
    }
}
