using System.Diagnostics;
using VectorSearch.Collections;
using VectorSearch.Index.Sealed;

namespace VectorSearch.Server.Gate;

/// <summary>
/// Asks two generations the same questions and measures. Each question is put to both, one after the other, and to the one
/// that was second first the next time, so that neither has the warmer caches. Only what both can answer counts.
/// Generations of one space hold the same vectors, so that what is true of one is true of the other.
/// </summary>
internal sealed class GateExaminer(IGateSubject serving, IGateSubject candidate, int k)
{
    /// <summary>The k of recall@k, NDCG@k and churn.</summary>
    public const int DefaultK = 10;

    /// <summary>Points whose neighbours among each other show hubs.</summary>
    public const int HubSample = 2000;

    private readonly bool _isOneSpace = serving.Definition.Space == candidate.Definition.Space;
    private readonly Series _old = new(), _new = new();
    private readonly List<double> _churn = [];
    private readonly List<(GateQuestion Question, IReadOnlyList<PointId> Old, IReadOnlyList<PointId> New, double Churn)> _changes = [];
    private int _asked;

    /// <summary>What was measured of one generation.</summary>
    private sealed class Series
    {
        public List<double> Recall { get; } = [];

        public List<double> Ndcg { get; } = [];

        public List<double> Micros { get; } = [];
    }

    /// <summary>The questions whose answers changed the most, the most changed first.</summary>
    public IEnumerable<(GateQuestion Question, IReadOnlyList<PointId> Old, IReadOnlyList<PointId> New, double Churn)> Changes(int most) =>
        _changes.OrderByDescending(change => change.Churn).Take(most);

    /// <summary>Asks a question of both; false if one of them cannot answer it.</summary>
    public bool Ask(GateQuestion question, CancellationToken cancellation)
    {
        (GateAnswer Answer, double Micros)? old, young;
        if (_asked++ % 2 == 0)
        {
            old = Timed(serving, question, cancellation);
            young = Timed(candidate, question, cancellation);
        }
        else
        {
            young = Timed(candidate, question, cancellation);
            old = Timed(serving, question, cancellation);
        }

        if (old is not { } before || young is not { } after) return false;
        if (Truth(serving, question, before.Answer, cancellation) is not { } oldTruth) return false;
        if ((_isOneSpace ? oldTruth : Truth(candidate, question, after.Answer, cancellation)) is not { } newTruth) return false;
        Add(_old, serving, before, oldTruth);
        Add(_new, candidate, after, newTruth);
        double churn = RankMeasures.Churn(before.Answer.Ids, after.Answer.Ids);
        _churn.Add(churn);
        _changes.Add((question, before.Answer.Ids, after.Answer.Ids, churn));
        return true;
    }

    /// <summary>Asks a question with known answers of both; false if one of them cannot answer it.</summary>
    public bool Ask(JudgedQuestion judged, CancellationToken cancellation)
    {
        if (serving.Ask(judged.Question, k, exact: false, cancellation) is not { } before) return false;
        if (candidate.Ask(judged.Question, k, exact: false, cancellation) is not { } after) return false;
        _old.Ndcg.Add(RankMeasures.Ndcg(before.Ids, judged.Relevant, k));
        _new.Ndcg.Add(RankMeasures.Ndcg(after.Ids, judged.Relevant, k));
        return true;
    }

    /// <summary>All that was measured, with what needs no questions.</summary>
    /// <param name="points">Points among which hubs are looked for.</param>
    /// <param name="liveQueries">How many of the questions were callers'.</param>
    /// <param name="cancellation">Stops.</param>
    public GateEvidence ToEvidence(IReadOnlyList<PointId> points, int liveQueries, CancellationToken cancellation)
    {
        double? hubness = HubnessOf(serving, points, cancellation);
        return new GateEvidence
        {
            K = k,
            Serving = Evidence(serving, _old, hubness),
            Candidate = Evidence(candidate, _new, _isOneSpace ? hubness : HubnessOf(candidate, points, cancellation)),
            Churn = _churn,
            LiveQueries = liveQueries,
            PointQueries = _churn.Count - liveQueries,
        };
    }

    /// <summary>The exact answer, which may have been given already.</summary>
    private GateAnswer? Truth(IGateSubject subject, GateQuestion question, GateAnswer given, CancellationToken cancellation) =>
        given.IsExact ? given : subject.Ask(question, k, exact: true, cancellation);

    private (GateAnswer Answer, double Micros)? Timed(IGateSubject subject, GateQuestion question, CancellationToken cancellation)
    {
        long began = Stopwatch.GetTimestamp();
        GateAnswer? answer = subject.Ask(question, k, exact: false, cancellation);
        double micros = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
        return answer is null ? null : (answer, micros);
    }

    private static void Add(Series series, IGateSubject subject, (GateAnswer Answer, double Micros) answered, GateAnswer truth)
    {
        bool smallestFirst = subject.Definition.Metric == Numerics.Metric.SquaredEuclidean;
        series.Recall.Add(RankMeasures.Recall(answered.Answer.Scores, truth.Scores, smallestFirst));
        series.Micros.Add(answered.Micros);
    }

    private static GenerationEvidence Evidence(IGateSubject subject, Series series, double? hubness) => new()
    {
        Number = subject.Number,
        Points = subject.Points,
        AskedRecall = subject.Definition.Index == IndexKind.Sealed ? SealedIndex.DefaultRecall : null,
        Recall = series.Recall,
        Ndcg = series.Ndcg,
        Micros = series.Micros,
        Hubness = hubness,
        Unreachable = subject.Unreachable,
    };

    private double? HubnessOf(IGateSubject subject, IReadOnlyList<PointId> points, CancellationToken cancellation)
    {
        int dimension = subject.Definition.Dimension, kept = 0;
        float[] rows = new float[points.Count * dimension];
        foreach (PointId id in points)
        {
            if (subject.TryReadVector(id, rows.AsSpan(kept * dimension, dimension))) kept++;
        }

        return Hubness.Skewness(rows.AsSpan(0, kept * dimension), dimension, subject.Definition.Metric, k, cancellation);
    }
}
