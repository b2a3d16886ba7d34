using VectorSearch.Numerics;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// Finds what recall each effort gives: rows are searched for with their own vectors, themselves not counting, and
/// compared with exact answers. Of all pairs of probes and slack those are kept that no cheaper pair beats. Each then gets a
/// reach, from how separate the first list left out was, so that a query which is harder than most of these visits more
/// lists: with a filter, for more hits than ten, or from elsewhere than the rows. What a level assures is the recall of rows
/// or that of points between rows, whichever is less.
/// </summary>
internal static class Calibration
{
    /// <summary>Beyond this recall more effort is not looked for.</summary>
    private const double Enough = 0.999;

    /// <summary>Gains of recall that are none.</summary>
    private const float Worthwhile = 0.0005f;

    /// <summary>Steps of the ladder without a gain after which no more are taken: rows that are rounded never reach <see cref="Enough"/>.</summary>
    private const int IdleSteps = 8;

    /// <summary>Levels below this recall are not measured on a second kind of queries: nobody asks for so little.</summary>
    private const double LeastAssured = 0.5;

    /// <summary>
    /// The share of the calibration queries that go on beyond a level's probes. A query unlike the rows goes on until it
    /// leaves out no more than the query at this quantile does.
    /// </summary>
    private const double ShareBeyond = 0.3;

    /// <summary>A level that costs so much more hardly costs more.</summary>
    private const float HardlyMore = 1.05f;

    /// <summary>A level that misses only so much is far better.</summary>
    private const float FarLess = 0.85f;

    private static readonly float[] Slacks = [0, 0.5f, 1, 1.5f, 2, 2.5f, 3];

    private static readonly float[] WideSlacks = [5, 8, 13];

    /// <summary>Asks of the rows as they were given what <see cref="Run"/> compares with; null if there is nothing to ask.</summary>
    /// <param name="rows">The rows, as <see cref="VectorForm.OfRow"/> wants them.</param>
    /// <param name="slots">The slot of each; null if row i has slot i.</param>
    /// <param name="form">How rows and queries are compared.</param>
    /// <param name="options">How many queries, seed, threads.</param>
    /// <param name="cancel">Ends it.</param>
    public static (CalibrationQueries Rows, CalibrationQueries Between)? Ask(
        RowMatrix<float> rows, int[]? slots, VectorForm form, SealedOptions options, CancellationToken cancel)
    {
        var count = Math.Min(options.CalibrationQueries, rows.Rows);
        if (count == 0 || rows.Rows < 2) return null;
        return (CalibrationQueries.Rows(rows, slots, count, form, options, cancel), CalibrationQueries.Between(rows, slots, count, form, options, cancel));
    }

    /// <summary>Finds the levels of an index that is whole but for these.</summary>
    public static void Run(SealedIndex index, (CalibrationQueries Rows, CalibrationQueries Between)? asked, int threads, CancellationToken cancel)
    {
        if (asked is not var (rows, between))
        {
            index.Parts.Efforts = [new EffortLevel(index.Lists, Slacks[^1], 1, 1, 0, 0)];
            return;
        }

        index.Parts.Tree.Breadth = TreeBreadth.Measure(index, rows, threads, cancel);
        var levels = new List<EffortLevel>();
        var (best, idle) = (0f, 0);
        foreach (var probes in Ladder(index.Lists))
        {
            foreach (var slack in Slacks) levels.Add(Measure(index, rows, FilterPlan.Fixed(probes, slack), threads, cancel));
            idle = levels[^1].Recall > best + Worthwhile ? 0 : idle + 1;
            if (idle == 0) best = levels[^1].Recall;
            if (best >= Enough || idle == IdleSteps) break;
        }

        // Where the estimates' errors are no normal distribution, a wide slack is what is left.
        foreach (var slack in levels[^1].Recall >= Enough ? [] : WideSlacks)
            levels.Add(Measure(index, rows, FilterPlan.Fixed(index.Lists, slack), threads, cancel));

        var frontier = WithoutPoor(Frontier(Frontier(levels).Select(level => Measure(index, rows, PlanOf(level), threads, cancel))));
        index.Parts.Efforts = Array.ConvertAll(frontier, level => level.Recall < LeastAssured
            ? level
            : level with { Assured = Math.Min(level.Recall, MeanRecall(index, between, PlanOf(level), threads, cancel)) });
    }

    /// <summary>
    /// 1, 2, 3 … 16, 18, 20 … about an eighth more each time: who asks for a recall that a level just misses pays for the
    /// next one, and with a quarter more each time that was up to a fifth of the speed.
    /// </summary>
    private static IEnumerable<int> Ladder(int lists)
    {
        for (var probes = 1; probes < lists; probes = Math.Max(probes + 1, probes * 9 / 8)) yield return probes;
        yield return lists;
    }

    private static FilterPlan PlanOf(EffortLevel level) => FilterPlan.Fixed(level.Probes, level.Slack) with { Reach = level.Reach };

    /// <summary>What a plan costs and finds. A plan without a reach gets the one for its probes and slack.</summary>
    private static EffortLevel Measure(SealedIndex index, CalibrationQueries queries, FilterPlan plan, int threads, CancellationToken cancel)
    {
        var separations = new float[queries.Count];
        var recalls = new double[queries.Count];
        var costs = new double[queries.Count];
        Search(
            index, queries, plan, threads, (q, recall, cost) => (recalls[q], costs[q], separations[q]) = (recall, index.Costs.Of(cost), cost.FirstSeparation),
            cancel);
        Array.Sort(separations);
        var reach = float.IsFinite(plan.Reach) ? plan.Reach : separations[(int)(ShareBeyond * queries.Count)];
        var sure = SureRecall(recalls);
        return new EffortLevel(plan.Probes, plan.Slack, sure, sure, (float)(costs.Sum() / queries.Count), reach);
    }

    private static float MeanRecall(SealedIndex index, CalibrationQueries queries, FilterPlan plan, int threads, CancellationToken cancel)
    {
        var recalls = new double[queries.Count];
        Search(index, queries, plan, threads, (q, recall, _) => recalls[q] = recall, cancel);
        return (float)(recalls.Sum() / queries.Count);
    }

    private static void Search(
        SealedIndex index, CalibrationQueries queries, FilterPlan plan, int threads, Action<int, double, SearchCost> take,
        CancellationToken cancel) =>
        DeterministicParallel.For(queries.Count, 8, threads, (start, end) =>
        {
            var hits = new Neighbor[queries.Wanted];
            for (var q = start; q < end; q++)
            {
                var outcome = index.Search(queries.Vector(q), hits.Length, plan, null, null, hits, out var cost);
                take(q, queries.Recall(q, hits.AsSpan(0, outcome.Count), index.Rows is RowFormat.FullFloat or RowFormat.ExactByte), cost);
            }
        }, cancel);

    /// <summary>
    /// The mean recall less its standard error: of many levels the one whose sample was lucky is the one that just reaches a
    /// target, and would break the promise to other queries.
    /// </summary>
    private static float SureRecall(double[] recalls)
    {
        var mean = recalls.Average();
        var variance = Math.Max(0, (recalls.Sum(recall => recall * recall) / recalls.Length) - (mean * mean));
        return (float)(mean - Math.Sqrt(variance / recalls.Length));
    }

    /// <summary>
    /// Leaves out levels that hardly cost less than much better ones: their probes and slack do not go together, which
    /// other queries than these may pay more for.
    /// </summary>
    private static EffortLevel[] WithoutPoor(EffortLevel[] frontier) => Array.FindAll(frontier, level => !Array.Exists(
        frontier, other => other.Cost > level.Cost && other.Cost <= HardlyMore * level.Cost && 1 - other.Recall <= FarLess * (1 - level.Recall)));

    private static EffortLevel[] Frontier(IEnumerable<EffortLevel> levels)
    {
        var kept = new List<EffortLevel>();
        foreach (var level in levels.OrderBy(l => l.Cost).ThenBy(l => l.Probes).ThenBy(l => l.Slack))
            if (kept.Count == 0 || level.Recall > kept[^1].Recall) kept.Add(level);
        return [.. kept];
    }
}
