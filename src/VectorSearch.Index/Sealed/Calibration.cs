using VectorSearch.Numerics;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// Finds what recall each effort gives: rows are searched for with their own vectors, themselves not counting, and
/// compared with exact answers. Of all pairs of probes and slack those are kept that no cheaper pair beats. Each then gets a
/// reach, from how separate the first list left out was, so that a query which is harder than most of these visits more
/// lists: with a filter, for more hits than ten, or from elsewhere than the rows.
/// </summary>
internal static class Calibration
{
    /// <summary>Hits that a calibration query is asked for.</summary>
    internal const int K = 10;

    /// <summary>Beyond this recall more effort is not looked for.</summary>
    private const double Enough = 0.999;

    /// <summary>
    /// The share of the calibration queries that go on beyond a level's probes. A query unlike the rows goes on until it
    /// leaves out no more than the query at this quantile does.
    /// </summary>
    private const double ShareBeyond = 0.3;

    private static readonly float[] Slacks = [0, 0.5f, 1, 1.5f, 2, 2.5f, 3];

    private static readonly float[] WideSlacks = [5, 8, 13];

    public static void Run(SealedIndex index, SealedOptions options, CancellationToken cancel)
    {
        var queries = Math.Min(options.CalibrationQueries, index.Count);
        if (queries == 0 || index.Count < 2)
        {
            index.Parts.Efforts = [new EffortLevel(index.Lists, Slacks[^1], 1, 0, 0)];
            return;
        }

        var random = new Xoshiro256(options.Seed, 0xC1);
        var rows = Enumerable.Range(0, queries).Select(_ => index.Parts.Ids[random.NextInt(index.Count)]).ToArray();
        var bounds = new float[queries];
        var neighbors = new int[queries][];
        DeterministicParallel.For(queries, 4, options.Threads, (start, end) =>
        {
            for (var q = start; q < end; q++)
            {
                var exact = ExactOthers(index, rows[q]);
                neighbors[q] = [.. exact.Select(hit => hit.Slot)];
                bounds[q] = exact.Length == 0 ? float.NegativeInfinity : exact[^1].Distance;
            }
        }, cancel);

        index.Parts.Tree.Breadth = TreeBreadth.Measure(index, rows, neighbors, options.Threads, cancel);
        var levels = new List<EffortLevel>();
        foreach (var probes in Ladder(index.Lists))
        {
            foreach (var slack in Slacks) levels.Add(Measure(index, rows, bounds, FilterPlan.Fixed(probes, slack), options.Threads, cancel));
            if (levels[^1].Recall >= Enough) break;
        }

        // Where the estimates' errors are no normal distribution, a wide slack is what is left.
        foreach (var slack in levels[^1].Recall >= Enough ? [] : WideSlacks)
            levels.Add(Measure(index, rows, bounds, FilterPlan.Fixed(index.Lists, slack), options.Threads, cancel));

        index.Parts.Efforts = Frontier(Frontier(levels).Select(level => Measure(
            index, rows, bounds, FilterPlan.Fixed(level.Probes, level.Slack) with { Reach = level.Reach }, options.Threads, cancel)));
    }

    /// <summary>1, 2, 3, 4, 5, 6, 8, 10 … about a quarter more each time.</summary>
    private static IEnumerable<int> Ladder(int lists)
    {
        for (var probes = 1; probes < lists; probes = Math.Max(probes + 1, probes * 5 / 4)) yield return probes;
        yield return lists;
    }

    /// <summary>The k nearest rows other than the query itself.</summary>
    private static Neighbor[] ExactOthers(SealedIndex index, int slot)
    {
        var hits = new Neighbor[K + 1];
        var query = new float[index.Dimension];
        index.ReadVector(slot, query);
        var count = index.Search(query, K + 1, FilterPlan.Exact, null, null, hits, out _).Count;
        return [.. hits.Take(count).Where(hit => hit.Slot != slot).Take(K)];
    }

    /// <summary>What a plan costs and finds. A plan without a reach gets the one for its probes and slack.</summary>
    private static EffortLevel Measure(
        SealedIndex index, int[] rows, float[] bounds, FilterPlan plan, int threads, CancellationToken cancel)
    {
        var separations = new float[rows.Length];
        var right = new int[rows.Length];
        var wanted = Math.Min(K, index.Count - 1);
        var costs = new double[rows.Length];
        DeterministicParallel.For(rows.Length, 8, threads, (start, end) =>
        {
            var hits = new Neighbor[K + 1];
            var query = new float[index.Dimension];
            for (var q = start; q < end; q++)
            {
                index.ReadVector(rows[q], query);
                var outcome = index.Search(query, K + 1, plan, null, null, hits, out var cost);
                costs[q] = CostOf(index, cost);
                separations[q] = cost.FirstSeparation;
                foreach (var hit in hits.AsSpan(0, outcome.Count))
                    if (hit.Slot != rows[q] && hit.Distance <= bounds[q] + (MathF.Abs(bounds[q]) * 1e-6f)) right[q]++;
                right[q] = Math.Min(right[q], wanted);
            }
        }, cancel);
        Array.Sort(separations);
        var reach = float.IsFinite(plan.Reach) ? plan.Reach : separations[(int)(ShareBeyond * rows.Length)];
        return new EffortLevel(plan.Probes, plan.Slack, SureRecall(right, wanted), (float)(costs.Sum() / rows.Length), reach);
    }

    /// <summary>
    /// The mean recall less its standard error: of many levels the one whose sample was lucky is the one that just reaches a
    /// target, and would break the promise to other queries.
    /// </summary>
    private static float SureRecall(int[] right, int wanted)
    {
        double sum = 0, squares = 0;
        foreach (var count in right)
        {
            var recall = (double)count / wanted;
            sum += recall;
            squares += recall * recall;
        }

        var mean = sum / right.Length;
        var variance = Math.Max(0, (squares / right.Length) - (mean * mean));
        return (float)(mean - Math.Sqrt(variance / right.Length));
    }

    /// <summary>
    /// About the nanoseconds of a search on a current server core. Fixed figures and no clock, so that the same build gives
    /// the same levels everywhere.
    /// </summary>
    private static double CostOf(SealedIndex index, SearchCost cost)
    {
        const double AProbe = 40, AGroup = 0.035, AMeasure = 20, ARowByte = 0.12;
        return (cost.Lists * AProbe) + (cost.Estimated * AGroup * index.Parts.Lists.Groups)
            + (cost.Measured * (AMeasure + (ARowByte * index.Parts.Rows.RowBytes)));
    }

    private static EffortLevel[] Frontier(IEnumerable<EffortLevel> levels)
    {
        var kept = new List<EffortLevel>();
        foreach (var level in levels.OrderBy(l => l.Cost).ThenBy(l => l.Probes).ThenBy(l => l.Slack))
            if (kept.Count == 0 || level.Recall > kept[^1].Recall) kept.Add(level);
        return [.. kept];
    }
}
