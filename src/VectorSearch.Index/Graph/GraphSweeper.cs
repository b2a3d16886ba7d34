namespace VectorSearch.Index;

/// <summary>
/// Finds the lists that still name removed nodes, a few nodes with every write, so that no write waits for a pass over
/// the whole graph. A round takes the removals that no running operation can still link to, visits every node once, and
/// then knows that no list names them: their slots may be used again once the searches that met them have ended.
/// <para>
/// With <see cref="NodesPerWrite"/> nodes a write a round lasts n / NodesPerWrite writes, so that at most about
/// 2n / NodesPerWrite slots wait at a time: 3 % of the rows.
/// </para>
/// </summary>
internal sealed class GraphSweeper(HnswGraph graph, SlotAllocator slots)
{
    /// <summary>Nodes that a write visits.</summary>
    internal const int NodesPerWrite = 64;

    private readonly Lock _sweep = new();
    private readonly Queue<(int Slot, long Epoch)> _pending = new();
    private readonly List<int> _round = [];
    private int _cursor;
    private int _end;

    /// <summary>Notes a removed node whose neighbours have been repaired.</summary>
    internal void Enqueue(int slot)
    {
        long epoch = graph.Scratches.EndEpoch();
        lock (_sweep) _pending.Enqueue((slot, epoch));
    }

    /// <summary>Visits a few nodes, unless another thread is at it or nothing waits.</summary>
    internal void Step<TScorer>(SearchScratch scratch)
        where TScorer : struct, IScorer<TScorer>
    {
        if (graph.AwaitingSweep == 0 || !_sweep.TryEnter()) return;
        try
        {
            if (_round.Count == 0 && !BeginRound(graph.Scratches.OldestActiveEpoch())) return;
            Visit<TScorer>(scratch, NodesPerWrite);
        }
        finally
        {
            _sweep.Exit();
        }
    }

    /// <summary>Ends with no list naming a removed node. The caller keeps writers out.</summary>
    internal void Finish<TScorer>(SearchScratch scratch)
        where TScorer : struct, IScorer<TScorer>
    {
        lock (_sweep)
        {
            // No writer runs, so no operation can still link to what was removed: a round may take everything.
            while (_round.Count > 0 || BeginRound(long.MaxValue)) Visit<TScorer>(scratch, int.MaxValue);
        }
    }

    private bool BeginRound(long oldestActiveEpoch)
    {
        while (_pending.TryPeek(out (int Slot, long Epoch) first) && first.Epoch < oldestActiveEpoch) _round.Add(_pending.Dequeue().Slot);
        _cursor = 0;
        _end = graph.SlotCount;
        return _round.Count > 0;
    }

    private void Visit<TScorer>(SearchScratch scratch, int nodes)
        where TScorer : struct, IScorer<TScorer>
    {
        int stop = (int)Math.Min(_end, (long)_cursor + nodes);
        for (; _cursor < stop; _cursor++)
        {
            if (graph.Nodes.State(_cursor) is NodeTable.Free or NodeTable.Stored) continue;
            for (int level = LevelOf(_cursor); level >= 0; level--) GraphDeleter.RepairList<TScorer>(graph, scratch, _cursor, level);
        }

        if (_cursor < _end) return;
        long epoch = graph.Scratches.EndEpoch();
        foreach (int slot in _round)
        {
            graph.Nodes.SetState(slot, NodeTable.Free);
            slots.Retire(slot, epoch);
        }

        graph.AddAwaitingSweep(-_round.Count);
        _round.Clear();
    }

    private unsafe int LevelOf(int slot) => graph.Nodes.Levels[slot];
}
