using System.Globalization;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Gate;

/// <summary>
/// Rules → verdict. Each measure has a verdict of its own and says why; the worst one is the verdict of all. What can be
/// told from known answers (NDCG) outweighs what can only be told from change (churn): a better model must be allowed to
/// answer differently.
/// </summary>
internal static class GateJudge
{
    private const double LeastMicros = 1000;
    private const string Share = "share", Ratio = "ratio", Points = "points", Micros = "microseconds";

    /// <summary>Judges what was measured.</summary>
    public static Proto.GateReport Judge(GateEvidence evidence, GateRules rules)
    {
        Proto.GateReport report = new()
        {
            Serving = evidence.Serving.Number,
            Candidate = evidence.Candidate.Number,
            K = (uint)evidence.K,
            LiveQueries = (uint)evidence.LiveQueries,
            PointQueries = (uint)evidence.PointQueries,
            Judgements = (uint)evidence.Serving.Ndcg.Count,
        };
        if (evidence.Candidate.Points == 0)
        {
            report.Verdict = Proto.Verdict.Promote;
            report.Reasons.Add("The collection has no points: there is nothing to judge.");
            return report;
        }

        bool isTaskKnown = evidence.Serving.Ndcg.Count >= GateRules.LeastJudgements;
        report.Measures.AddRange(
        [
            Task(evidence, rules, isTaskKnown), Recall(evidence, rules), Churn(evidence, rules, isTaskKnown), Unreachable(evidence, rules),
            Hubness(evidence, rules), Latency("latency_p50", 0.5, evidence, rules), Latency("latency_p99", 0.99, evidence, null),
        ]);
        report.Verdict = report.Measures.Max(measure => measure.Verdict);
        if (report.Verdict == Proto.Verdict.Canary) report.CanaryShare = rules.CanaryShare;
        report.Reasons.AddRange(Reasons(report));
        return report;
    }

    private static IEnumerable<string> Reasons(Proto.GateReport report)
    {
        if (report.Verdict != Proto.Verdict.Promote)
        {
            foreach (Proto.Measure measure in report.Measures.Where(measure => measure.Verdict == report.Verdict)) yield return measure.Note;
            yield break;
        }

        yield return "Nothing speaks against it.";
        yield return report.Measures[0].Note;
    }

    private static Proto.Measure Task(GateEvidence evidence, GateRules rules, bool isKnown)
    {
        Proto.Measure measure = New("ndcg", Ratio);
        int count = evidence.Serving.Ndcg.Count;
        if (!isKnown)
        {
            return Told(measure, Proto.Verdict.Promote, count == 0
                ? "There are no questions with known answers: what the answers are worth is not known. Give judgements to have it measured."
                : Text($"There are {count} questions with known answers, too few of {GateRules.LeastJudgements} to tell what the answers are worth."));
        }

        MeanDifference ndcg = MeanDifference.Of(evidence.Serving.Ndcg, evidence.Candidate.Ndcg);
        (measure.Serving, measure.Candidate, measure.Margin) = (ndcg.First, ndcg.Second, ndcg.Margin);
        double scale = ndcg.First > 0 ? ndcg.First : 1;
        (double loss, double margin) = (ndcg.Loss / scale, ndcg.Margin / scale);
        string change = Text($"NDCG@{evidence.K} on {count} questions with known answers goes from {ndcg.First:F3} to {ndcg.Second:F3} (± {ndcg.Margin:F3})");
        if (loss - margin > rules.MaxNdcgLoss)
            return Told(measure, Proto.Verdict.Refuse, Text($"{change}: {loss:P0} of it is lost, and at most {rules.MaxNdcgLoss:P0} may be. The new answers are worse."));
        if (loss > rules.MaxNdcgLoss)
            return Told(measure, Proto.Verdict.Canary, Text($"{change}: {loss:P0} of it is lost, more than {rules.MaxNdcgLoss:P0}, but so few questions may say so by chance; it is tried on a share of the queries."));
        if (loss > rules.CanaryNdcgLoss && loss > margin)
            return Told(measure, Proto.Verdict.Canary, Text($"{change}: {loss:P0} of it is lost, more than {rules.CanaryNdcgLoss:P0}; it is tried on a share of the queries."));
        return Told(measure, Proto.Verdict.Promote, loss < -margin ? $"{change}: the new answers are better." : $"{change}: the new answers are as good, as far as these questions tell.");
    }

    private static Proto.Measure Recall(GateEvidence evidence, GateRules rules)
    {
        const string Advice = "Rebuild with a greater ef, M or ef_construction.";
        Proto.Measure measure = New("recall", Ratio);
        if (evidence.Serving.Recall.Count == 0) return Told(measure, Proto.Verdict.Promote, "No query could be asked of both generations.");
        MeanDifference recall = MeanDifference.Of(evidence.Serving.Recall, evidence.Candidate.Recall);
        (_, double ownMargin) = MeanDifference.Of(evidence.Candidate.Recall);
        (measure.Serving, measure.Candidate, measure.Margin) = (recall.First, recall.Second, recall.Margin);
        string change = Text($"Recall@{evidence.K} against exact answers to {evidence.Serving.Recall.Count} queries goes from {recall.First:F3} to {recall.Second:F3} (± {recall.Margin:F3})");
        double loss = Math.Min(recall.First, evidence.Candidate.AskedRecall ?? 1) - recall.Second;
        if (loss > rules.MaxRecallLoss)
        {
            return loss - recall.Margin > rules.MaxRecallLoss
                ? Told(measure, Proto.Verdict.Refuse, Text($"{change}: {loss:F3} less than is wanted, and at most {rules.MaxRecallLoss:F3} may be. {Advice}"))
                : Told(measure, Proto.Verdict.Canary, Text($"{change}: {loss:F3} less than is wanted, and at most {rules.MaxRecallLoss:F3} may be, but it may be chance; it is tried on a share of the queries."));
        }

        if (recall.Second < rules.MinRecall && recall.First >= rules.MinRecall)
        {
            return recall.Second + ownMargin < rules.MinRecall
                ? Told(measure, Proto.Verdict.Refuse, Text($"{change}, below {rules.MinRecall:F2}. {Advice}"))
                : Told(measure, Proto.Verdict.Canary, Text($"{change}, below {rules.MinRecall:F2}, but it may be chance; it is tried on a share of the queries."));
        }

        return Told(measure, Proto.Verdict.Promote, $"{change}.");
    }

    private static Proto.Measure Churn(GateEvidence evidence, GateRules rules, bool isTaskKnown)
    {
        Proto.Measure measure = New("churn", Share);
        if (evidence.Churn.Count == 0) return Told(measure, Proto.Verdict.Promote, "No query could be asked of both generations.");
        (double churn, measure.Margin) = MeanDifference.Of(evidence.Churn);
        measure.Candidate = churn;
        string change = Text($"{churn:P0} of the top {evidence.K} answers to {evidence.Churn.Count} queries are others than before");
        if (isTaskKnown) return Told(measure, Proto.Verdict.Promote, $"{change}; what they are worth, NDCG tells.");
        if (churn - measure.Margin > rules.MaxChurn)
            return Told(measure, Proto.Verdict.Refuse, Text($"{change}, more than {rules.MaxChurn:P0}: the two have next to nothing in common, and nothing is known that speaks for the new ones. Was the model trained on the right data? If so, give judgements."));
        if (churn > rules.CanaryChurn)
            return Told(measure, Proto.Verdict.Canary, Text($"{change}, more than {rules.CanaryChurn:P0}, and what they are worth is not known; it is tried on a share of the queries."));
        return Told(measure, Proto.Verdict.Promote, $"{change}.");
    }

    private static Proto.Measure Unreachable(GateEvidence evidence, GateRules rules)
    {
        Proto.Measure measure = New("unreachable", Points);
        if (evidence.Serving.Unreachable is { } before) measure.Serving = before;
        if (evidence.Candidate.Unreachable is not { } now) return Told(measure, Proto.Verdict.Promote, "The index has no graph to walk.");
        measure.Candidate = now;
        double share = (double)now / evidence.Candidate.Points;
        double least = evidence.Serving is { Unreachable: { } old, Points: > 0 } ? (double)old / evidence.Serving.Points : 0;
        return share > rules.MaxUnreachable && share > least
            ? Told(measure, Proto.Verdict.Refuse, Text($"{now} of {evidence.Candidate.Points} points cannot be reached by any walk, more than {rules.MaxUnreachable:P2}. Rebuild with a greater M or ef_construction."))
            : Told(measure, Proto.Verdict.Promote, Text($"{now} of {evidence.Candidate.Points} points cannot be reached by any walk."));
    }

    private static Proto.Measure Hubness(GateEvidence evidence, GateRules rules)
    {
        Proto.Measure measure = New("hubness", Ratio);
        if (evidence.Serving.Hubness is { } before) measure.Serving = before;
        if (evidence.Candidate.Hubness is not { } now) return Told(measure, Proto.Verdict.Promote, "There are too few points to see whether some are answered to everybody.");
        measure.Candidate = now;
        double bound = rules.CanaryHubness * Math.Max(1, evidence.Serving.Hubness ?? 1);
        return now > bound
            ? Told(measure, Proto.Verdict.Canary, Text($"A few points are near nearly all others: the skewness of the {evidence.K}-occurrences is {now:F1}, more than {bound:F1}; it is tried on a share of the queries."))
            : Told(measure, Proto.Verdict.Promote, Text($"No points are near all others: the skewness of the {evidence.K}-occurrences is {now:F1}."));
    }

    /// <summary>Without rules it is told and not judged: the slowest calls of a busy machine say little of an index.</summary>
    private static Proto.Measure Latency(string name, double share, GateEvidence evidence, GateRules? rules)
    {
        Proto.Measure measure = New(name, Micros);
        if (evidence.Serving.Micros.Count == 0) return Told(measure, Proto.Verdict.Promote, "No query could be asked of both generations.");
        double before = At(evidence.Serving.Micros, share), now = At(evidence.Candidate.Micros, share);
        (measure.Serving, measure.Candidate) = (before, now);
        string change = Text($"{share:P0} of the queries take at most {now:F0} µs, {before:F0} µs before");
        double bound = (rules?.CanaryLatency ?? double.PositiveInfinity) * Math.Max(LeastMicros, before);
        return now > bound
            ? Told(measure, Proto.Verdict.Canary, Text($"{change}, more than {bound:F0} µs; it is tried on a share of the queries."))
            : Told(measure, Proto.Verdict.Promote, $"{change}.");
    }

    private static double At(IReadOnlyList<double> series, double share) => series.Order().ElementAt(Math.Min(series.Count - 1, (int)(series.Count * share)));

    private static Proto.Measure New(string name, string unit) => new() { Name = name, Unit = unit };

    private static Proto.Measure Told(Proto.Measure measure, Proto.Verdict verdict, string note)
    {
        (measure.Verdict, measure.Note) = (verdict, note);
        return measure;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
