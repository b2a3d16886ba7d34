using System.Text;

namespace VectorSearch.Collections.Tests.Generations;

public class GateTests
{
    private static readonly byte[] Report = Encoding.UTF8.GetBytes("worse by far");

    [Fact]
    public async Task A_refused_generation_leaves_its_report_and_nothing_else()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(50);
        GateContext? seen = null;
        for (int i = 0; i < 30; i++)
            setup.Points.Query(new QueryBatch { Features = [new PointFeatures.Text(NumberedModel.TextOf(i))], Limit = 3 });
        GenerationGate gate = (context, cancellation) =>
        {
            seen = context;
            Assert.Equal((1ul, 2ul), (context.Serving.Number, context.Candidate.Number));
            Assert.Equal((50L, 0, 0), (context.Audit.Points, context.Audit.Faults, context.Audit.Unreachable));
            Assert.Equal(30, context.Queries.Count);
            foreach (RecentQuery query in context.Queries)
            {
                QueryBatch again = new() { Features = [query.Features!], Limit = query.Limit };
                Assert.Equal(context.Serving.Query(again, cancellation).Ids[0], context.Candidate.Query(again, cancellation).Ids[0]);
            }

            return Task.FromResult(new GateDecision(GateVerdict.Refuse, "Worse by far.", Report));
        };
        RebuildResult result = await setup.Points.RebuildAsync(setup.Model[2].Request(gate));
        Assert.Equal((2ul, GateVerdict.Refuse, "Worse by far."), (result.Generation, result.Verdict, result.Reason));
        Assert.Throws<ObjectDisposedException>(() => seen!.Candidate.Count);
        for (int restarts = 0; restarts < 2; restarts++)
        {
            Assert.Equal([(2ul, GenerationState.Refused), (1ul, GenerationState.Serving)], setup.Points.Generations.Select(one => (one.Number, one.State)));
            Assert.Equal("Worse by far.", setup.Points.GetGeneration(2).Reason);
            Assert.Equal(Report, setup.Points.ReadDocument(2, "report"));
            Assert.Null(setup.Points.ReadDocument(2, "bridge"));
            Assert.DoesNotContain(setup.Files(), path => path.Contains("2.", StringComparison.Ordinal));
            GenerationSetup.CheckTexts(setup.Points, 1, setup.Model[1], 50);
            Assert.Equal(ErrorCode.NotFound, Assert.Throws<VectorSearchException>(() => setup.Points.Pin(2)).Code);
            await setup.Test.ReopenAsync();
        }

        Assert.Equal(3ul, (await setup.Points.RebuildAsync(setup.Model[2].Request())).Generation);
    }

    [Fact]
    public async Task A_gate_that_throws_ends_the_rebuild_and_leaves_nothing()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(50);
        GenerationGate gate = (context, _) =>
        {
            setup.Points.WriteDocument(context.Candidate.Number, "notes", Report);
            throw new InvalidOperationException("no judgement");
        };
        await Assert.ThrowsAsync<InvalidOperationException>(() => setup.Points.RebuildAsync(setup.Model[2].Request(gate)));
        Assert.Equal([1ul], setup.Points.Generations.Select(one => one.Number));
        Assert.Equal(["snapshots"], setup.Files().Select(path => path.Split(Path.DirectorySeparatorChar)[0]).Distinct());
        GenerationSetup.CheckTexts(setup.Points, 1, setup.Model[1], 50);
    }

    [Fact]
    public async Task A_canary_answers_its_share_of_the_queries_until_it_is_promoted()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(50);
        await setup.Points.RebuildAsync(setup.Model[2].Request((_, _) => Task.FromResult(new GateDecision(GateVerdict.Canary, "Try it.", Report, 0.25))));
        await setup.Test.ReopenAsync();
        Assert.Equal((GenerationState.Canary, 0.25), (setup.Points.GetGeneration(2).State, setup.Points.GetGeneration(2).CanaryShare));
        await setup.Points.UpsertAsync(NumberedModel.Texts(50, 10));
        List<QueryResult> results = [.. Enumerable.Range(0, 100).Select(_ => setup.Points.Query(new QueryBatch { Features = [new PointFeatures.Text(NumberedModel.TextOf(55))], Limit = 1 }))];
        Assert.Equal(25, results.Count(result => result.Generation == 2));
        Assert.All(results, result => Assert.Equal((setup.Model[result.Generation].Space, new PointId(55)), (result.Space, result.Ids[0])));

        // Who speaks of a space gets that space; a vector without one means the serving generation.
        QueryBatch old = new() { Vectors = setup.Model[1].VectorOf("abc"), Space = setup.Model[1].Space, Limit = 1 };
        Assert.All(Enumerable.Range(0, 20), _ => Assert.Equal(1ul, setup.Points.Query(old).Generation));
        Assert.All(Enumerable.Range(0, 20), _ => Assert.Equal(1ul, setup.Points.Query(old with { Space = default }).Generation));
        Assert.All(Enumerable.Range(0, 20), _ => Assert.Equal(1ul, setup.Points.Get([1], false, false, false).Generation));
        await setup.Points.PromoteAsync(2);
        GenerationSetup.CheckTexts(setup.Points, 2, setup.Model[2], 60);
        Assert.Equal([(2ul, GenerationState.Serving), (1ul, GenerationState.Retained)], setup.Points.Generations.Select(one => (one.Number, one.State)));
        Assert.Equal(ErrorCode.FailedPrecondition, Assert.Throws<VectorSearchException>(() => setup.Points.Query(old)).Code);
    }

    [Fact]
    public async Task A_canary_without_a_share_waits()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(20);
        await setup.Points.RebuildAsync(setup.Model[2].Request((_, _) => Task.FromResult(new GateDecision(GateVerdict.Canary, "Wait."))));
        QueryBatch query = new() { Features = [new PointFeatures.Text("abc")], Limit = 1 };
        Assert.All(Enumerable.Range(0, 20), _ => Assert.Equal(1ul, setup.Points.Query(query).Generation));
        await setup.Points.RetireAsync(2);
        await setup.Test.ReopenAsync();
        Assert.Equal([(2ul, GenerationState.Retired), (1ul, GenerationState.Serving)], setup.Points.Generations.Select(one => (one.Number, one.State)));
        Assert.Equal(ErrorCode.NotFound, (await Assert.ThrowsAsync<VectorSearchException>(() => setup.Points.PromoteAsync(2))).Code);
    }
}
