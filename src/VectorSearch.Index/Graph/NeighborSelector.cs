namespace VectorSearch.Index;

/// <summary>
/// The paper's Algorithm 4, SELECT-NEIGHBORS-HEURISTIC, without its two options (extendCandidates helps only on extremely
/// clustered data; keepPrunedConnections made lists longer and searches slower at equal recall).
/// </summary>
internal static class NeighborSelector
{
    /// <summary>
    /// Chooses up to <paramref name="m"/> neighbours for a base element: going from the nearest candidate outwards, a
    /// candidate is kept if it is nearer to the base than to every neighbour kept before. One that is nearer to a kept
    /// neighbour is reached through that neighbour, and the place is left for another direction.
    /// </summary>
    /// <param name="scorer">Distances between candidates.</param>
    /// <param name="candidates">Packed, sorted by distance to the base, without the base itself.</param>
    /// <param name="m">Most neighbours.</param>
    /// <param name="chosen">Where the slots go.</param>
    /// <returns>How many were chosen.</returns>
    internal static int Select<TScorer>(in TScorer scorer, ReadOnlySpan<long> candidates, int m, Span<int> chosen)
        where TScorer : struct, IScorer<TScorer>
    {
        int count = 0;
        foreach (long candidate in candidates)
        {
            if (count == m) break;
            if (IsDiverse(scorer, candidate, chosen[..count])) chosen[count++] = Candidate.Slot(candidate);
        }

        return count;
    }

    /// <summary>Whether a candidate is nearer to the base than to each of the chosen.</summary>
    internal static bool IsDiverse<TScorer>(in TScorer scorer, long candidate, ReadOnlySpan<int> chosen)
        where TScorer : struct, IScorer<TScorer>
    {
        float toBase = Candidate.Distance(candidate);
        int slot = Candidate.Slot(candidate);
        foreach (int kept in chosen)
        {
            if (scorer.Between(slot, kept) < toBase) return false;
        }

        return true;
    }
}
