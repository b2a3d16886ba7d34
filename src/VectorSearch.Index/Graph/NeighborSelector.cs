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
    /// Of rows equal to the base a few are taken; see <see cref="Twins"/>.
    /// </summary>
    /// <param name="scorer">Distances between candidates.</param>
    /// <param name="twinSlack"><see cref="HnswGraph.TwinSlack"/>.</param>
    /// <param name="slot">The base.</param>
    /// <param name="candidates">Packed, sorted by distance to the base, without the base itself.</param>
    /// <param name="m">Most neighbours.</param>
    /// <param name="chosen">Where the slots go.</param>
    /// <returns>How many were chosen.</returns>
    internal static int Select<TScorer>(in TScorer scorer, float twinSlack, int slot, ReadOnlySpan<long> candidates, int m, Span<int> chosen)
        where TScorer : struct, IScorer<TScorer>
    {
        (int twinsFrom, int twins) = Twins.Find(scorer, twinSlack, slot, candidates);
        int fewTwins = Twins.Most(m), count = 0;
        for (int i = 0; i < candidates.Length && count < m; i++)
        {
            if (i == twinsFrom && twins > fewTwins)
            {
                int taken = Math.Min(fewTwins, m - count);
                Twins.Choose(slot, candidates.Slice(i, twins), chosen.Slice(count, taken));
                count += taken;
                i += twins - 1;
            }
            else if (IsDiverse(scorer, candidates[i], chosen[..count]))
            {
                chosen[count++] = Candidate.Slot(candidates[i]);
            }
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
