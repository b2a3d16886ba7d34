namespace VectorSearch.Collections.Tests.Generations;

public class ExchangeTests
{
    [Fact]
    public async Task A_rollback_loses_nothing_that_was_written_since()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(50);
        await setup.Points.RebuildAsync(setup.Model[2].Request());
        await setup.Points.UpsertAsync(NumberedModel.Texts(50, 50));
        await setup.Points.UpsertAsync(NumberedModel.Texts(0, 10, version: 1));
        await setup.Points.DeleteAsync(TestCatalog.Ids(20));
        Generation back = await setup.Points.RollbackAsync();
        Assert.Equal((1ul, GenerationState.Serving), (back.Number, back.State));
        await setup.Points.UpsertAsync(NumberedModel.Texts(200, 5));
        for (int restarts = 0; restarts < 2; restarts++)
        {
            Assert.Equal((1ul, 104L), (setup.Points.Status.Generation, setup.Points.Count));
            foreach (ulong number in new ulong[] { 1, 2 })
            {
                GenerationSetup.CheckTexts(setup.Points, number, setup.Model[number], 10, version: 1);
                GenerationSetup.CheckTexts(setup.Points, number, setup.Model[number], 79, first: 21);
                GenerationSetup.CheckTexts(setup.Points, number, setup.Model[number], 5, first: 200);
            }

            await setup.Test.ReopenAsync();
        }

        Assert.Equal(2ul, (await setup.Points.RollbackAsync()).Number); // back again
        await setup.Test.ReopenAsync();
        Assert.Equal((2ul, 104L), (setup.Points.Status.Generation, setup.Points.Count));
    }

    [Fact]
    public async Task Retained_generations_beyond_those_to_be_kept_retire()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(20);
        await setup.Points.RebuildAsync(setup.Model[2].Request() with { Keep = 2 });
        await setup.Points.RebuildAsync(setup.Model[3].Request() with { Keep = 2 });
        Assert.Equal([GenerationState.Serving, GenerationState.Retained, GenerationState.Retained], setup.Points.Generations.Select(one => one.State));
        Assert.Equal(2ul, (await setup.Points.RollbackAsync()).Number);
        await setup.Points.RebuildAsync(setup.Model[1].Request() with { Keep = 0 });
        await setup.Test.ReopenAsync();
        Assert.Equal(
            [(4ul, GenerationState.Serving), (3, GenerationState.Retired), (2, GenerationState.Retired), (1, GenerationState.Retired)],
            setup.Points.Generations.Select(one => (one.Number, one.State)));
        GenerationSetup.CheckTexts(setup.Points, 4, setup.Model[1], 20);
        Assert.Equal(ErrorCode.FailedPrecondition, (await Assert.ThrowsAsync<VectorSearchException>(() => setup.Points.RollbackAsync())).Code);
        Assert.Equal(ErrorCode.FailedPrecondition, (await Assert.ThrowsAsync<VectorSearchException>(() => setup.Points.RetireAsync(4))).Code);
        await setup.Test.CloseAsync();
        CheckReport report = CollectionChecker.Check(setup.Test.Root);
        Assert.Empty(report.Findings);
        Assert.Equal(20, report.Points);
    }

    [Fact]
    public async Task A_pinned_generation_answers_until_it_is_let_go()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(20);
        GenerationReader pinned = setup.Points.Pin();
        await setup.Points.RebuildAsync(setup.Model[2].Request());
        Task retiring = setup.Points.RetireAsync(1);
        Assert.Equal((1ul, setup.Model[1].Space), (pinned.Number, pinned.Space));
        QueryResult found = pinned.Query(new QueryBatch { Features = [new PointFeatures.Text(NumberedModel.TextOf(4))], Limit = 1, WithPayload = true });
        Assert.Equal((1ul, setup.Model[1].Space, new PointId(4)), (found.Generation, found.Space, found.Ids[0]));
        Assert.Equal(TestCatalog.PayloadOf(4, 0), found.Payloads![0]);
        Assert.False(retiring.IsCompleted);
        pinned.Dispose();
        await retiring;
        Assert.Throws<ObjectDisposedException>(() => pinned.Count);
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<VectorSearchException>(() => setup.Points.Pin(1)).Code);
    }

    [Fact]
    public async Task A_write_that_the_exchange_overtakes_is_made_for_the_generation_that_serves_then()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(20);
        await setup.Points.RebuildAsync(setup.Model[2].Request());
        using ManualResetEventSlim began = new(), exchanged = new();
        setup.Model[2].OnEncode = text =>
        {
            if (text != NumberedModel.TextOf(100) || exchanged.IsSet) return;
            began.Set();
            exchanged.Wait();
        };
        Task<WriteReceipt> write = Task.Run(() => setup.Points.UpsertAsync(NumberedModel.Texts(100, 1)));
        began.Wait();
        await setup.Points.RollbackAsync();
        exchanged.Set();
        WriteReceipt receipt = await write;
        Assert.Equal((1ul, setup.Model[1].Space), (receipt.Generation, receipt.Space));
        GenerationSetup.CheckTexts(setup.Points, 1, setup.Model[1], 1, first: 100);
        GenerationSetup.CheckTexts(setup.Points, 2, setup.Model[2], 1, first: 100);
    }

    [Fact]
    public async Task A_model_that_is_gone_does_not_hinder_a_start()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(20);
        await setup.Points.RebuildAsync(setup.Model[2].Request());
        await setup.Points.UpsertAsync(NumberedModel.Texts(20, 5));
        setup.Models.Remove(1);
        setup.Models.Remove(2);
        await setup.Test.ReopenAsync();
        foreach (ulong number in new ulong[] { 1, 2 })
        {
            using GenerationReader reader = setup.Points.Pin(number);
            Assert.Equal(25, reader.Count);
            float[] expected = setup.Model[number].VectorOf(NumberedModel.TextOf(22));
            Assert.True(GenerationSetup.AreNear(expected, reader.Get([22], false, true, false).Vectors.Span, setup.Model[number].Metric));
        }
    }

    [Fact]
    public async Task A_repeated_request_tells_the_generation_that_took_it()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(1);
        await setup.Points.UpsertAsync(NumberedModel.Texts(1, 1) with { RequestId = "a" });
        await setup.Points.RebuildAsync(setup.Model[2].Request());
        await setup.Points.UpsertAsync(NumberedModel.Texts(2, 1) with { RequestId = "b" });
        for (int restarts = 0; restarts < 3; restarts++)
        {
            WriteReceipt a = await setup.Points.UpsertAsync(NumberedModel.Texts(1, 1) with { RequestId = "a" });
            WriteReceipt b = await setup.Points.UpsertAsync(NumberedModel.Texts(2, 1) with { RequestId = "b" });
            Assert.Equal((1ul, setup.Model[1].Space, true), (a.Generation, a.Space, a.Repeated));
            Assert.Equal((2ul, setup.Model[2].Space, true), (b.Generation, b.Space, b.Repeated));
            if (restarts == 1) await setup.Points.SnapshotAsync();
            await setup.Test.ReopenAsync();
        }
    }
}
