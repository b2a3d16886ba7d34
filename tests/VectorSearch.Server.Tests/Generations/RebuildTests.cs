using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;
using VectorSearch.Server.Tests.Contract;
using Decision = VectorSearch.Protocol.V1.RebuildRequest.Types.Decision;
using State = VectorSearch.Protocol.V1.Generation.Types.State;

namespace VectorSearch.Server.Tests.Generations;

/// <summary>A retrained model comes into use over the API: planned, built, judged, promoted, compared, taken back.</summary>
public sealed class RebuildTests(RunningServer server, Retraining models) : IClassFixture<RunningServer>, IClassFixture<Retraining>
{
    private const string History = "history", Similar = "similar";

    private VectorSearchClient Client => server.Client;

    private static QueryOptions Ten => new() { Limit = 10, ExcludeHistory = true };

    private async Task<QueryResult> AskAsync(string collection) => await Client.Points(collection).QueryAsync([ModelInput.History(Retraining.History(9_999)[..5])], Ten);

    private RebuildRequest Rebuild(string collection, string model, Decision decision = Decision.Gate) =>
        new() { Collection = collection, Model = model, Decision = decision, Judgements = { Retraining.Judgements(100) } };

    [Fact]
    public async Task A_retrained_model_is_promoted_and_can_be_taken_back_and_every_reply_is_of_one_generation()
    {
        (_, string second, _) = await models.FillAsync(Client, "promoted", History);
        Assert.Equal((Retraining.SpaceOf(models.First, History), 1UL), await SpaceAsync());
        List<string> phases = [];
        RebuildResult result = await Client.Generations.RebuildAsync(Rebuild("promoted", second), new Inline(now => phases.Add(now.Progress.Phase)));
        Assert.Equal((2UL, true, Verdict.Promote), (result.Generation, result.Promoted, result.Report.Verdict));
        Assert.NotEmpty(phases);
        Assert.Equal((Retraining.SpaceOf(models.Second, History), 2UL), await SpaceAsync());
        IReadOnlyList<Generation> generations = await Client.Generations.ListAsync("promoted");
        Assert.Equal([(2UL, State.Serving), (1UL, State.Previous)], generations.Select(one => (one.Number, one.State)));
        Assert.Equal(result.Report, generations[0].Report);
        Assert.Equal((ulong)Retraining.Films, generations[0].Points);

        // A write after the promotion is there after the rollback.
        await Client.Points("promoted").UpsertAsync(5000UL, [ModelInput.History(Retraining.History(1))]);
        Generation back = await Client.Generations.RollbackAsync("promoted");
        Assert.Equal((1UL, State.Serving, 0UL), (back.Number, back.State, back.MissingPoints));
        Assert.Equal((Retraining.SpaceOf(models.First, History), 1UL), await SpaceAsync());
        Assert.Equal(Retraining.Films + 1, await Client.Points("promoted").CountAsync());

        async Task<(string, ulong)> SpaceAsync()
        {
            QueryResult answers = await AskAsync("promoted");
            Collection described = await Client.Collections.GetAsync("promoted");
            Assert.Equal((answers.SpaceId, answers.Generation), (described.SpaceId, described.Status.Generation));
            return (answers.SpaceId, answers.Generation);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_model_trained_on_shuffled_labels_is_refused_in_words_that_a_person_understands(bool judged)
    {
        string collection = $"shuffled-{judged}";
        (_, _, string shuffled) = await models.FillAsync(Client, collection, History);
        RebuildRequest request = Rebuild(collection, shuffled);
        if (!judged) request.Judgements.Clear();
        RebuildResult result = await Client.Generations.RebuildAsync(request);
        Assert.Equal((false, Verdict.Refuse), (result.Promoted, result.Report.Verdict));
        Assert.Contains(judged ? "The new answers are worse" : "next to nothing in common", string.Join(' ', result.Report.Reasons), StringComparison.Ordinal);
        Generation refused = await Client.Generations.GetAsync(collection, 2);
        Assert.Equal((State.Refused, result.Report), (refused.State, refused.Report));
        Assert.Equal(1UL, (await AskAsync(collection)).Generation);
        Assert.True((await Client.Generations.RebuildAsync(Rebuild(collection, shuffled, Decision.Promote))).Promoted);
        Assert.Equal(3UL, (await AskAsync(collection)).Generation);
    }

    [Fact]
    public async Task A_held_generation_waits_and_is_compared_and_promoted_by_hand()
    {
        (_, string second, _) = await models.FillAsync(Client, "held", History);
        RebuildResult result = await Client.Generations.RebuildAsync(Rebuild("held", second, Decision.Hold));
        Assert.False(result.Promoted);
        Assert.Equal(State.Ready, (await Client.Generations.GetAsync("held", 2)).State);
        Assert.Equal(1UL, (await AskAsync("held")).Generation);
        DiffGenerationsReply diff = await Client.Generations.DiffAsync(new DiffGenerationsRequest { Collection = "held", Examples = 3, Judgements = { Retraining.Judgements(50) } });
        Assert.Equal((1UL, 2UL, 50U), (diff.Report.Serving, diff.Report.Candidate, diff.Report.Judgements));
        Assert.Equal(3, diff.Examples.Count);
        Assert.All(diff.Examples, change => Assert.StartsWith("more like", change.Query, StringComparison.Ordinal));
        Assert.Equal(State.Serving, (await Client.Generations.PromoteAsync("held")).State);
        Assert.Equal(2UL, (await AskAsync("held")).Generation);
        Assert.Equal(State.Retired, (await Client.Generations.RetireAsync("held", 1)).State);
        VectorSearchClientException gone = await Assert.ThrowsAsync<VectorSearchClientException>(() => Client.Generations.RollbackAsync("held"));
        Assert.Equal(GrpcStatusCode.FailedPrecondition, gone.Code);
    }

    [Fact]
    public async Task Points_that_nothing_carries_over_are_named_before_anything_is_done()
    {
        (_, string second, _) = await models.FillAsync(Client, "uncarried", History);
        float[] unknown = models.First.Model.Question(History).Items[0].ToArray();
        await Client.Points("uncarried").UpsertAsync(new ulong[] { 70_001, 70_002 }, new[] { unknown, unknown });
        RebuildPlan plan = await Client.Generations.PlanAsync(Rebuild("uncarried", second));
        Assert.Equal((Retraining.Films + 2UL, (ulong)Retraining.Films, 2UL), (plan.Points, plan.FromItems, plan.NotCarried));
        VectorSearchClientException refused = await Assert.ThrowsAsync<VectorSearchClientException>(() => Client.Generations.RebuildAsync(Rebuild("uncarried", second)));
        Assert.Equal(GrpcStatusCode.FailedPrecondition, refused.Code);
        foreach (string said in new[] { "2 of 242", "70001", "70002", "Nothing was done" }) Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Single(await Client.Generations.ListAsync("uncarried"));

        RebuildRequest carried = Rebuild("uncarried", second);
        carried.CarryByBridge = true;
        Assert.True((await Client.Generations.RebuildAsync(carried)).Promoted);
        Assert.Equal(Retraining.Films + 2, await Client.Points("uncarried").CountAsync());
    }

    [Theory]
    [InlineData(IndexKind.Exact)]
    [InlineData(IndexKind.Sealed)]
    public async Task Another_index_is_a_rebuild_of_the_same_space(IndexKind index)
    {
        string collection = "compacted-" + index;
        await models.FillAsync(Client, collection, Similar);
        float[] vector = models.First.Model.Question(Similar).Items[3].ToArray();
        RebuildResult result = await Client.Generations.RebuildAsync(new RebuildRequest { Collection = collection, Index = index });
        Assert.True(result.Promoted);
        Generation now = await Client.Generations.GetAsync(collection);
        Assert.Equal((index, Retraining.SpaceOf(models.First, Similar)), (now.Index, now.SpaceId));
        Assert.Equal(models.First.Model.Items[3], (await Client.Points(collection).QueryAsync(vector, Ten))[0][0].Id.ToString()); // no space need be named: there never was another
    }

    [Fact]
    public async Task A_vector_of_another_model_is_refused_although_its_dimension_fits_and_features_go_on()
    {
        (_, string second, _) = await models.FillAsync(Client, "mixed", Similar);
        PointsClient client = Client.Points("mixed");
        float[] old = models.First.Model.Question(Similar).Items[3].ToArray();
        await client.QueryAsync(old, Ten); // learns the space
        await Client.Generations.RebuildAsync(Rebuild("mixed", second, Decision.Promote));
        foreach (Func<Task> call in new Func<Task>[]
        {
            () => client.QueryAsync(old, Ten), () => client.UpsertAsync(3UL, old), () => Client.Points("mixed", Retraining.SpaceOf(models.First, Similar)).QueryAsync(old, Ten),
        })
        {
            VectorSearchClientException refused = await Assert.ThrowsAsync<VectorSearchClientException>(call);
            Assert.Equal(GrpcStatusCode.FailedPrecondition, refused.Code);
            foreach (string said in new[] { Retraining.SpaceOf(models.First, Similar), Retraining.SpaceOf(models.Second, Similar), "generation 1", second })
                Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        }

        // A vector that does not say what it is of could be of either.
        VectorSearchClientException nameless = await Assert.ThrowsAsync<VectorSearchClientException>(() => Client.Points("mixed").QueryAsync(old, Ten));
        Assert.Equal(GrpcStatusCode.FailedPrecondition, nameless.Code);
        Assert.Equal(2UL, (await client.QueryAsync([ModelInput.History(["3"])], Ten)).Generation);
        Assert.Equal(2UL, (await client.QueryAsync(new ulong[] { 3 }, Ten)).Generation);
        Assert.Equal(Retraining.Films, await client.CountAsync());
    }

    [Fact]
    public async Task A_scroll_ends_in_the_generation_in_which_it_began()
    {
        (_, string second, _) = await models.FillAsync(Client, "scrolled", Similar);
        List<ulong> met = [];
        await foreach (Point point in Client.Points("scrolled").ScrollAsync(pageSize: 50))
        {
            met.Add(point.Id.Number);
            if (met.Count == 60) await Client.Generations.RebuildAsync(Rebuild("scrolled", second, Decision.Promote));
        }

        Assert.Equal(Retraining.Films, met.Distinct().Count());
        Assert.Equal(Retraining.Films, met.Count);
    }

    [Fact]
    public async Task A_model_that_a_kept_generation_needs_stays()
    {
        (string first, string second, _) = await models.FillAsync(Client, "needed", History);
        await Client.Generations.RebuildAsync(Rebuild("needed", second, Decision.Promote));
        VectorSearchClientException needed = await Assert.ThrowsAsync<VectorSearchClientException>(() => Client.Models.DeleteAsync(first));
        Assert.Equal(GrpcStatusCode.FailedPrecondition, needed.Code);
    }

    [Fact]
    public async Task Progress_is_of_the_whole_and_never_falls()
    {
        (_, string second, _) = await models.FillAsync(Client, "watched", History);
        List<Progress> told = [];
        await Client.Generations.RebuildAsync(Rebuild("watched", second), new Inline(now => told.Add(now.Progress)));
        Assert.Equal(told.Select(one => one.Fraction).Order(), told.Select(one => one.Fraction));
        Assert.Equal(1, told[^1].Fraction);
        Assert.All(told, one => Assert.InRange(one.Fraction, 0, 1));
    }

    [Fact]
    public async Task A_generation_that_may_be_worse_is_tried_on_a_share_of_the_queries()
    {
        (_, string second, _) = await models.FillAsync(Client, "tried", History);
        RebuildRequest request = Rebuild("tried", second);
        request.Rules = new GateRules { CanaryHubness = 1, CanaryChurn = 0, CanaryLatency = 1, CanaryShare = 0.25, MaxChurn = 1 };
        request.Judgements.Clear(); // nothing is known of the answers, so that change alone decides
        RebuildResult result = await Client.Generations.RebuildAsync(request);
        Assert.Equal((false, Verdict.Canary, 0.25), (result.Promoted, result.Report.Verdict, result.Report.CanaryShare));
        Generation canary = await Client.Generations.GetAsync("tried", 2);
        Assert.Equal((State.Canary, 0.25), (canary.State, canary.CanaryShare));
        ulong[] answered = new ulong[40];
        for (int i = 0; i < answered.Length; i++) answered[i] = (await AskAsync("tried")).Generation;
        Assert.Equal(10, answered.Count(generation => generation == 2));
        Assert.Equal(State.Serving, (await Client.Generations.PromoteAsync("tried")).State);
    }

    [Fact]
    public async Task Wrong_requests_name_their_field()
    {
        (_, string second, _) = await models.FillAsync(Client, "wrong", History);
        RebuildRequest request = Rebuild("wrong", second);
        request.CpuPercent = 101;
        await RefusedAsync(request, GrpcStatusCode.InvalidArgument, "cpu_percent");
        request = Rebuild("wrong", "sha256:" + new string('0', 64));
        await RefusedAsync(request, GrpcStatusCode.NotFound, "model");
        request = Rebuild("wrong", second);
        request.Rules = new GateRules { MaxChurn = 2 };
        await RefusedAsync(request, GrpcStatusCode.InvalidArgument, "rules.max_churn");
        request = Rebuild("wrong", second);
        request.Judgements[7].Relevant = new IdColumn();
        await RefusedAsync(request, GrpcStatusCode.InvalidArgument, "judgements[7].relevant");
        await Assert.ThrowsAsync<VectorSearchClientException>(() => Client.Generations.PromoteAsync("wrong"));
        await Assert.ThrowsAsync<VectorSearchClientException>(() => Client.Generations.UpdateBridgeAsync("wrong", true));
    }

    private async Task RefusedAsync(RebuildRequest request, GrpcStatusCode code, string field)
    {
        VectorSearchClientException refused = await Assert.ThrowsAsync<VectorSearchClientException>(() => Client.Generations.StartRebuildAsync(request));
        Assert.Equal(code, refused.Code);
        Assert.Contains(field, refused.Message, StringComparison.Ordinal);
    }

    private sealed class Inline(Action<Operation> report) : IProgress<Operation>
    {
        public void Report(Operation value) => report(value);
    }
}
