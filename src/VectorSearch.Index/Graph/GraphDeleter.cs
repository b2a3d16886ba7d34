namespace VectorSearch.Index;

/// <summary>
/// Repairs the lists around a removed node. Links are not always mutual, so a removed node cannot find all lists that
/// name it: those of its own neighbours are repaired at once, the rest when the <see cref="GraphSweeper"/> comes by.
/// Until then walks pass through the node and do not answer it.
/// </summary>
internal static unsafe class GraphDeleter
{
    /// <summary>Most removed nodes through which the heirs of one list are looked for.</summary>
    private const int MaxRemovedPassed = 256;

    /// <summary>Repairs the lists of a removed node's neighbours on every level.</summary>
    internal static void RepairAround<TScorer>(HnswGraph graph, SearchScratch scratch, int slot)
        where TScorer : struct, IScorer<TScorer>
    {
        Span<int> neighbors = stackalloc int[LinkTable.MaxCapacity];
        for (int level = graph.Nodes.Levels[slot]; level >= 0; level--)
        {
            int count = graph.ReadLinks(slot, level, scratch.Links);
            new ReadOnlySpan<int>(scratch.Links, count).CopyTo(neighbors);
            foreach (int neighbor in neighbors[..count]) RepairList<TScorer>(graph, scratch, neighbor, level);
        }
    }

    /// <summary>
    /// Takes removed nodes out of one list and fills their places with the nearest of their neighbours that pass the
    /// diversity heuristic against what the list has; those link back. True if the list named a removed node.
    /// </summary>
    internal static bool RepairList<TScorer>(HnswGraph graph, SearchScratch scratch, int slot, int level)
        where TScorer : struct, IScorer<TScorer>
    {
        int* links = scratch.Links;
        if (!NamesRemoved(graph, links, graph.ReadLinks(slot, level, links))) return false;
        Span<int> kept = stackalloc int[LinkTable.MaxCapacity];
        int keptCount = 0, heirsFrom;
        graph.Locks.Enter(slot);
        try
        {
            if (level > graph.Nodes.Levels[slot]) return false;
            LinkTable table = graph.TableOf(slot, level, out int block);
            int count = table.Read(block, links);
            Span<int> gone = stackalloc int[LinkTable.MaxCapacity];
            int goneCount = 0;
            for (int i = 0; i < count; i++)
            {
                if (NodeTable.IsLinkable(graph.Nodes.State(links[i]))) kept[keptCount++] = links[i];
                else gone[goneCount++] = links[i];
            }

            TScorer scorer = TScorer.ForRow(graph, slot);
            CollectHeirs(graph, scratch, scorer, slot, level, kept[..keptCount], gone[..goneCount]);
            heirsFrom = keptCount;
            foreach (long heir in scratch.Pruning.Items)
            {
                if (keptCount == count) break;
                if (NeighborSelector.IsDiverse(scorer, heir, kept[..keptCount])) kept[keptCount++] = Candidate.Slot(heir);
            }

            table.Replace(block, kept[..keptCount]);
            if (goneCount == 0) return false;
        }
        finally
        {
            graph.Locks.Exit(slot);
        }

        foreach (int heir in kept[heirsFrom..keptCount]) LinkBackIfRoom(graph, scratch, heir, slot, level);
        return true;
    }

    /// <summary>
    /// Makes the link of an heir mutual, since the removed node may have been the only way in both directions. A full
    /// list has ways enough, and shrinking it would cost as much as an insertion.
    /// </summary>
    internal static void LinkBackIfRoom(HnswGraph graph, SearchScratch scratch, int heir, int slot, int level)
    {
        graph.Locks.Enter(heir);
        try
        {
            // Asked in this order: what is linkable now is not reused before this operation has ended.
            if (!NodeTable.IsLinkable(graph.Nodes.State(slot)) || !NodeTable.IsLinkable(graph.Nodes.State(heir)) || level > graph.Nodes.Levels[heir]) return;
            LinkTable table = graph.TableOf(heir, level, out int block);
            int* links = scratch.MoreLinks;
            int count = table.Read(block, links);
            if (count < table.Capacity && !new ReadOnlySpan<int>(links, count).Contains(slot)) table.Append(block, slot);
        }
        finally
        {
            graph.Locks.Exit(heir);
        }
    }

    /// <summary>
    /// The live nodes that the removed ones lead to, each once, sorted by distance, into <see cref="SearchScratch.Pruning"/>.
    /// Paths lead through further removed nodes: where neighbours go together, on data of low intrinsic dimension above
    /// all, nothing live lies next to the first of them, and a list that got no heir would end the way for good.
    /// </summary>
    private static void CollectHeirs<TScorer>(
        HnswGraph graph, SearchScratch scratch, in TScorer scorer, int slot, int level, ReadOnlySpan<int> kept, ReadOnlySpan<int> gone)
        where TScorer : struct, IScorer<TScorer>
    {
        CandidateList heirs = scratch.Pruning;
        heirs.Clear();
        int slots = graph.SlotCount;
        VisitedSet met = scratch.Visited;
        met.Begin(slots);
        met.TryMark(slot);
        foreach (int known in kept)
        {
            if (known < slots) met.TryMark(known);
        }

        int* links = scratch.MoreLinks;
        foreach (int removed in gone) met.TryMark(removed);
        Span<int> passed = stackalloc int[MaxRemovedPassed];
        int waiting = Math.Min(gone.Length, MaxRemovedPassed);
        gone[..waiting].CopyTo(passed);
        for (int next = 0; next < waiting; next++)
        {
            int count = graph.ReadLinks(passed[next], level, links);
            for (int i = 0; i < count; i++)
            {
                int heir = links[i];
                if (heir >= slots || !met.TryMark(heir) || level > graph.Nodes.Levels[heir]) continue;
                if (NodeTable.IsLinkable(graph.Nodes.State(heir))) heirs.Add(Candidate.Pack(scorer.To(heir), heir));
                else if (waiting < MaxRemovedPassed) passed[waiting++] = heir;
            }
        }

        heirs.Sort();
    }

    private static bool NamesRemoved(HnswGraph graph, int* links, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (!NodeTable.IsLinkable(graph.Nodes.State(links[i]))) return true;
        }

        return false;
    }
}
