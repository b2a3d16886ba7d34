namespace VectorSearch.Index;

/// <summary>
/// Links nodes that the entry point does not reach: shrinking a list can take a node's last incoming link. Searches may
/// go on.
/// </summary>
internal static unsafe class GraphRepairer
{
    /// <summary>Passes before giving up. A pass can cut off a node only by a forced link, and each starts one neighbour further.</summary>
    private const int Passes = 16;

    /// <summary>Makes every linked node reachable; returns how many links that took. The caller keeps writers out.</summary>
    internal static int Repair<TScorer>(HnswGraph graph, SearchScratch scratch)
        where TScorer : struct, IScorer<TScorer>
    {
        int repaired = 0;
        for (int pass = 0; pass < Passes; pass++)
        {
            GraphReachability reach = new(graph, throughRemoved: false);
            List<int> unreached = reach.Unreached();
            if (unreached.Count == 0) break;
            foreach (int slot in unreached)
            {
                if (reach.IsReached(slot)) continue;
                LinkIsland<TScorer>(graph, scratch, reach, slot, pass);
                repaired++;
            }
        }

        return repaired;
    }

    /// <summary>
    /// Adds a link to a node from the nearest reached node that has room, or else in place of that one's farthest link, and
    /// counts all that the node leads to as reached. Writers may go on: what they undo the next look finds again.
    /// </summary>
    internal static void LinkIsland<TScorer>(HnswGraph graph, SearchScratch scratch, GraphReachability reach, int slot, int pass)
        where TScorer : struct, IScorer<TScorer>
    {
        EntryPoint entry = graph.Entry;
        if (entry.IsNone || graph.Nodes.State(slot) != NodeTable.Linked) return;
        TScorer scorer = TScorer.ForRow(graph, slot);
        long start = GraphSearcher.Descend(graph, scratch, scorer, entry, 0);

        // The levels above may lead into the very island that level 0 does not reach; then the entry point is the start,
        // and whatever the walk finds is reached.
        if (!reach.IsReached(Candidate.Slot(start))) start = Candidate.Pack(scorer.To(entry.Slot), entry.Slot);
        GraphSearcher.SearchLayer(
            graph, scratch, scorer, new LiveNode(graph.Nodes.States), start, 0, graph.EfConstruction, SearchPlan.Unbounded, CancellationToken.None);
        scratch.Sorted.TakeAll(scratch.Results);
        int host = -1, full = 0;
        foreach (long candidate in scratch.Sorted.Items)
        {
            int other = Candidate.Slot(candidate);
            if (!reach.IsReached(other) || graph.Nodes.State(other) != NodeTable.Linked) continue;
            bool hasRoom = graph.Bottom.Count(other) < graph.Bottom.Capacity;
            if (hasRoom || full++ <= pass) host = other;
            if (hasRoom) break;
        }

        if (host >= 0)
        {
            ForceLink<TScorer>(graph, scratch, host, slot);
            GraphDeleter.LinkBackIfRoom(graph, scratch, slot, host, level: 0);
        }

        reach.SpreadFrom(slot);
    }

    private static void ForceLink<TScorer>(HnswGraph graph, SearchScratch scratch, int host, int slot)
        where TScorer : struct, IScorer<TScorer>
    {
        graph.Locks.Enter(host);
        try
        {
            int* links = scratch.MoreLinks;
            int count = graph.Bottom.Read(host, links);
            if (graph.Nodes.State(host) != NodeTable.Linked) return;
            if (new ReadOnlySpan<int>(links, count).Contains(slot)) return;
            if (count < graph.Bottom.Capacity)
            {
                graph.Bottom.Append(host, slot);
                return;
            }

            TScorer scorer = TScorer.ForRow(graph, host);
            int farthest = 0;
            for (int i = 1; i < count; i++)
            {
                if (scorer.To(links[i]) > scorer.To(links[farthest])) farthest = i;
            }

            links[farthest] = slot;
            graph.Bottom.Replace(host, new ReadOnlySpan<int>(links, count));
        }
        finally
        {
            graph.Locks.Exit(host);
        }
    }
}
