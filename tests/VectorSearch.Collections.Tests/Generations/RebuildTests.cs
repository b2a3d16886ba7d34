using VectorSearch.Numerics;

namespace VectorSearch.Collections.Tests.Generations;

public class RebuildTests
{
    private static CatalogOptions With(NumberedModels models) => new() { LinkerThreads = 1, Encoders = models };

    [Fact]
    public async Task A_rebuild_with_another_model_serves_its_vectors_and_keeps_the_old_generation()
    {
        NumberedModels models = new();
        NumberedModel first = models.Add(1), second = models.Add(2, dimension: 12, Metric.Cosine);
        await using TestCatalog test = await TestCatalog.OpenAsync(With(models));
        Collection points = await test.Catalog.CreateAsync(first.Define("points"));
        await points.UpsertAsync(NumberedModel.Texts(0, 300));
        List<RebuildPhase> phases = [];
        RebuildResult result = await points.RebuildAsync(second.Request(), new Told(progress => phases.Add(progress.Phase)));
        Assert.Equal((2ul, GateVerdict.Promote), (result.Generation, result.Verdict));
        Assert.Equal(Enum.GetValues<RebuildPhase>(), phases.Distinct());
        await CheckAsync();
        await test.ReopenAsync();
        points = test.Catalog.Get("points");
        await CheckAsync();

        async Task CheckAsync()
        {
            Assert.Equal((second.Space, 12, second.Model), (points.Definition.Space, points.Definition.Dimension, points.Definition.Model));
            Assert.Equal([(2ul, GenerationState.Serving), (1ul, GenerationState.Retained)], points.Generations.Select(one => (one.Number, one.State)));
            QueryResult found = points.Query(new QueryBatch { Features = [new PointFeatures.Text(NumberedModel.TextOf(7))], Limit = 1, WithPayload = true });
            Assert.Equal((2ul, second.Space, new PointId(7)), (found.Generation, found.Space, found.Ids[0]));
            Assert.Equal(TestCatalog.PayloadOf(7, 0), found.Payloads![0]);
            using GenerationReader old = points.Pin(1);
            QueryResult before = old.Query(new QueryBatch { Features = [new PointFeatures.Text(NumberedModel.TextOf(7))], Limit = 1 });
            Assert.Equal((1ul, first.Space, new PointId(7)), (before.Generation, before.Space, before.Ids[0]));
            VectorSearchException refused = await Assert.ThrowsAsync<VectorSearchException>(
                () => points.UpsertAsync(TestCatalog.Points(1, 1) with { Space = first.Space }));
            Assert.Equal(ErrorCode.FailedPrecondition, refused.Code);
            Assert.Contains(first.Space.ToString(), refused.Message, StringComparison.Ordinal);
            Assert.Contains(second.Space.ToString(), refused.Message, StringComparison.Ordinal);
        }
    }
}

/// <summary>Told at once, on the thread that reports.</summary>
internal sealed class Told(Action<RebuildProgress> report) : IProgress<RebuildProgress>
{
    public void Report(RebuildProgress value)
    {
        lock (this) report(value);
    }
}
