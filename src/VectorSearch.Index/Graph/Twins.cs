using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// Rows that are equal, or for cosine point the same way: the same text twice, or all films that one person alone watched.
/// The paper's rule keeps every one of them, since none is nearer to another than to the base. A list would name nothing but
/// twins, and the walks that come upon them would never leave. So a list names a few, and its other places are for other
/// directions.
/// </summary>
internal static unsafe class Twins
{
    /// <summary>Places of a list that twins may take: one in so many.</summary>
    private const int PartOfList = 4;

    /// <summary>What rounding makes of 1 − cos where it should be 0. Other metrics find equal rows equal.</summary>
    private const float CosineRounding = 1e-6f;

    /// <summary>How much the distances of twins may differ.</summary>
    internal static float Slack(Metric metric) => metric == Metric.Cosine ? CosineRounding : 0;

    /// <summary>How many twins a list of so many places names.</summary>
    internal static int Most(int places) => Math.Max(1, places / PartOfList);

    /// <summary>Finds the twins of a base element among its candidates.</summary>
    /// <param name="scorer">Distances between candidates.</param>
    /// <param name="slack">See <see cref="Slack"/>.</param>
    /// <param name="slot">The base element.</param>
    /// <param name="candidates">Packed, sorted by distance to the base.</param>
    /// <returns>Where they begin and how many they are.</returns>
    internal static (int From, int Count) Find<TScorer>(in TScorer scorer, float slack, int slot, ReadOnlySpan<long> candidates)
        where TScorer : struct, IScorer<TScorer>
    {
        // Of inner products one with a longer row may come before a row's with itself.
        float own = scorer.Between(slot, slot);
        int from = 0;
        while (from < candidates.Length && Candidate.Distance(candidates[from]) < own - slack) from++;
        int count = 0;
        while (from + count < candidates.Length && IsTwin(scorer, slack, own, candidates[from + count])) count++;
        return (from, count);
    }

    /// <summary>
    /// Takes as many as there is room for. Which is chance, but the same for both of a pair and at every run: the twins then
    /// make a random graph, which leads from each to all, where the nearest by number would make islands.
    /// </summary>
    /// <param name="slot">The base element.</param>
    /// <param name="twins">Packed.</param>
    /// <param name="chosen">Filled.</param>
    internal static void Choose(int slot, ReadOnlySpan<long> twins, Span<int> chosen)
    {
        Span<ulong> least = stackalloc ulong[chosen.Length];
        least.Fill(ulong.MaxValue);
        foreach (long twin in twins)
        {
            ulong drawn = Draw(slot, Candidate.Slot(twin));
            if (drawn >= least[^1]) continue;
            int at = chosen.Length - 1;
            for (; at > 0 && least[at - 1] > drawn; at--) (least[at], chosen[at]) = (least[at - 1], chosen[at - 1]);
            (least[at], chosen[at]) = (drawn, Candidate.Slot(twin));
        }
    }

    /// <summary>
    /// Adds what some twins lead to, where a search for neighbours came back with nothing else (the paper's
    /// extendCandidates): what is near to them is as near to the base.
    /// </summary>
    internal static void Extend<TScorer>(HnswGraph graph, SearchScratch scratch, in TScorer scorer, int slot, int level)
        where TScorer : struct, IScorer<TScorer>
    {
        CandidateList candidates = scratch.Pruning;
        if (Find(scorer, graph.TwinSlack, slot, candidates.Items).Count is var found && (found == 0 || found < candidates.Count)) return;
        Span<int> asked = stackalloc int[Math.Min(found, Most(graph.M))];
        Choose(slot, candidates.Items, asked);
        int* links = scratch.Links;
        float own = scorer.Between(slot, slot);
        foreach (int twin in asked)
        {
            int count = graph.ReadLinks(twin, level, links);
            for (int i = 0; i < count; i++)
            {
                if (links[i] == slot || !NodeTable.IsLinkable(graph.Nodes.State(links[i]))) continue;
                long candidate = Candidate.Pack(scorer.To(links[i]), links[i]);
                if (!IsTwin(scorer, graph.TwinSlack, own, candidate)) candidates.Add(candidate);
            }
        }

        candidates.SortDistinct();
    }

    private static bool IsTwin<TScorer>(in TScorer scorer, float slack, float own, long candidate)
        where TScorer : struct, IScorer<TScorer>
    {
        int slot = Candidate.Slot(candidate);
        return Math.Abs(Candidate.Distance(candidate) - own) <= slack && Math.Abs(scorer.Between(slot, slot) - own) <= slack;
    }

    /// <summary>A number drawn for a pair: MurmurHash3's finaliser of both.</summary>
    private static ulong Draw(int a, int b)
    {
        ulong bits = ((ulong)(uint)Math.Max(a, b) << 32) | (uint)Math.Min(a, b);
        bits = (bits ^ (bits >> 33)) * 0xFF51AFD7ED558CCD;
        bits = (bits ^ (bits >> 33)) * 0xC4CEB9FE1A85EC53;
        return bits ^ (bits >> 33);
    }
}
