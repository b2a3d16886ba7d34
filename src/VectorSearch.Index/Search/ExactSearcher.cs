using System.Numerics;

namespace VectorSearch.Index;

/// <summary>Compares the query with every live row, or every live row of a filter: the oracle, and the plan for few matches.</summary>
internal static unsafe class ExactSearcher
{
    /// <summary>Rows between two looks at the cancellation token.</summary>
    private const int RowsPerCancellationCheck = 1024;

    /// <summary>Leaves the k nearest in <see cref="SearchScratch.Results"/>, complemented.</summary>
    internal static void Scan<TScorer>(
        HnswGraph graph, SearchScratch scratch, in TScorer scorer, SlotSet? filter, int k, CancellationToken cancellationToken)
        where TScorer : struct, IScorer<TScorer>
    {
        scratch.Results.Clear();
        int slots = graph.SlotCount;
        if (filter is null) ScanAll(graph, scratch, scorer, slots, k, cancellationToken);
        else ScanMembers(graph, scratch, scorer, filter, slots, k, cancellationToken);
    }

    /// <summary>Offers one row to a heap of the k nearest, complemented.</summary>
    internal static void Offer(CandidateHeap nearest, long candidate, int k)
    {
        if (nearest.Count < k) nearest.Push(~candidate);
        else if (candidate < ~nearest.Top) nearest.ReplaceTop(~candidate);
    }

    private static void ScanAll<TScorer>(
        HnswGraph graph, SearchScratch scratch, in TScorer scorer, int slots, int k, CancellationToken cancellationToken)
        where TScorer : struct, IScorer<TScorer>
    {
        for (int slot = 0; slot < slots; slot++)
        {
            if ((slot & (RowsPerCancellationCheck - 1)) == 0) cancellationToken.ThrowIfCancellationRequested();
            if (NodeTable.IsLive(graph.Nodes.State(slot))) Score(scratch, scorer, slot, k);
        }
    }

    private static void ScanMembers<TScorer>(
        HnswGraph graph, SearchScratch scratch, in TScorer scorer, SlotSet filter, int slots, int k, CancellationToken cancellationToken)
        where TScorer : struct, IScorer<TScorer>
    {
        const int WordBits = 64;
        ReadOnlySpan<ulong> words = filter.Words;
        int* waiting = scratch.Links;
        int count = 0;
        for (int word = 0; word < words.Length; word++)
        {
            if ((word & ((RowsPerCancellationCheck / WordBits) - 1)) == 0) cancellationToken.ThrowIfCancellationRequested();
            for (ulong rest = words[word]; rest != 0; rest &= rest - 1)
            {
                int slot = (word * WordBits) + BitOperations.TrailingZeroCount(rest);
                if (slot < slots && NodeTable.IsLive(graph.Nodes.State(slot))) waiting[count++] = slot;
            }

            if (count <= SearchScratch.LinkCapacity - WordBits) continue;
            ScoreAll(scratch, scorer, waiting, count, k);
            count = 0;
        }

        ScoreAll(scratch, scorer, waiting, count, k);
    }

    /// <summary>Scores rows that lie anywhere in memory.</summary>
    private static void ScoreAll<TScorer>(SearchScratch scratch, in TScorer scorer, int* slots, int count, int k)
        where TScorer : struct, IScorer<TScorer>
    {
        for (int i = 0; i < Math.Min(count, TScorer.PrefetchAhead); i++) scorer.Prefetch(slots[i]);
        for (int i = 0; i < count; i++)
        {
            if (i + TScorer.PrefetchAhead < count) scorer.Prefetch(slots[i + TScorer.PrefetchAhead]);
            Score(scratch, scorer, slots[i], k);
        }
    }

    private static void Score<TScorer>(SearchScratch scratch, in TScorer scorer, int slot, int k)
        where TScorer : struct, IScorer<TScorer>
    {
        scratch.Distances++;
        Offer(scratch.Results, Candidate.Pack(scorer.To(slot), slot), k);
    }
}
