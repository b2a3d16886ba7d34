namespace VectorSearch.Collections.Tests.Generations;

public class RebuildTests
{
    private const int Texts = 200;

    [Fact]
    public async Task A_rebuild_with_another_model_serves_its_vectors_and_keeps_the_old_generation()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(Texts);
        List<RebuildPhase> phases = [];
        RebuildResult result = await setup.Points.RebuildAsync(setup.Model[2].Request(), new Told(progress => phases.Add(progress.Phase)));
        Assert.Equal((2ul, GateVerdict.Promote), (result.Generation, result.Verdict));
        Assert.Equal(Enum.GetValues<RebuildPhase>(), phases.Distinct());
        await CheckAsync();
        await setup.Test.ReopenAsync();
        await CheckAsync();

        async Task CheckAsync()
        {
            Collection points = setup.Points;
            Assert.Equal((setup.Model[2].Space, 12, setup.Model[2].Model), (points.Definition.Space, points.Definition.Dimension, points.Definition.Model));
            Assert.Equal([(2ul, GenerationState.Serving), (1ul, GenerationState.Retained)], points.Generations.Select(one => (one.Number, one.State)));
            Assert.Equal((2ul, setup.Model[2].Space), (points.Status.Generation, points.Status.Space));
            GenerationSetup.CheckTexts(points, 2, setup.Model[2], Texts);
            GenerationSetup.CheckTexts(points, 1, setup.Model[1], Texts);
            VectorSearchException refused = await Assert.ThrowsAsync<VectorSearchException>(
                () => points.UpsertAsync(TestCatalog.Points(1, 1) with { Space = setup.Model[1].Space }));
            Assert.Equal(ErrorCode.FailedPrecondition, refused.Code);
            Assert.Contains(setup.Model[1].Space.ToString(), refused.Message, StringComparison.Ordinal);
            Assert.Contains(setup.Model[2].Space.ToString(), refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(IndexKind.Exact, 8, 0, "hnsw.m")]
    [InlineData(IndexKind.Sealed, 0, 50, "hnsw.ef_construction")]
    public async Task Parameters_of_a_graph_are_refused_for_an_index_without_one(IndexKind index, int m, int efConstruction, string field)
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        RebuildTarget target = new() { Index = index, M = m, EfConstruction = efConstruction };
        VectorSearchException refused = await Assert.ThrowsAsync<VectorSearchException>(() => points.RebuildAsync(new RebuildRequest { Target = target }));
        Assert.Equal(ErrorCode.InvalidArgument, refused.Code);
        Assert.Contains(field, refused.Message, StringComparison.Ordinal);
        Assert.Single(points.Generations);
    }

    [Fact]
    public async Task A_rebuild_of_the_same_space_keeps_the_vectors_as_they_were_sent()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync(metric: Numerics.Metric.Cosine);
        await points.UpsertAsync(TestCatalog.Points(0, Texts));
        await points.SnapshotAsync();
        await points.DeleteAsync(TestCatalog.Ids(5, 6));
        RebuildResult result = await points.RebuildAsync(new RebuildRequest { Target = new RebuildTarget { M = 5, EfConstruction = 40 } });
        Assert.Equal(2ul, result.Generation);
        await points.UpsertAsync(TestCatalog.Points(5, 1));
        await test.ReopenAsync();
        points = test.Catalog.Get("points");
        Assert.Equal((5, 40, TestCatalog.Space), (points.Definition.M, points.Definition.EfConstruction, points.Definition.Space));
        Assert.Equal(Texts - 1, points.Count);
        foreach (ulong number in new ulong[] { 1, 2 })
        {
            using GenerationReader reader = points.Pin(number);
            Assert.Equal(Texts - 1, reader.Count);
            PointRows rows = reader.Get([4, 5], withPayload: true, withVectors: true, skipMissing: false);
            Assert.Equal([.. TestCatalog.Vector(4), .. TestCatalog.Vector(5)], rows.Vectors.ToArray());
            Assert.Equal(TestCatalog.PayloadOf(5, 0), rows.Payloads![1]);
        }
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(1.5)]
    [InlineData(3)]
    public async Task A_rebuild_makes_the_same_with_any_share_of_the_processors(double processors)
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(Texts);
        await setup.Points.RebuildAsync(setup.Model[2].Request() with { Processors = processors });
        GenerationSetup.CheckTexts(setup.Points, 2, setup.Model[2], Texts);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(1025)]
    public async Task A_share_of_the_processors_that_cannot_be_is_refused(double processors)
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(1);
        VectorSearchException refused = await Assert.ThrowsAsync<VectorSearchException>(() => setup.Points.RebuildAsync(setup.Model[2].Request() with { Processors = processors }));
        Assert.Equal((ErrorCode.InvalidArgument, "processors"), (refused.Code, refused.Field));
    }

    [Fact]
    public async Task An_index_may_change_its_kind()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(Texts);
        await setup.Points.RebuildAsync(new RebuildRequest { Target = new RebuildTarget { Index = IndexKind.Exact } });
        GenerationSetup.CheckTexts(setup.Points, 2, setup.Model[1], Texts);
        await setup.Points.RebuildAsync(setup.Model[2].Request() with { Target = new RebuildTarget { Model = setup.Model[2].Model, Index = IndexKind.Hnsw } });
        await setup.Test.ReopenAsync();
        Assert.Equal(IndexKind.Hnsw, setup.Points.Definition.Index);
        GenerationSetup.CheckTexts(setup.Points, 3, setup.Model[2], Texts);
        Assert.Equal([GenerationState.Serving, GenerationState.Retained, GenerationState.Retired], setup.Points.Generations.Select(one => one.State));
    }

    [Fact]
    public async Task An_empty_collection_rebuilds()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(0);
        await setup.Points.RebuildAsync(setup.Model[2].Request());
        await setup.Points.UpsertAsync(NumberedModel.Texts(0, 10));
        await setup.Test.ReopenAsync();
        GenerationSetup.CheckTexts(setup.Points, 2, setup.Model[2], 10);
        GenerationSetup.CheckTexts(setup.Points, 1, setup.Model[1], 10);
    }

    [Fact]
    public async Task What_is_written_at_any_time_of_a_rebuild_is_in_both_generations()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(Texts);
        Collection points = setup.Points;
        List<Task> writes = [];
        HashSet<RebuildPhase> met = [];
        Told writer = new(progress =>
        {
            // At the start of each phase: a new point, a changed one, a changed payload and a deleted one.
            int step = (int)progress.Phase;
            if (!met.Add(progress.Phase)) return;
            writes.Add(points.UpsertAsync(NumberedModel.Texts(1000 + step, 1)));
            writes.Add(points.UpsertAsync(NumberedModel.Texts(step, 1, version: 1)));
            writes.Add(points.UpdatePayloadAsync(new PayloadBatch { Ids = [new PointId((ulong)(50 + step))], Change = new PayloadChange.Replace(TestCatalog.PayloadOf(50 + step, 9)) }));
            writes.Add(points.DeleteAsync(TestCatalog.Ids((ulong)(100 + step))));
        });
        await points.RebuildAsync(setup.Model[2].Request(), writer);
        await Task.WhenAll(writes);
        for (int restarts = 0; restarts < 2; restarts++)
        {
            foreach ((ulong number, NumberedModel model) in new[] { (1ul, setup.Model[1]), (2ul, setup.Model[2]) })
            {
                using GenerationReader reader = setup.Points.Pin(number);
                GenerationSetup.CheckTexts(setup.Points, number, model, 9, first: 1001);
                GenerationSetup.CheckTexts(setup.Points, number, model, 9, version: 1, first: 1);
                Assert.Equal(Texts, reader.Count);
                Assert.Empty(reader.Get([.. Enumerable.Range(101, 9).Select(id => new PointId((ulong)id))], false, false, skipMissing: true).Ids);
                Assert.Equal(TestCatalog.PayloadOf(53, 9), reader.Get([53], true, false, false).Payloads![0]);
            }

            await setup.Test.ReopenAsync();
        }
    }

    [Fact]
    public async Task What_the_log_holds_is_saved_while_the_new_generation_is_built()
    {
        const int Points = 600;
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(Points, snapshotAfter: 128 << 10);
        CollectionStatus before = setup.Points.Status;
        Assert.True(before.SnapshotLsn < before.Lsn, "A snapshot was due already.");
        bool isSaved = false;
        await setup.Points.RebuildAsync(setup.Model[2].Request(), new Told(progress =>
        {
            if (progress.Phase == RebuildPhase.Building && !isSaved)
                isSaved = SpinWait.SpinUntil(() => setup.Points.Status.SnapshotLsn == before.Lsn, TimeSpan.FromSeconds(30));
        }));
        Assert.True(isSaved);
    }

    [Theory]
    [InlineData(RebuildPhase.Planning)]
    [InlineData(RebuildPhase.Embedding)]
    [InlineData(RebuildPhase.Building)]
    [InlineData(RebuildPhase.CatchingUp)]
    [InlineData(RebuildPhase.Saving)]
    [InlineData(RebuildPhase.Warming)]
    [InlineData(RebuildPhase.Judging)]
    public async Task A_cancelled_rebuild_leaves_nothing(RebuildPhase phase)
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(Texts);
        await setup.Points.SnapshotAsync();
        IReadOnlyList<string> before = setup.Files();
        using CancellationTokenSource cancel = new();
        Told canceller = new(progress =>
        {
            if (progress.Phase == phase) cancel.Cancel();
        });
        GenerationGate gate = async (_, cancellation) =>
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            return new GateDecision(GateVerdict.Promote, "");
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => setup.Points.RebuildAsync(setup.Model[2].Request(gate), canceller, cancel.Token));
        Check();
        Assert.Null(setup.Points.Interrupted);
        await setup.Points.UpsertAsync(NumberedModel.Texts(Texts, 1));
        await setup.Test.ReopenAsync();
        Check(1);
        Assert.Equal(phase == RebuildPhase.Planning ? 2ul : 3ul, (await setup.Points.RebuildAsync(setup.Model[2].Request())).Generation);

        void Check(int more = 0)
        {
            Assert.Equal(before, setup.Files());
            Assert.Equal([1ul], setup.Points.Generations.Select(one => one.Number));
            GenerationSetup.CheckTexts(setup.Points, 1, setup.Model[1], Texts + more);
        }
    }

    [Fact]
    public async Task Only_one_rebuild_runs_at_a_time_and_nothing_is_exchanged_beside_it()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(20);
        GenerationGate gate = async (_, _) =>
        {
            foreach (Func<Task> other in new Func<Task>[]
            {
                () => setup.Points.RebuildAsync(setup.Model[3].Request()), () => setup.Points.RollbackAsync(), () => setup.Points.PromoteAsync(2), () => setup.Points.RetireAsync(1),
                () => setup.Points.AbandonRebuildAsync(),
            })
            {
                VectorSearchException refused = await Assert.ThrowsAsync<VectorSearchException>(other);
                Assert.Equal(ErrorCode.FailedPrecondition, refused.Code);
            }

            return new GateDecision(GateVerdict.Promote, "");
        };
        await setup.Points.RebuildAsync(setup.Model[2].Request(gate));
        GenerationSetup.CheckTexts(setup.Points, 2, setup.Model[2], 20);
    }

    [Fact]
    public async Task A_backup_brings_every_generation_but_one_that_is_being_judged()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(50);
        await setup.Points.RebuildAsync(setup.Model[2].Request());
        setup.Points.WriteDocument(2, "report", "good"u8.ToArray());
        string backup = Path.Combine(Path.GetDirectoryName(setup.Test.Root)!, "backup");
        GenerationGate gate = async (_, cancellation) =>
        {
            await setup.Test.Catalog.BackupAsync("points", backup, cancellation);
            return new GateDecision(GateVerdict.Refuse, "");
        };
        await setup.Points.RebuildAsync(setup.Model[3].Request(gate));
        Collection copy = await setup.Test.Catalog.RestoreAsync(backup, "copy", replace: false);
        Assert.Equal([(2ul, GenerationState.Serving), (1ul, GenerationState.Retained)], copy.Generations.Select(one => (one.Number, one.State)));
        Assert.Equal("good"u8.ToArray(), copy.ReadDocument(2, "report"));
        await copy.RollbackAsync();
        GenerationSetup.CheckTexts(copy, 1, setup.Model[1], 50);
        GenerationSetup.CheckTexts(copy, 2, setup.Model[2], 50);
        await setup.Test.CloseAsync();
        Assert.Empty(CollectionChecker.Check(setup.Test.Root).Findings);
    }
}
