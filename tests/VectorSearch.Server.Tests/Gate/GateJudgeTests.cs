using VectorSearch.Collections;
using VectorSearch.Server.Gate;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Tests.Gate;

/// <summary>What is measured → the verdict, and words that a person understands.</summary>
public sealed class GateJudgeTests
{
    private static readonly double[] Full = [.. Enumerable.Repeat(0.99, 100)];

    private static GateEvidence Evidence(
        double recall = 0.99, double ndcgBefore = 0, double ndcgAfter = 0, int judged = 0, double churn = 0.3, long unreachable = 0, double hubness = 1.2, double micros = 400,
        long points = 10_000) => new()
        {
            K = 10,
            Serving = New(1, Full, Many(ndcgBefore, judged), 400, 1.1, 0, 10_000),
            Candidate = New(2, Many(recall, 100), Many(ndcgAfter, judged), micros, hubness, unreachable, points),
            Churn = Many(churn, 100),
            LiveQueries = 40,
            PointQueries = 60,
        };

    private static GenerationEvidence New(ulong number, double[] recall, double[] ndcg, double micros, double hubness, long unreachable, long points) => new()
    {
        Number = number, Points = points, Recall = recall, Ndcg = ndcg, Micros = Many(micros, 100), Hubness = hubness, Unreachable = unreachable,
    };

    private static double[] Many(double value, int count) => [.. Enumerable.Repeat(value, count)];

    private static Proto.GateReport Judge(GateEvidence evidence) => GateJudge.Judge(evidence, new GateRules());

    [Fact]
    public void What_nothing_speaks_against_is_promoted()
    {
        Proto.GateReport report = Judge(Evidence(ndcgBefore: 0.30, ndcgAfter: 0.31, judged: 100));
        Assert.Equal(Proto.Verdict.Promote, report.Verdict);
        Assert.Equal((1UL, 2UL), (report.Serving, report.Candidate));
        Assert.Contains("the new answers are better", string.Join(' ', report.Reasons), StringComparison.Ordinal);
        Assert.Equal(["ndcg", "recall", "churn", "unreachable", "hubness", "latency_p50", "latency_p99"], report.Measures.Select(measure => measure.Name));
        Assert.All(report.Measures, measure => Assert.NotEmpty(measure.Note));
    }

    [Fact]
    public void A_model_that_lost_what_it_knew_is_refused_in_words()
    {
        Proto.GateReport report = Judge(Evidence(ndcgBefore: 0.30, ndcgAfter: 0.04, judged: 200, churn: 0.97));
        Assert.Equal(Proto.Verdict.Refuse, report.Verdict);
        string reason = Assert.Single(report.Reasons);
        Assert.Contains("NDCG@10 on 200 questions with known answers goes from 0.300 to 0.040", reason, StringComparison.Ordinal);
        Assert.Contains("The new answers are worse", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_may_be_chance_is_tried_and_not_refused()
    {
        double[] before = [.. Enumerable.Range(0, 40).Select(i => i % 4 == 0 ? 1.0 : 0)], after = [.. Enumerable.Range(0, 40).Select(i => i % 5 == 3 ? 0.95 : 0)];
        GateEvidence evidence = Evidence(judged: 0);
        evidence = evidence with { Serving = evidence.Serving with { Ndcg = before }, Candidate = evidence.Candidate with { Ndcg = after } };
        Proto.GateReport report = Judge(evidence);
        Assert.Equal(Proto.Verdict.Canary, report.Verdict);
        Assert.Equal(0.1, report.CanaryShare);
    }

    [Theory]
    [InlineData(0.5, Proto.Verdict.Promote)]
    [InlineData(0.7, Proto.Verdict.Canary)]
    [InlineData(0.97, Proto.Verdict.Refuse)]
    public void Where_nothing_is_known_of_the_answers_change_decides(double churn, Proto.Verdict verdict)
    {
        Assert.Equal(verdict, Judge(Evidence(churn: churn)).Verdict);
        Assert.Equal(Proto.Verdict.Promote, Judge(Evidence(churn: churn, ndcgBefore: 0.3, ndcgAfter: 0.3, judged: 100)).Verdict);
    }

    [Fact]
    public void Too_few_judgements_are_not_believed() =>
        Assert.Equal(Proto.Verdict.Promote, Judge(Evidence(ndcgBefore: 0.3, ndcgAfter: 0, judged: GateRules.LeastJudgements - 1)).Verdict);

    [Fact]
    public void An_index_that_finds_less_is_refused_and_says_what_to_do()
    {
        Proto.GateReport report = Judge(Evidence(recall: 0.92));
        Assert.Equal(Proto.Verdict.Refuse, report.Verdict);
        Assert.Contains("ef_construction", Assert.Single(report.Reasons), StringComparison.Ordinal);
    }

    /// <summary>Per query all found or a part of it: what a sample of a hundred queries shows of a small loss.</summary>
    [Theory]
    [InlineData(1, 0.1, Proto.Verdict.Promote)]
    [InlineData(30, 0.1, Proto.Verdict.Refuse)]
    [InlineData(3, 0.8, Proto.Verdict.Canary)]
    public void A_loss_of_recall_is_refused_only_if_the_sample_is_sure_of_it(int queries, double lost, Proto.Verdict verdict)
    {
        GateEvidence evidence = Evidence();
        double[] before = Many(1, 100), after = [.. Enumerable.Range(0, 100).Select(i => i < queries ? 1 - lost : 1)];
        evidence = evidence with { Serving = evidence.Serving with { Recall = before }, Candidate = evidence.Candidate with { Recall = after } };
        Assert.Equal(verdict, Judge(evidence).Verdict);
    }

    [Theory]
    [InlineData(0.91, 0.895, Proto.Verdict.Refuse)]
    [InlineData(0.85, 0.845, Proto.Verdict.Promote)]
    public void Recall_may_not_fall_below_what_is_asked_unless_it_was_less_before(double was, double now, Proto.Verdict verdict)
    {
        GateEvidence evidence = Evidence(recall: now);
        Assert.Equal(verdict, Judge(evidence with { Serving = evidence.Serving with { Recall = Many(was, 100) } }).Verdict);
    }

    [Theory]
    [InlineData(0.94, Proto.Verdict.Promote)]
    [InlineData(0.92, Proto.Verdict.Refuse)]
    public void A_form_that_looks_for_a_recall_is_held_to_that_one(double recall, Proto.Verdict verdict)
    {
        GateEvidence evidence = Evidence(recall: recall);
        Assert.Equal(verdict, Judge(evidence with { Candidate = evidence.Candidate with { AskedRecall = 0.95 } }).Verdict);
    }

    [Theory]
    [InlineData(4, Proto.Verdict.Promote)]
    [InlineData(6, Proto.Verdict.Refuse)]
    public void Hardly_any_point_may_be_unreachable(long unreachable, Proto.Verdict verdict) => Assert.Equal(verdict, Judge(Evidence(unreachable: unreachable)).Verdict);

    [Theory]
    [InlineData(0.96, 0, Proto.Verdict.Promote)]
    [InlineData(0.93, 0, Proto.Verdict.Canary)]
    [InlineData(0.93, 0.5, Proto.Verdict.Promote)]
    [InlineData(0.85, 0, Proto.Verdict.Refuse)]
    [InlineData(0.85, 0.5, Proto.Verdict.Canary)]
    public void A_loss_of_what_is_known_is_refused_tried_or_let_pass_by_its_size_and_its_certainty(double kept, double scatter, Proto.Verdict verdict)
    {
        GateEvidence evidence = Evidence();
        double[] before = Many(0.5, 100), after = [.. Enumerable.Range(0, 100).Select(i => (0.5 * kept) + (i % 2 == 0 ? scatter : -scatter))];
        evidence = evidence with { Serving = evidence.Serving with { Ndcg = before }, Candidate = evidence.Candidate with { Ndcg = after } };
        Assert.Equal(verdict, Judge(evidence).Verdict);
    }

    [Fact]
    public void Hubs_and_slowness_are_tried_first()
    {
        Assert.Equal(Proto.Verdict.Canary, Judge(Evidence(hubness: 6)).Verdict);
        Assert.Equal(Proto.Verdict.Promote, Judge(Evidence(micros: 1900)).Verdict);
        Assert.Equal(Proto.Verdict.Canary, Judge(Evidence(micros: 2100)).Verdict);
    }

    [Fact]
    public void An_empty_collection_is_promoted() => Assert.Equal(Proto.Verdict.Promote, Judge(Evidence(points: 0, recall: 0, churn: 1)).Verdict);

    [Fact]
    public void Rules_may_be_set_within_their_bounds()
    {
        GateRules rules = GateRules.Read(new Proto.GateRules { MaxChurn = 0.99, CanaryChurn = 0.98 });
        Assert.Equal(Proto.Verdict.Promote, GateJudge.Judge(Evidence(churn: 0.97), rules).Verdict);
        VectorSearchException wrong = Assert.Throws<VectorSearchException>(() => GateRules.Read(new Proto.GateRules { CanaryShare = 1.5 }));
        Assert.Equal(("rules.canary_share", "1.5", "0.001 to 0.999"), (wrong.Field, wrong.Actual, wrong.Expected));
        Assert.Equal(50, GateRules.Read(new Proto.GateRules { Queries = 50 }).Queries);
        wrong = Assert.Throws<VectorSearchException>(() => GateRules.Read(new Proto.GateRules { Queries = 49 }));
        Assert.Equal(("rules.queries", "49", "50 to 5000"), (wrong.Field, wrong.Actual, wrong.Expected));
    }
}
