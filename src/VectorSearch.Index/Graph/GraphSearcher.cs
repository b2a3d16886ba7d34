using System.Runtime.CompilerServices;

namespace VectorSearch.Index;

/// <summary>The paper's Algorithm 2 (SEARCH-LAYER) and the descent of Algorithms 1 and 5. The hot loop.</summary>
internal static unsafe class GraphSearcher
{
    /// <summary>Hops between two looks at the cancellation token; a power of two.</summary>
    internal const int HopsPerCancellationCheck = 64;

    /// <summary>
    /// Walks from the entry point down to the level above <paramref name="target"/>, always to the nearest neighbour
    /// (Algorithm 2 with ef = 1), and returns where it ends.
    /// </summary>
    internal static long Descend<TScorer>(HnswGraph graph, SearchScratch scratch, in TScorer scorer, EntryPoint entry, int target)
        where TScorer : struct, IScorer<TScorer>
    {
        int* links = scratch.Links;
        long nearest = Candidate.Pack(scorer.To(entry.Slot), entry.Slot);
        scratch.Distances++;
        for (int level = entry.Level; level > target; level--)
        {
            long before;
            do
            {
                before = nearest;
                int count = graph.ReadLinks(Candidate.Slot(nearest), level, links);
                for (int i = 0; i < count; i++) scorer.Prefetch(links[i]);
                for (int i = 0; i < count; i++) nearest = Math.Min(nearest, Candidate.Pack(scorer.To(links[i]), links[i]));
                scratch.Distances += count;
                scratch.Hops++;
            }
            while (nearest != before);
        }

        return nearest;
    }

    /// <summary>
    /// Finds the <paramref name="ef"/> nearest on a level, from one start. Afterwards <see cref="SearchScratch.Results"/>
    /// has them, complemented.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="scratch">Rented by the caller; keeps the counts.</param>
    /// <param name="scorer">Distances to the query.</param>
    /// <param name="filter">Who may be a result.</param>
    /// <param name="start">Packed start node with its distance.</param>
    /// <param name="level">The level lc.</param>
    /// <param name="ef">Beam width.</param>
    /// <param name="plan">How long to go on.</param>
    /// <param name="cancellationToken">Looked at every <see cref="HopsPerCancellationCheck"/> hops.</param>
    /// <returns>False if the plan ended the walk.</returns>
    internal static bool SearchLayer<TScorer, TFilter>(
        HnswGraph graph,
        SearchScratch scratch,
        in TScorer scorer,
        in TFilter filter,
        long start,
        int level,
        int ef,
        in SearchPlan plan,
        CancellationToken cancellationToken)
        where TScorer : struct, IScorer<TScorer>
        where TFilter : struct, INodeFilter
    {
        CandidateHeap candidates = scratch.Candidates, results = scratch.Results;
        candidates.Clear();
        results.Clear();
        int* links = scratch.Links;

        // Slots stored after this point may be met but not marked: they are younger than the search and are passed over.
        int slots = graph.SlotCount;
        scratch.Visited.Begin(slots);
        byte* tags = scratch.Visited.Tags;
        byte seen = scratch.Visited.Epoch;

        candidates.Push(start);
        tags[Candidate.Slot(start)] = seen;
        if (filter.Accepts(Candidate.Slot(start))) results.Push(~start);
        long worst = results.Count < ef ? Candidate.Worst : ~results.Top;
        long distances = 0, hops = 0;
        bool finished = true;

        while (candidates.Count > 0 && candidates.Top <= worst)
        {
            int count = graph.ReadLinks(Candidate.Slot(candidates.Pop()), level, links);
            if ((++hops & (HopsPerCancellationCheck - 1)) == 0) cancellationToken.ThrowIfCancellationRequested();

            int fresh = 0;
            for (int i = 0; i < count; i++)
            {
                int slot = links[i];
                if ((uint)slot >= (uint)slots || tags[slot] == seen) continue;
                tags[slot] = seen;
                links[fresh++] = slot;
            }

            for (int i = 0; i < Math.Min(fresh, TScorer.PrefetchAhead); i++) scorer.Prefetch(links[i]);
            if (level == 0 && candidates.Count > 0) graph.Bottom.Prefetch(Candidate.Slot(candidates.Top));
            for (int i = 0; i < fresh; i++)
            {
                if (i + TScorer.PrefetchAhead < fresh) scorer.Prefetch(links[i + TScorer.PrefetchAhead]);
                long candidate = Candidate.Pack(scorer.To(links[i]), links[i]);
                if (candidate < worst)
                {
                    candidates.Push(candidate);
                    if (filter.Accepts(links[i])) worst = Keep(results, candidate, ef);
                }
            }

            distances += fresh;
            if (distances > plan.Budget || (results.Count < ef && plan.IsAvoided(distances, results.Count)))
            {
                finished = false;
                break;
            }
        }

        scratch.Distances += distances;
        scratch.Hops += hops;
        return finished;
    }

    /// <summary>Adds to the results, drops the worst if they are more than ef, and returns the bound for further ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Keep(CandidateHeap results, long candidate, int ef)
    {
        if (results.Count < ef)
        {
            results.Push(~candidate);
            return results.Count < ef ? Candidate.Worst : ~results.Top;
        }

        results.ReplaceTop(~candidate);
        return ~results.Top;
    }
}
