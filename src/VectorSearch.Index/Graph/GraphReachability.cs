namespace VectorSearch.Index;

/// <summary>
/// All that level 0 leads to from the entry point. The caller keeps writers out, or holds a scratch so that no slot is
/// reused meanwhile; beside writers a node may be missed that a link was just moved to, and slots that were added since
/// are unknown: they count as not reached.
/// </summary>
internal sealed unsafe class GraphReachability
{
    private readonly HnswGraph _graph;
    private readonly bool _throughRemoved;
    private readonly bool[] _reached;
    private readonly Stack<int> _frontier = new();

    /// <param name="graph">The graph.</param>
    /// <param name="throughRemoved">Whether a path may pass removed nodes that wait for the sweep, as walks do.</param>
    internal GraphReachability(HnswGraph graph, bool throughRemoved)
    {
        _graph = graph;
        _throughRemoved = throughRemoved;
        _reached = new bool[graph.SlotCount];
        if (!graph.Entry.IsNone) SpreadFrom(graph.Entry.Slot);
    }

    internal bool IsReached(int slot) => (uint)slot < (uint)_reached.Length && _reached[slot];

    /// <summary>Linked nodes that are not reached.</summary>
    internal List<int> Unreached() => Unreached(new ReadOnlySpan<byte>(_graph.Nodes.States, _reached.Length));

    /// <summary>Nodes that are not reached, and were linked in these states and still are.</summary>
    internal List<int> Unreached(ReadOnlySpan<byte> states)
    {
        List<int> slots = [];
        for (int slot = 0; slot < Math.Min(states.Length, _reached.Length); slot++)
        {
            if (!_reached[slot] && states[slot] == NodeTable.Linked && _graph.Nodes.State(slot) == NodeTable.Linked) slots.Add(slot);
        }

        return slots;
    }

    /// <summary>Marks a node and all that it leads to.</summary>
    internal void SpreadFrom(int slot)
    {
        int* links = stackalloc int[LinkTable.MaxCapacity];

        // The entry point may be a node that was added since the slots were counted.
        if ((uint)slot < (uint)_reached.Length) _reached[slot] = true;
        _frontier.Push(slot);
        while (_frontier.TryPop(out int node))
        {
            int count = _graph.ReadLinks(node, 0, links);
            for (int i = 0; i < count; i++)
            {
                int next = links[i];
                if ((uint)next >= (uint)_reached.Length || _reached[next]) continue;
                if (!_throughRemoved && _graph.Nodes.State(next) != NodeTable.Linked) continue;
                _reached[next] = true;
                _frontier.Push(next);
            }
        }
    }
}
