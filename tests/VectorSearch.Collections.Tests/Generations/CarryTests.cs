using VectorSearch.Numerics;

namespace VectorSearch.Collections.Tests.Generations;

/// <summary>Points that can, and that cannot, be carried from one space to another.</summary>
public class CarryTests
{
    private static UpsertBatch Raw(NumberedModel model, params ulong[] ids) => new()
    {
        Ids = [.. ids.Select(id => new PointId(id))],
        Vectors = ids.SelectMany(id => TestCatalog.Vector((int)id, model.Dimension)).ToArray(),
        Space = model.Space,
    };

    [Fact]
    public async Task A_plan_tells_by_what_means_points_come_along_and_which_do_not()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(10);
        NumberedModel other = setup.Models.Add(4, 12, Metric.Cosine, "100", "101");
        await setup.Points.UpsertAsync(Raw(setup.Model[1], 100, 101, 102, 103, 104));
        RebuildTarget target = other.Request().Target;
        RebuildPlan plan = setup.Points.PlanRebuild(target);
        Assert.Equal((15, 0, 10, 2, 0, 3), (plan.Points, plan.AsVectors, plan.FromFeatures, plan.FromItems, plan.ByBridge, plan.NotCarried));
        Assert.Equal([102, 103, 104], plan.NotCarriedIds.Select(id => (int)id.Number).Order());
        Assert.Equal((other.Space, 12, Metric.Cosine, other.Model), (plan.Space, plan.Dimension, plan.Metric, plan.Model));
        Assert.Equal(3, setup.Points.PlanRebuild(target, withBridge: true).ByBridge);
        Assert.Equal(15, setup.Points.PlanRebuild(new RebuildTarget { M = 4 }).AsVectors);
        Assert.InRange(plan.MemoryBytes, 15 * 12 * 8, 15 * 1000);
        List<RebuildPhase> phases = [];
        VectorSearchException refused = await Assert.ThrowsAsync<VectorSearchException>(
            () => setup.Points.RebuildAsync(other.Request(), new Told(progress => phases.Add(progress.Phase))));
        Assert.Equal(ErrorCode.FailedPrecondition, refused.Code);
        Assert.Contains("3 of ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("103", refused.Message, StringComparison.Ordinal);
        Assert.Equal([RebuildPhase.Planning], phases.Distinct());
        Assert.Empty(setup.Files());
        await setup.Points.DeleteAsync(TestCatalog.Ids(102, 103, 104));
        await setup.Points.RebuildAsync(other.Request());
        using GenerationReader reader = setup.Points.Pin();
        Assert.Equal(12, reader.Count);
        Assert.True(GenerationSetup.AreNear(other.VectorOf("item100"), reader.Get([100], false, true, false).Vectors.Span, Metric.Cosine));
    }

    [Fact]
    public async Task Features_that_the_new_model_refuses_are_all_counted_before_the_build()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(10);
        setup.Model[2].OnEncode = text =>
        {
            if (text == NumberedModel.TextOf(3) || text == NumberedModel.TextOf(8)) throw new VectorSearchException(ErrorCode.InvalidArgument, "no vector");
        };
        List<RebuildPhase> phases = [];
        VectorSearchException refused = await Assert.ThrowsAsync<VectorSearchException>(
            () => setup.Points.RebuildAsync(setup.Model[2].Request(), new Told(progress => phases.Add(progress.Phase))));
        Assert.Contains("2 of 10 points (3, 8)", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(RebuildPhase.Building, phases);
        Assert.Equal([1ul], setup.Points.Generations.Select(one => one.Number));
        Assert.Empty(setup.Files());
    }

    [Fact]
    public async Task A_vector_of_the_old_space_that_comes_while_the_gate_judges_keeps_the_old_generation_serving()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(10);
        GenerationGate gate = async (_, cancellation) =>
        {
            await setup.Points.UpsertAsync(Raw(setup.Model[1], 77), cancellation);
            return new GateDecision(GateVerdict.Promote, "");
        };
        VectorSearchException refused = await Assert.ThrowsAsync<VectorSearchException>(() => setup.Points.RebuildAsync(setup.Model[2].Request(gate)));
        Assert.Equal(ErrorCode.FailedPrecondition, refused.Code);
        Assert.Contains("1 of 11 points (77)", refused.Message, StringComparison.Ordinal);
        Assert.Equal(11, setup.Points.Count);
        GenerationSetup.CheckTexts(setup.Points, 1, setup.Model[1], 10);
        Assert.Equal([1ul], setup.Points.Generations.Select(one => one.Number));
    }

    [Fact]
    public async Task What_a_retained_generation_cannot_take_is_counted_named_and_keeps_it_from_serving()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(10);
        await setup.Points.RebuildAsync(setup.Model[2].Request());
        await setup.Points.UpsertAsync(Raw(setup.Model[2], 3, 500));
        await setup.Points.UpsertAsync(Raw(setup.Model[2], 501));
        await setup.Points.SnapshotAsync();
        await setup.Points.UpsertAsync(Raw(setup.Model[2], 502));
        await setup.Points.DeleteAsync(TestCatalog.Ids(501));
        for (int restarts = 0; restarts < 2; restarts++)
        {
            Generation old = setup.Points.GetGeneration(1);
            Assert.Equal((9L, 3L), (old.Points, old.Missing));
            Assert.Equal([3, 500, 502], old.MissingIds.Select(id => (int)id.Number).Order());
            await setup.Test.ReopenAsync();
        }

        VectorSearchException refused = await Assert.ThrowsAsync<VectorSearchException>(() => setup.Points.RollbackAsync());
        Assert.Equal(ErrorCode.FailedPrecondition, refused.Code);
        Assert.Contains("3 of ", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2ul, setup.Points.Status.Generation);
        await setup.Points.UpsertAsync(NumberedModel.Texts(3, 1));
        Assert.Equal(2, setup.Points.GetGeneration(1).Missing);
        await setup.Points.RollbackAsync(acceptMissing: true);
        Assert.Equal(10, setup.Points.Count);
        await setup.Points.PromoteAsync(2);
        Assert.Equal(12, setup.Points.Count);
    }

    [Fact]
    public async Task A_bridge_carries_points_that_came_as_vectors_at_the_rebuild_and_after_it()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync(new CatalogOptions { LinkerThreads = 1, OpenBridge = Doubling.Read });
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 20));
        RebuildTarget target = new() { Space = SpaceId.Parse("client:test@2") };
        Assert.Equal(20, points.PlanRebuild(target).NotCarried);

        // Nothing is carried by other means, so that there are no pairs to fit on.
        await Assert.ThrowsAsync<VectorSearchException>(() => points.RebuildAsync(new RebuildRequest { Target = target, FitBridge = _ => default }));
        NumberedModels models = new();
        NumberedModel first = models.Add(1), second = models.Add(2, TestCatalog.Dimension);
        await using TestCatalog mixed = await TestCatalog.OpenAsync(new CatalogOptions { LinkerThreads = 1, Encoders = models, OpenBridge = Doubling.Read });
        points = await mixed.Catalog.CreateAsync(first.Define("points"));
        await points.UpsertAsync(NumberedModel.Texts(0, 30));
        await points.UpsertAsync(Raw(first, 100));
        BridgePairs? given = null;
        await points.RebuildAsync(second.Request() with
        {
            FitBridge = pairs =>
            {
                given = pairs;
                return new Doubling(pairs.From, pairs.To).ToBytes();
            },
        });
        Assert.Equal((30, first.Space, second.Space), (given!.Count, given.From, given.To));
        await mixed.ReopenAsync();
        points = mixed.Catalog.Get("points");
        using GenerationReader reader = points.Pin();
        Assert.Equal(first.Space, reader.Bridge!.From);
        Assert.Equal(TestCatalog.Vector(100).Select(x => 2 * x), reader.Get([100], false, true, false).Vectors.ToArray());
    }

    /// <summary>Maps by doubling every coordinate.</summary>
    private sealed class Doubling(SpaceId from, SpaceId to) : IVectorBridge
    {
        public SpaceId From => from;

        public SpaceId To => to;

        public static IVectorBridge Read(ReadOnlyMemory<byte> bytes)
        {
            string[] spaces = System.Text.Encoding.UTF8.GetString(bytes.Span).Split(' ');
            return new Doubling(SpaceId.Parse(spaces[0]), SpaceId.Parse(spaces[1]));
        }

        public byte[] ToBytes() => System.Text.Encoding.UTF8.GetBytes($"{from} {to}");

        public void Map(ReadOnlySpan<float> from, Span<float> to)
        {
            for (int i = 0; i < to.Length; i++) to[i] = 2 * from[i];
        }
    }
}
