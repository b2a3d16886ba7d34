using System.Globalization;
using VectorSearch.Collections;
using VectorSearch.Numerics;

namespace VectorSearch.Server.Gate;

/// <summary>What two generations are asked: queries of callers of late, points where these are too few, and questions with known answers.</summary>
/// <param name="Live">Queries of callers.</param>
/// <param name="Points">Points, asked for more like them.</param>
/// <param name="Judged">Questions with known answers.</param>
internal sealed record GateQuestions(IReadOnlyList<GateQuestion> Live, IReadOnlyList<PointId> Points, IReadOnlyList<JudgedQuestion> Judged)
{
    /// <summary>Most questions with known answers.</summary>
    public const int MaxJudged = 2000;

    /// <summary>A history shorter than this says nothing once its last item is held out.</summary>
    private const int LeastHistory = 3;

    /// <summary>Coordinates compared for exact answers, over all questions: a minute or so of one processor at most.</summary>
    private const double Budget = 1e11;

    private const ulong Seed = 8;

    /// <summary>Draws them.</summary>
    /// <param name="rules">How many.</param>
    /// <param name="serving">The generation whose points are drawn.</param>
    /// <param name="recent">Queries of late.</param>
    /// <param name="given">Judgements of whoever asked for the rebuild; if there are none, histories are taken.</param>
    public static GateQuestions Draw(GateRules rules, GenerationReader serving, IReadOnlyList<RecentQuery> recent, IReadOnlyList<JudgedQuestion> given)
    {
        int most = rules.Queries ?? Affordable(2L * serving.Count * serving.Definition.Dimension, GateRules.LeastQueries, GateRules.DefaultQueries);
        GateQuestion[] live = [.. recent.Take(most).Select(Question)];
        IReadOnlyList<PointId> points = serving.SampleIds(Math.Max(most - live.Length, Hubness.LeastPoints), Seed);
        IReadOnlyList<JudgedQuestion> judged = given.Count > 0 ? Spread(given, MaxJudged) : FromHistories(serving, recent);
        return new GateQuestions(live, points, judged);
    }

    /// <summary>Questions that can be answered exactly in reasonable time.</summary>
    /// <param name="coordinates">Coordinates that are compared for one.</param>
    /// <param name="least">As many in any case.</param>
    /// <param name="most">No more in any case.</param>
    internal static int Affordable(long coordinates, int least, int most) => (int)Math.Clamp(Budget / Math.Max(1, coordinates), least, most);

    /// <summary>Asks them of both.</summary>
    /// <param name="examiner">Holds both.</param>
    /// <param name="progress">Told after each question how many are done, and of how many.</param>
    /// <param name="cancellation">Stops between questions.</param>
    /// <returns>Questions of callers that both could answer.</returns>
    public int Ask(GateExaminer examiner, Action<int, int>? progress, CancellationToken cancellation)
    {
        int live = 0, done = 0, all = Live.Count + Points.Count + Judged.Count;
        foreach (GateQuestion question in Live)
        {
            if (examiner.Ask(question, cancellation)) live++;
            Next();
        }

        foreach (PointId point in Points)
        {
            examiner.Ask(new GateQuestion.MoreLike(point), cancellation);
            Next();
        }

        foreach (JudgedQuestion judged in Judged)
        {
            examiner.Ask(judged, cancellation);
            Next();
        }

        return live;

        void Next()
        {
            progress?.Invoke(++done, all);
            CpuShare.Breathe(cancellation);
        }
    }

    /// <summary>A history with its last item held out: the item is the right answer. Null if it is too short or its item is no point.</summary>
    internal static JudgedQuestion? HoldOutLast(PointFeatures.History history, IdKind kind, Func<PointId, bool> isPoint)
    {
        int last = history.Items.Count - 1;
        if (last + 1 < LeastHistory || history.Items.Take(last).Contains(history.Items[last])) return null;
        if (!TryReadId(history.Items[last], kind, out PointId id) || !isPoint(id)) return null;
        PointFeatures.History rest = new([.. history.Items.Take(last)], [.. history.Weights.Take(last)]);
        return new JudgedQuestion(new GateQuestion.OfFeatures(rest), new HashSet<PointId> { id });
    }

    private static GateQuestion Question(RecentQuery query) => query switch
    {
        { Id: { } id } => new GateQuestion.MoreLike(id),
        { Features: { } features } => new GateQuestion.OfFeatures(features),
        _ => new GateQuestion.Near(query.Vector, query.Space),
    };

    private static JudgedQuestion[] FromHistories(GenerationReader serving, IReadOnlyList<RecentQuery> recent)
    {
        IdKind kind = serving.Definition.IdKind;
        IEnumerable<PointFeatures?> asked = recent.Select(query => query.Features);
        IEnumerable<PointFeatures?> kept = serving.SampleIds(MaxJudged, Seed).Select(serving.ReadFeatures);
        return
        [
            .. asked.Concat(kept).OfType<PointFeatures.History>()
                .Select(history => HoldOutLast(history, kind, id => serving.Get([id], withPayload: false, withVectors: false, skipMissing: true).Ids.Count > 0))
                .OfType<JudgedQuestion>()
                .Take(MaxJudged),
        ];
    }

    private static IReadOnlyList<JudgedQuestion> Spread(IReadOnlyList<JudgedQuestion> all, int most) =>
        all.Count <= most ? all : [.. Enumerable.Range(0, most).Select(i => all[(int)((long)i * all.Count / most)])];

    private static bool TryReadId(string item, IdKind kind, out PointId id)
    {
        id = default;
        if (kind == IdKind.Text) id = new PointId(item);
        else if (ulong.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)) id = new PointId(number);
        else return false;
        return true;
    }
}
