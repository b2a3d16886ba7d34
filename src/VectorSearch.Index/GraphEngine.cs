using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// The algorithms over one graph, behind one virtual call an operation: which metric it is is decided once, and the
/// loops below are compiled for it.
/// </summary>
internal abstract class GraphEngine
{
    /// <summary>The engine of a metric, which walks over the rows, or over their codes if there are any.</summary>
    internal static GraphEngine Create(Metric metric, HnswGraph graph, UnlinkedTail tail, GraphSweeper sweeper, bool overCodes) => metric switch
    {
        Metric.SquaredEuclidean => Create<FloatScorer<SquaredEuclideanMetric>>(graph, tail, sweeper, overCodes),
        Metric.Cosine => Create<FloatScorer<CosineMetric>>(graph, tail, sweeper, overCodes),
        Metric.InnerProduct => Create<FloatScorer<InnerProductMetric>>(graph, tail, sweeper, overCodes),
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "No such metric."),
    };

    private static GraphEngine Create<TExact>(HnswGraph graph, UnlinkedTail tail, GraphSweeper sweeper, bool overCodes)
        where TExact : struct, IScorer<TExact> =>
        overCodes ? new GraphEngine<TExact, ByteScorer>(graph, tail, sweeper) : new GraphEngine<TExact, TExact>(graph, tail, sweeper);

    /// <summary>Links all rows of a graph that nobody else sees yet; see <see cref="GraphBuilder{TScorer}"/>.</summary>
    internal abstract void Build(ulong seed, int threads, IProgress<BuildProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Links a node that is <see cref="NodeTable.Linking"/>; see <see cref="GraphInserter"/>.</summary>
    internal abstract bool Insert(SearchScratch scratch, int slot);

    /// <summary>Repairs the lists around a removed node; see <see cref="GraphDeleter"/>.</summary>
    internal abstract void RepairAround(SearchScratch scratch, int slot);

    /// <summary>Gives a list that names removed nodes their heirs; see <see cref="GraphDeleter"/>.</summary>
    internal abstract void RepairList(SearchScratch scratch, int slot, int level);

    /// <summary>A few steps of the sweep.</summary>
    internal abstract void SweepStep(SearchScratch scratch);

    /// <summary>The whole sweep; the caller keeps writers out.</summary>
    internal abstract void FinishSweep(SearchScratch scratch);

    /// <summary>Links what the entry point does not reach; the caller keeps writers out. Returns how many nodes were repaired.</summary>
    internal abstract int RepairReachability(SearchScratch scratch);

    /// <summary>Links a node that is not reached, and what it leads to; see <see cref="GraphRepairer"/>.</summary>
    internal abstract void LinkIsland(SearchScratch scratch, GraphReachability reach, int slot);

    /// <summary>Answers the query in <see cref="SearchScratch.Query"/>.</summary>
    /// <param name="scratch">Rented, with the query prepared.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="ef">Beam width, at least the hits wanted.</param>
    /// <param name="live">Live slots when the search began.</param>
    /// <param name="hits">Where the hits go; its length is the number wanted.</param>
    internal abstract SearchOutcome Search(SearchScratch scratch, in SearchRequest request, int ef, int live, Span<Neighbor> hits);
}

/// <inheritdoc/>
/// <typeparam name="TExact">Distances that are answered.</typeparam>
/// <typeparam name="TWalk">Distances that the graph is built with and walks go by.</typeparam>
internal sealed unsafe class GraphEngine<TExact, TWalk>(HnswGraph graph, UnlinkedTail tail, GraphSweeper sweeper) : GraphEngine
    where TExact : struct, IScorer<TExact>
    where TWalk : struct, IScorer<TWalk>
{
    /// <summary>
    /// Exact distances computed beyond twice the hits wanted. The error of a code is far below the gap between the k-th
    /// and the 2k-th neighbour; with k = 1 there is no gap to speak of.
    /// </summary>
    private const int RerankMargin = 16;

    internal override void Build(ulong seed, int threads, IProgress<BuildProgress>? progress, CancellationToken cancellationToken) =>
        new GraphBuilder<TWalk>(graph, seed, threads).Build(progress, cancellationToken);

    internal override bool Insert(SearchScratch scratch, int slot) => GraphInserter.Insert<TWalk>(graph, scratch, slot);

    internal override void RepairAround(SearchScratch scratch, int slot) => GraphDeleter.RepairAround<TWalk>(graph, scratch, slot);

    internal override void RepairList(SearchScratch scratch, int slot, int level) => GraphDeleter.RepairList<TWalk>(graph, scratch, slot, level);

    internal override void SweepStep(SearchScratch scratch) => sweeper.Step<TWalk>(scratch);

    internal override void FinishSweep(SearchScratch scratch) => sweeper.Finish<TWalk>(scratch);

    internal override int RepairReachability(SearchScratch scratch) => GraphRepairer.Repair<TWalk>(graph, scratch);

    internal override void LinkIsland(SearchScratch scratch, GraphReachability reach, int slot) =>
        GraphRepairer.LinkIsland<TWalk>(graph, scratch, reach, slot, pass: 0);

    internal override SearchOutcome Search(SearchScratch scratch, in SearchRequest request, int ef, int live, Span<Neighbor> hits)
    {
        TExact exact = TExact.ForQuery(graph, scratch);
        SearchPlan plan = SearchPlan.Choose(request, ef, live);
        if (!plan.Scan)
        {
            ScanTail(scratch, exact, request.Filter, hits.Length);
            bool finished = Walk(scratch, request, ef, plan);
            if (!TWalk.IsExact) Rerank(scratch, exact, hits.Length);
            int found = Merge(scratch, hits);
            int expected = Math.Min(hits.Length, request.Filter?.Count ?? live);
            if (finished && found >= expected) return new SearchOutcome(found, scratch.Distances, scratch.Hops, false);
        }

        ExactSearcher.Scan(graph, scratch, exact, request.Filter, hits.Length, request.CancellationToken);
        scratch.TailResults.Clear();
        return new SearchOutcome(Merge(scratch, hits), scratch.Distances, scratch.Hops, true);
    }

    private void ScanTail(SearchScratch scratch, in TExact scorer, SlotSet? filter, int k)
    {
        scratch.TailResults.Clear();
        foreach (ref readonly int entry in tail.Entries)
        {
            int slot = Volatile.Read(in entry);
            if (slot == UnlinkedTail.Gone || !NodeTable.IsLive(graph.Nodes.State(slot))) continue;
            if (filter is not null && !filter.Contains(slot)) continue;
            scratch.Distances++;
            ExactSearcher.Offer(scratch.TailResults, Candidate.Pack(scorer.To(slot), slot), k);
        }
    }

    /// <summary>The paper's Algorithm 5, K-NN-SEARCH. False if the plan ended it.</summary>
    private bool Walk(SearchScratch scratch, in SearchRequest request, int ef, in SearchPlan plan)
    {
        scratch.Results.Clear();
        EntryPoint entry = graph.Entry;
        if (entry.IsNone) return true;
        CancellationToken token = request.CancellationToken;
        TWalk scorer = TWalk.ForQuery(graph, scratch);
        long start = GraphSearcher.Descend(graph, scratch, scorer, entry, 0);
        if (request.Filter is { } filter)
        {
            fixed (ulong* words = filter.WordArray)
            {
                LiveMember member = new(graph.Nodes.States, words, filter.WordArray.Length);
                return GraphSearcher.SearchLayer(graph, scratch, scorer, member, start, 0, ef, plan, token);
            }
        }

        return graph.AwaitingSweep == 0
            ? GraphSearcher.SearchLayer(graph, scratch, scorer, default(AnyNode), start, 0, ef, plan, token)
            : GraphSearcher.SearchLayer(graph, scratch, scorer, new LiveNode(graph.Nodes.States), start, 0, ef, plan, token);
    }

    /// <summary>Gives the nearest found by codes their exact distances, and keeps only those.</summary>
    private static void Rerank(SearchScratch scratch, in TExact scorer, int k)
    {
        CandidateList found = scratch.Sorted;
        found.TakeAll(scratch.Results);
        ReadOnlySpan<long> best = found.Items[..Math.Min(found.Count, (2 * k) + RerankMargin)];
        for (int i = 0; i < Math.Min(best.Length, TExact.PrefetchAhead); i++) scorer.Prefetch(Candidate.Slot(best[i]));
        for (int i = 0; i < best.Length; i++)
        {
            if (i + TExact.PrefetchAhead < best.Length) scorer.Prefetch(Candidate.Slot(best[i + TExact.PrefetchAhead]));
            int slot = Candidate.Slot(best[i]);
            ExactSearcher.Offer(scratch.Results, Candidate.Pack(scorer.To(slot), slot), k);
        }

        scratch.Distances += best.Length;
    }

    /// <summary>Joins the walk's results with the tail's, nearest first; a slot linked meanwhile may be in both.</summary>
    private static int Merge(SearchScratch scratch, Span<Neighbor> hits)
    {
        CandidateList walked = scratch.Sorted, waiting = scratch.Pruning;
        walked.TakeAll(scratch.Results);
        waiting.TakeAll(scratch.TailResults);
        ReadOnlySpan<long> a = walked.Items, b = waiting.Items;
        int count = 0;
        long last = long.MinValue;
        while (count < hits.Length && (a.Length > 0 || b.Length > 0))
        {
            bool takeA = b.Length == 0 || (a.Length > 0 && a[0] <= b[0]);
            long next = takeA ? a[0] : b[0];
            if (takeA) a = a[1..];
            else b = b[1..];
            if (next == last) continue;
            last = next;
            hits[count++] = new Neighbor(Candidate.Slot(next), Candidate.Distance(next));
        }

        return count;
    }
}
