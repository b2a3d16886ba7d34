using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// Builds a graph over many rows at once, with the same bytes for every number of threads. As in ParlayANN (Manohar et
/// al., "Scalable and Deterministic Parallel Graph-Based Approximate Nearest Neighbor Search Algorithms", PPoPP 2024),
/// rows are inserted in batches that grow with the graph:
/// <list type="number">
/// <item>Every row of the batch chooses its neighbours in the graph as the batch found it.</item>
/// <item>The links back are grouped by the node they start from, and each such node takes all its new links and shrinks
/// its list once.</item>
/// </list>
/// Both steps are parallel over things that do not touch each other. Shrinking once a batch instead of once a link is
/// also what makes this faster than insertion one by one.
/// <para>
/// Rows of a batch do not see each other, so a batch must be a random sample, whatever order the rows come in; and the
/// highest levels go first, so that the entry point never changes.
/// </para>
/// </summary>
internal sealed unsafe class GraphBuilder<TScorer>
    where TScorer : struct, IScorer<TScorer>
{
    /// <summary>A batch is at most this part of the graph that it is inserted into…</summary>
    private const int GrowthDivisor = 4;

    /// <summary>…and at most this part of all rows, so that few rows are blind to each other.</summary>
    private const int BatchDivisor = 50;

    private const int RowsPerChunk = 16;
    private const int TargetsPerChunk = 64;

    private readonly HnswGraph _graph;
    private readonly int _threads;
    private readonly int[] _order;
    private readonly List<long> _backLinks = [];
    private readonly List<int> _groupStarts = [];

    internal GraphBuilder(HnswGraph graph, ulong seed, int threads)
    {
        _graph = graph;
        _threads = threads;
        _order = InsertionOrder(graph, seed);
    }

    /// <summary>Links all rows, which are stored and in state <see cref="NodeTable.Linked"/>.</summary>
    internal void Build(IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        int n = _order.Length;
        int first = _order[0];
        _graph.Entry = new EntryPoint(first, _graph.Nodes.Levels[first]);
        for (int level = _graph.Entry.Level; level >= 0; level--)
        {
            // Empty but for a graph that is built a second time.
            LinkTable table = _graph.TableOf(first, level, out int block);
            table.Replace(block, []);
        }

        int largest = Math.Max(1, n / BatchDivisor);
        for (int done = 1; done < n;)
        {
            int size = Math.Min(n - done, Math.Clamp(done / GrowthDivisor, 1, largest));
            InsertBatch(done, size, cancellationToken);
            done += size;
            progress?.Report(new BuildProgress(done, n));
        }
    }

    /// <summary>A seeded random permutation, then by level, the tallest first.</summary>
    private static int[] InsertionOrder(HnswGraph graph, ulong seed)
    {
        int[] order = new int[graph.SlotCount];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        new Xoshiro256(seed, ulong.MaxValue).Shuffle<int>(order);
        int at = 0;
        int[] sorted = new int[order.Length];
        for (int level = LevelSampler.MaxLevel; level >= 0; level--)
        {
            foreach (int slot in order)
            {
                if (graph.Nodes.Levels[slot] == level) sorted[at++] = slot;
            }
        }

        return sorted;
    }

    private void InsertBatch(int start, int size, CancellationToken cancellationToken)
    {
        DeterministicParallel.For(size, RowsPerChunk, _threads, (from, to) =>
        {
            SearchScratch scratch = _graph.Scratches.Rent();
            try
            {
                for (int i = from; i < to; i++) WriteForwardLinks(scratch, _order[start + i]);
            }
            finally
            {
                ScratchPool.Return(scratch);
            }
        }, cancellationToken);

        int top = _graph.Nodes.Levels[_order[start]];
        for (int level = Math.Min(top, _graph.Entry.Level); level >= 0; level--)
        {
            GroupBackLinks(start, size, level);
            DeterministicParallel.For(_groupStarts.Count - 1, TargetsPerChunk, _threads, (from, to) =>
            {
                SearchScratch scratch = _graph.Scratches.Rent();
                try
                {
                    for (int group = from; group < to; group++) AddBackLinks(scratch, level, _groupStarts[group], _groupStarts[group + 1]);
                }
                finally
                {
                    ScratchPool.Return(scratch);
                }
            }, cancellationToken);
        }
    }

    private void WriteForwardLinks(SearchScratch scratch, int slot)
    {
        int level = _graph.Nodes.Levels[slot];
        EntryPoint entry = _graph.Entry;
        TScorer scorer = TScorer.ForRow(_graph, slot);
        GraphInserter.ChooseNeighbors(_graph, scratch, scorer, slot, entry, level);
        for (int lc = Math.Min(level, entry.Level); lc >= 0; lc--)
        {
            LinkTable table = _graph.TableOf(slot, lc, out int block);
            table.Replace(block, scratch.Chosen.On(lc));
        }
    }

    /// <summary>The links back of a batch on a level as (target, source), sorted, and where each target's begin.</summary>
    private void GroupBackLinks(int start, int size, int level)
    {
        _backLinks.Clear();
        _groupStarts.Clear();
        int* links = stackalloc int[LinkTable.MaxCapacity];
        for (int i = start; i < start + size && _graph.Nodes.Levels[_order[i]] >= level; i++)
        {
            int source = _order[i];
            int count = _graph.ReadLinks(source, level, links);
            for (int j = 0; j < count; j++) _backLinks.Add(((long)links[j] << 32) | (uint)source);
        }

        _backLinks.Sort();
        for (int i = 0; i < _backLinks.Count; i++)
        {
            if (i == 0 || _backLinks[i] >> 32 != _backLinks[i - 1] >> 32) _groupStarts.Add(i);
        }

        _groupStarts.Add(_backLinks.Count);
    }

    /// <summary>Gives one node its new links, sources <paramref name="from"/>…<paramref name="to"/>−1, and shrinks its list if they are too many.</summary>
    private void AddBackLinks(SearchScratch scratch, int level, int from, int to)
    {
        int target = (int)(_backLinks[from] >> 32);
        LinkTable table = _graph.TableOf(target, level, out int block);
        int* links = scratch.Links;
        int count = table.Read(block, links);
        if (count + (to - from) <= table.Capacity)
        {
            for (int i = from; i < to; i++) table.Append(block, (int)_backLinks[i]);
            return;
        }

        TScorer scorer = TScorer.ForRow(_graph, target);
        CandidateList candidates = scratch.Pruning;
        candidates.Clear();
        for (int i = 0; i < count; i++) candidates.Add(Candidate.Pack(scorer.To(links[i]), links[i]));
        for (int i = from; i < to; i++) candidates.Add(Candidate.Pack(scorer.To((int)_backLinks[i]), (int)_backLinks[i]));
        candidates.Sort();
        Span<int> chosen = new(links, SearchScratch.LinkCapacity);
        table.Replace(block, chosen[..NeighborSelector.Select(scorer, _graph.TwinSlack, target, candidates.Items, table.Capacity, chosen)]);
    }
}
