namespace VectorSearch.Index;

/// <summary>
/// The paper's Algorithm 1, INSERT, in three steps so that other threads never meet a half-made node: choose neighbours
/// on all levels, write the node's own lists, and only then, from level 0 upwards, link back to it.
/// </summary>
internal static unsafe class GraphInserter
{
    /// <summary>How often an insertion starts again when all the neighbours it chose were removed meanwhile.</summary>
    private const int Attempts = 8;

    /// <summary>Links a node in state <see cref="NodeTable.Linking"/> to the rest. It is not the entry point yet.</summary>
    /// <returns>False if the graph became empty meanwhile.</returns>
    internal static bool Insert<TScorer>(HnswGraph graph, SearchScratch scratch, int slot)
        where TScorer : struct, IScorer<TScorer>
    {
        int level = graph.Nodes.Levels[slot];
        TScorer scorer = TScorer.ForRow(graph, slot);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            EntryPoint entry = graph.Entry;
            if (entry.IsNone) return false;
            int top = Math.Min(level, entry.Level);
            ChooseNeighbors(graph, scratch, scorer, slot, entry, level);
            for (int lc = 0; lc <= top; lc++) WriteOwnList(graph, slot, lc, scratch.Chosen.On(lc));
            for (int lc = 0; lc <= top; lc++)
            {
                int linked = 0;
                foreach (int neighbor in scratch.Chosen.On(lc))
                {
                    if (LinkBack<TScorer>(graph, scratch, neighbor, slot, lc)) linked++;
                }

                if (lc == 0 && linked == 0) top = -1;
            }

            if (top >= 0) return true;
        }

        return true;
    }

    /// <summary>Lines 5 to 11: the neighbours on every level that the node shares with the graph, into <see cref="SearchScratch.Chosen"/>.</summary>
    internal static void ChooseNeighbors<TScorer>(
        HnswGraph graph, SearchScratch scratch, in TScorer scorer, int slot, EntryPoint entry, int level)
        where TScorer : struct, IScorer<TScorer>
    {
        long nearest = GraphSearcher.Descend(graph, scratch, scorer, entry, level);
        for (int lc = Math.Min(level, entry.Level); lc >= 0; lc--)
        {
            if (graph.AwaitingSweep == 0) SearchLayer<TScorer, AnyNode>(graph, scratch, scorer, default, nearest, lc);
            else SearchLayer(graph, scratch, scorer, new LiveNode(graph.Nodes.States), nearest, lc);
            CandidateList found = scratch.Sorted;
            found.TakeAll(scratch.Results);

            // The paper hands all of W to the next level; the nearest alone finds the same neighbours for less.
            if (found.Count > 0) nearest = found.Items[0];
            CandidateList others = scratch.Pruning;
            others.Clear();
            foreach (long candidate in found.Items)
            {
                if (Candidate.Slot(candidate) != slot) others.Add(candidate);
            }

            Twins.Extend(graph, scratch, scorer, slot, lc);
            scratch.Chosen.SetCount(lc, NeighborSelector.Select(scorer, graph.TwinSlack, slot, others.Items, graph.M, scratch.Chosen.Room(lc)));
        }
    }

    private static void SearchLayer<TScorer, TFilter>(
        HnswGraph graph, SearchScratch scratch, in TScorer scorer, in TFilter filter, long start, int level)
        where TScorer : struct, IScorer<TScorer>
        where TFilter : struct, INodeFilter =>
        GraphSearcher.SearchLayer(graph, scratch, scorer, filter, start, level, graph.EfConstruction, SearchPlan.Unbounded, CancellationToken.None);

    /// <summary>Line 13 to 17 for one neighbour: adds the link, and shrinks the list when it is full.</summary>
    /// <returns>False if the neighbour was removed meanwhile.</returns>
    private static bool LinkBack<TScorer>(HnswGraph graph, SearchScratch scratch, int neighbor, int slot, int level)
        where TScorer : struct, IScorer<TScorer>
    {
        graph.Locks.Enter(neighbor);
        try
        {
            if (!NodeTable.IsLinkable(graph.Nodes.State(neighbor)) || level > graph.Nodes.Levels[neighbor]) return false;
            LinkTable table = graph.TableOf(neighbor, level, out int block);
            int* links = scratch.MoreLinks;
            int count = table.Read(block, links);
            if (new ReadOnlySpan<int>(links, count).Contains(slot)) return true;
            if (count < table.Capacity)
            {
                table.Append(block, slot);
                return true;
            }

            TScorer scorer = TScorer.ForRow(graph, neighbor);
            CandidateList candidates = scratch.Pruning;
            candidates.Clear();
            candidates.Add(Candidate.Pack(scorer.To(slot), slot));
            for (int i = 0; i < count; i++) candidates.Add(Candidate.Pack(scorer.To(links[i]), links[i]));
            candidates.Sort();
            Span<int> chosen = new(links, SearchScratch.LinkCapacity);
            table.Replace(block, chosen[..NeighborSelector.Select(scorer, graph.TwinSlack, neighbor, candidates.Items, table.Capacity, chosen)]);
            return true;
        }
        finally
        {
            graph.Locks.Exit(neighbor);
        }
    }

    private static void WriteOwnList(HnswGraph graph, int slot, int level, ReadOnlySpan<int> neighbors)
    {
        graph.Locks.Enter(slot);
        try
        {
            LinkTable table = graph.TableOf(slot, level, out int block);
            table.Replace(block, neighbors);
        }
        finally
        {
            graph.Locks.Exit(slot);
        }
    }
}
