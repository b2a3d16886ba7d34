using System.Runtime.CompilerServices;

namespace VectorSearch.Index;

/// <summary>
/// The walk of level 0 under a filter that few nodes match: only matches are scored and walked, and a neighbour that does
/// not match is looked through to its own neighbours. So what a hop costs does not grow as matches get rarer, and matches
/// stay joined where few are neighbours of each other. After ACORN-1 (Patel et al., "ACORN: Performant and
/// Predicate-Agnostic Search Over Vector Embeddings and Structured Data", SIGMOD 2024); where two hops meet no match at
/// all, the neighbours themselves are scored and walked, as in <see cref="GraphSearcher"/>.
/// </summary>
internal unsafe ref struct TwoHopSearcher<TScorer, TFilter>
    where TScorer : struct, IScorer<TScorer>
    where TFilter : struct, INodeFilter
{
    /// <summary>Matches collected before they are scored: time for their rows to arrive, and few enough to stay in the nearest cache.</summary>
    private const int Together = 32;

    private readonly HnswGraph _graph;
    private readonly SearchScratch _scratch;
    private readonly TScorer _scorer;
    private readonly TFilter _filter;
    private readonly int _ef;
    private readonly int _slots;
    private readonly byte* _tags;
    private readonly byte _seen;

    private long _worst = Candidate.Worst;
    private int _waiting;
    private int _found;
    private long _met;
    private long _accepted;
    private long _scored;
    private long _lookedThrough;

    /// <param name="graph">The graph.</param>
    /// <param name="scratch">Rented by the caller; keeps the counts.</param>
    /// <param name="scorer">Distances to the query.</param>
    /// <param name="filter">Who may be a result.</param>
    /// <param name="ef">Beam width.</param>
    internal TwoHopSearcher(HnswGraph graph, SearchScratch scratch, in TScorer scorer, in TFilter filter, int ef)
    {
        (_graph, _scratch, _scorer, _filter, _ef) = (graph, scratch, scorer, filter, ef);

        // Slots stored after this point may be met but not marked: they are younger than the search and are passed over.
        _slots = graph.SlotCount;
        scratch.Visited.Begin(_slots);
        _tags = scratch.Visited.Tags;
        _seen = scratch.Visited.Epoch;
    }

    /// <summary>Finds the ef nearest matches. Afterwards <see cref="SearchScratch.Results"/> has them, complemented.</summary>
    /// <param name="start">Packed start node with its distance.</param>
    /// <param name="plan">How long to go on.</param>
    /// <param name="cancellationToken">Looked at every <see cref="GraphSearcher.HopsPerCancellationCheck"/> hops.</param>
    /// <returns>False if the plan ended the walk, or fewer than ef matches could be reached.</returns>
    internal bool Walk(long start, in SearchPlan plan, CancellationToken cancellationToken)
    {
        CandidateHeap candidates = _scratch.Candidates, results = _scratch.Results;
        candidates.Clear();
        results.Clear();
        candidates.Push(start);
        _tags[Candidate.Slot(start)] = _seen;
        if (_filter.Accepts(Candidate.Slot(start))) _worst = GraphSearcher.Keep(results, start, _ef);
        long hops = 0;
        bool ended = false;
        while (!ended && candidates.Count > 0 && candidates.Top <= _worst)
        {
            if ((++hops & (GraphSearcher.HopsPerCancellationCheck - 1)) == 0) cancellationToken.ThrowIfCancellationRequested();
            Expand(Candidate.Slot(candidates.Pop()));
            ended = _scored + _lookedThrough > plan.Budget || (results.Count < _ef && plan.IsAvoided(_met, _accepted));
        }

        _scratch.Distances += _scored;
        _scratch.Hops += hops + _lookedThrough;
        return !ended && results.Count == _ef;
    }

    /// <summary>Scores the matches among a node's neighbours, and behind those that do not match until as many were found as a node has neighbours.</summary>
    private void Expand(int node)
    {
        int* links = _scratch.Links;
        int count = _graph.ReadLinks(node, 0, links), others = 0;
        long accepted = _accepted;
        _found = 0;
        for (int i = 0; i < count; i++)
        {
            int slot = links[i];
            if ((uint)slot >= (uint)_slots || _tags[slot] == _seen) continue;
            if (Meet(slot)) continue;
            links[others++] = slot;
            _graph.Bottom.Prefetch(slot);
        }

        for (int i = 0; i < others && _found < _graph.Bottom.Capacity; i++) LookThrough(links[i]);
        Score();
        if (_found == 0 && _accepted == accepted && _scratch.Results.Count < _ef) PassOn(new ReadOnlySpan<int>(links, others));
    }

    private void LookThrough(int node)
    {
        _tags[node] = _seen;
        _lookedThrough++;
        int* links = _scratch.MoreLinks;
        int count = _graph.ReadLinks(node, 0, links);
        for (int i = 0; i < count; i++)
        {
            if ((uint)links[i] < (uint)_slots) Meet(links[i]);
        }
    }

    /// <summary>Whether a node matches; if it does and is new, it is asked for and will be scored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Meet(int slot)
    {
        _met++;
        if (!_filter.Accepts(slot)) return false;
        _accepted++;
        if (_tags[slot] == _seen) return true;
        _tags[slot] = _seen;
        _scorer.Prefetch(slot);
        _scratch.Matches[_waiting++] = slot;
        _found++;
        if (_waiting == Together) Score();
        return true;
    }

    private void Score()
    {
        CandidateHeap candidates = _scratch.Candidates, results = _scratch.Results;
        for (int i = 0; i < _waiting; i++)
        {
            int slot = _scratch.Matches[i];
            long candidate = Candidate.Pack(_scorer.To(slot), slot);
            if (candidate >= _worst) continue;
            candidates.Push(candidate);
            _worst = GraphSearcher.Keep(results, candidate, _ef);
        }

        _scored += _waiting;
        _waiting = 0;
    }

    /// <summary>Walks on over nodes that do not match, and lead to none that does.</summary>
    private void PassOn(ReadOnlySpan<int> nodes)
    {
        foreach (int slot in nodes) _scorer.Prefetch(slot);
        foreach (int slot in nodes) _scratch.Candidates.Push(Candidate.Pack(_scorer.To(slot), slot));
        _scored += nodes.Length;
    }
}
