using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Collections.Tests.Generations;

public class SealedGenerationTests
{
    private const int Points = 3000;

    [Theory]
    [InlineData(Metric.SquaredEuclidean)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.InnerProduct)]
    public async Task A_sealed_generation_takes_writes_and_is_as_it_was_after_a_restart(Metric metric)
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync(metric: metric);
        await points.UpsertAsync(TestCatalog.Points(0, Points));
        await points.DeleteAsync(TestCatalog.Ids(3));
        RebuildResult result = await points.SealAsync();
        Assert.Equal((2ul, GateVerdict.Promote), (result.Generation, result.Verdict));
        Assert.True(File.Exists(Path.Combine(test.Folder("points"), "generations", "2", "sealed")));
        await points.UpsertAsync(TestCatalog.Points(Points, 200));
        await points.UpsertAsync(TestCatalog.Points(10, 5, version: 1));
        await points.DeleteAsync(TestCatalog.Ids(20, (ulong)Points + 7));
        for (int restarts = 0; restarts < 3; restarts++)
        {
            points = test.Catalog.Get("points");
            Assert.Equal([(2ul, GenerationState.Serving), (1ul, GenerationState.Retired)], points.Generations.Select(one => (one.Number, one.State)));
            Assert.Equal((IndexKind.Sealed, Points + 200 - 3), (points.Definition.Index, points.Count));
            Check(points);
            if (restarts == 1) await points.SnapshotAsync();
            await test.ReopenAsync();
        }

        await test.CloseAsync();
        Assert.Empty(CollectionChecker.Check(test.Root).Findings);
    }

    private static void Check(Collection points)
    {
        Assert.Empty(points.Get([3, 20, (ulong)Points + 7], false, false, skipMissing: true).Ids);
        PointRows rows = points.Get([4, 12, (ulong)Points + 100], withPayload: true, withVectors: true, skipMissing: false);
        Assert.Equal([.. TestCatalog.Vector(4), .. TestCatalog.Vector(1_000_012), .. TestCatalog.Vector(Points + 100)], rows.Vectors.ToArray());
        Assert.Equal(TestCatalog.PayloadOf(12, 1), rows.Payloads![1]);
        int found = 0;
        for (int i = 0; i < 200; i++)
        {
            QueryBatch query = new() { Vectors = TestCatalog.Vector(50_000 + i), Limit = 10 };
            QueryResult exact = points.Query(query with { Exact = true });
            found += points.Query(query).Ids.Intersect(exact.Ids).Count();
        }

        Assert.True(found > 1700, $"{found} of 2000");
        QueryResult filtered = points.Query(new QueryBatch
        {
            Vectors = TestCatalog.Vector(60_000), Limit = 10, WithPayload = true,
            Filter = new PayloadFilter { Must = [new PayloadCondition.Match("version", [PayloadValue.From(1L)])] },
        });
        Assert.Equal([10, 11, 12, 13, 14], filtered.Ids.Select(id => (int)id.Number).Order());
        RecallEstimate estimate = points.EstimateRecall(new RecallQuestion { TargetRecall = 0.9f });
        Assert.InRange(estimate.Recall, 0.8, 1);
    }

    [Fact]
    public async Task A_sealed_generation_is_sealed_anew_and_may_become_a_graph_again()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(300);
        await setup.Points.SealAsync();
        await setup.Points.UpsertAsync(NumberedModel.Texts(300, 100));
        await setup.Points.SealAsync();
        GenerationSetup.CheckTexts(setup.Points, 3, setup.Model[1], 400);
        await setup.Points.RebuildAsync(setup.Model[2].Request() with { Target = new RebuildTarget { Model = setup.Model[2].Model, Index = IndexKind.Hnsw } });
        await setup.Points.UpsertAsync(NumberedModel.Texts(400, 10));
        await setup.Test.ReopenAsync();
        GenerationSetup.CheckTexts(setup.Points, 4, setup.Model[2], 410);
        GenerationSetup.CheckTexts(setup.Points, 3, setup.Model[1], 410);
        Assert.Equal(["3"], Directory.EnumerateFiles(Path.Combine(setup.Folder, "generations"), "sealed", SearchOption.AllDirectories)
            .Select(path => Path.GetFileName(Path.GetDirectoryName(path)!)));
    }

    [Fact]
    public async Task A_collection_may_be_of_the_sealed_form_from_its_beginning()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.Catalog.CreateAsync(TestCatalog.Define("points") with { Index = IndexKind.Sealed });
        await points.UpsertAsync(TestCatalog.Points(0, 500));
        await points.SnapshotAsync();
        await points.UpsertAsync(TestCatalog.Points(500, 100));
        await test.ReopenAsync();
        points = test.Catalog.Get("points");
        Assert.Equal(600, points.Count);
        Assert.Equal(new PointId(550), points.Query(new QueryBatch { Vectors = TestCatalog.Vector(550), Limit = 1 }).Ids[0]);
        await points.SealAsync();
        Assert.Equal(new PointId(55), points.Query(new QueryBatch { Vectors = TestCatalog.Vector(55), Limit = 1 }).Ids[0]);
    }

    [Fact]
    public async Task Until_it_is_first_sealed_a_collection_answers_exactly_and_its_own_questions_are_not_remembered()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.Catalog.CreateAsync(TestCatalog.Define("points") with { Index = IndexKind.Sealed });
        await points.UpsertAsync(TestCatalog.Points(0, Points));
        Assert.True(Ask(points).IsExact);
        using (GenerationReader before = points.Pin()) Assert.Single(before.RecentQueries(10));
        await points.SealAsync();
        using (GenerationReader after = points.Pin()) Assert.Single(after.RecentQueries(10));
        Assert.False(Ask(points).IsExact);
        await points.SealAsync();
        using GenerationReader twice = points.Pin();
        Assert.Equal(2, twice.RecentQueries(10).Count);
    }

    [Fact]
    public async Task A_recall_is_reached_with_what_the_build_measured_before_anyone_asks()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, Points));
        await points.SealAsync();
        RecallEstimate modest = points.EstimateRecall(new RecallQuestion { TargetRecall = 0.7f, Samples = 300 });
        RecallEstimate high = points.EstimateRecall(new RecallQuestion { TargetRecall = 0.97f, Samples = 300 });
        Assert.True(modest.Distances < high.Distances, $"{modest} beside {high}");
        Assert.True(modest.Recall >= 0.7 - (2 * modest.Margin), modest.ToString());
        Assert.True(high.Recall >= 0.97 - (2 * high.Margin) - 0.01, high.ToString());
    }

    private static QueryResult Ask(Collection points) => points.Query(new QueryBatch { Vectors = TestCatalog.Vector(-1), Limit = 10 });

    [Fact]
    public async Task A_flipped_byte_of_the_sealed_rows_is_never_a_wrong_answer()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, Points));
        await points.SealAsync();
        await test.CloseAsync();
        string path = Path.Combine(test.Folder("points"), "generations", "2", "sealed");
        byte[] good = File.ReadAllBytes(path);
        Random random = TestSeed.Random(31);
        for (int i = 0; i < TestScale.Pick(12, 200); i++)
        {
            byte[] bad = [.. good];
            bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, bad);
            Assert.Contains(CollectionChecker.Check(test.Root).Findings, finding => finding.File == path && finding.Loss is null);
            await test.ReopenAsync();
            points = test.Catalog.Get("points");
            for (int query = 0; query < 10; query++)
            {
                int id = random.Next(Points);
                try
                {
                    Assert.Equal(new PointId((ulong)id), points.Query(new QueryBatch { Vectors = TestCatalog.Vector(id), Limit = 1 }).Ids[0]);
                }
                catch (VectorSearchException e)
                {
                    Assert.Equal(ErrorCode.Damaged, e.Code);
                    Assert.Contains("sealed", e.Message, StringComparison.Ordinal);
                }
            }

            await test.CloseAsync();
        }

        File.Delete(path);
        await test.ReopenAsync();
        Assert.Equal(CollectionState.Damaged, test.Catalog.Get("points").Status.State);
    }
}
