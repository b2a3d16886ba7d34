namespace VectorSearch.Index;

/// <summary>
/// Repairs the lists around a removed node. Links are not always mutual, so a removed node cannot find all lists that
/// name it: those of its own neighbours are repaired at once, the rest when the <see cref="GraphSweeper"/> comes by.
/// Until then walks pass through the node and do not answer it.
/// </summary>
internal static unsafe class GraphDeleter
{
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
    /// diversity heuristic against what the list has. True if the list named a removed node.
    /// </summary>
    internal static bool RepairList<TScorer>(HnswGraph graph, SearchScratch scratch, int slot, int level)
        where TScorer : struct, IScorer<TScorer>
    {
        int* links = scratch.Links;
        if (!NamesRemoved(graph, links, graph.ReadLinks(slot, level, links))) return false;
        graph.Locks.Enter(slot);
        try
        {
            if (level > graph.Nodes.Levels[slot]) return false;
            LinkTable table = graph.TableOf(slot, level, out int block);
            int count = table.Read(block, links);
            Span<int> kept = stackalloc int[LinkTable.MaxCapacity];
            Span<int> gone = stackalloc int[LinkTable.MaxCapacity];
            int keptCount = 0, goneCount = 0;
            for (int i = 0; i < count; i++)
            {
                if (NodeTable.IsLinkable(graph.Nodes.State(links[i]))) kept[keptCount++] = links[i];
                else gone[goneCount++] = links[i];
            }

            TScorer scorer = TScorer.ForRow(graph, slot);
            CollectHeirs(graph, scratch, scorer, slot, level, kept[..keptCount], gone[..goneCount]);
            foreach (long heir in scratch.Pruning.Items)
            {
                if (keptCount == count) break;
                if (NeighborSelector.IsDiverse(scorer, heir, kept[..keptCount])) kept[keptCount++] = Candidate.Slot(heir);
            }

            table.Replace(block, kept[..keptCount]);
            return goneCount > 0;
        }
        finally
        {
            graph.Locks.Exit(slot);
        }
    }

    /// <summary>The live neighbours of the removed nodes, each once, sorted by distance, into <see cref="SearchScratch.Pruning"/>.</summary>
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
        foreach (int removed in gone)
        {
            int count = graph.ReadLinks(removed, level, links);
            for (int i = 0; i < count; i++)
            {
                int heir = links[i];
                if (heir >= slots || !met.TryMark(heir)) continue;
                if (!NodeTable.IsLinkable(graph.Nodes.State(heir)) || level > graph.Nodes.Levels[heir]) continue;
                heirs.Add(Candidate.Pack(scorer.To(heir), heir));
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
