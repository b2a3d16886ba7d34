using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// Checks every invariant of a graph, in release builds too. The caller keeps writers out.
/// <list type="bullet">
/// <item>A list has at most its table's capacity, names no slot twice and never its own node.</item>
/// <item>A link leads to a linked node of at least its level, or to a removed one that waits for the sweep.</item>
/// <item>The entry point is a linked node, and none is on a higher level; there is none only if nothing is linked.</item>
/// <item>Levels are at most <see cref="LevelSampler.MaxLevel"/>; rows of live slots are finite, and unit vectors under cosine.</item>
/// <item>Every linked node is reachable on level 0 from the entry point.</item>
/// </list>
/// </summary>
internal sealed unsafe class GraphValidator
{
    /// <summary>How far a stored row may be from ‖x‖² = 1 under cosine: float32 rounding of any dimension allowed.</summary>
    private const double UnitTolerance = 1e-4;

    private readonly HnswGraph _graph;
    private readonly Metric _metric;
    private readonly int _slots;
    private readonly List<string> _faults = [];
    private int _faultCount;
    private int _nodes;
    private long _links;
    private long _linksToRemoved;

    private GraphValidator(HnswGraph graph, Metric metric)
    {
        _graph = graph;
        _metric = metric;
        _slots = graph.SlotCount;
    }

    /// <summary>Checks everything.</summary>
    internal static GraphReport Validate(HnswGraph graph, Metric metric)
    {
        GraphValidator validator = new(graph, metric);
        for (int slot = 0; slot < validator._slots; slot++) validator.CheckSlot(slot);
        validator.CheckEntry();
        List<int> unreachable = new GraphReachability(graph, throughRemoved: true).Unreached();
        List<int> strictly = new GraphReachability(graph, throughRemoved: false).Unreached();
        return new GraphReport
        {
            Nodes = validator._nodes,
            Links = validator._links,
            LinksToRemoved = validator._linksToRemoved,
            FaultCount = validator._faultCount,
            Faults = validator._faults,
            UnreachableCount = unreachable.Count,
            ReachableOnlyThroughRemovedCount = strictly.Count - unreachable.Count,
        };
    }

    private void CheckSlot(int slot)
    {
        byte state = _graph.Nodes.State(slot);
        if (NodeTable.IsLive(state)) CheckRow(slot);
        if (state is NodeTable.Linking or NodeTable.RemovedWhileLinking or > NodeTable.Linked) Fault($"Slot {slot} is in state {state}.");
        if (state != NodeTable.Linked) return;
        _nodes++;
        int level = _graph.Nodes.Levels[slot];
        if (level > LevelSampler.MaxLevel) Fault($"Node {slot} has level {level}; the highest is {LevelSampler.MaxLevel}.");
        else for (int lc = 0; lc <= level; lc++) CheckList(slot, lc);
    }

    private void CheckRow(int slot)
    {
        ReadOnlySpan<float> row = new(_graph.Rows.Row(slot), _graph.Rows.Dimension);
        if (!VectorMath.AllFinite(row)) Fault($"The vector of slot {slot} is not finite.");
        else if (_metric == Metric.Cosine && Math.Abs(VectorMath.NormSquaredDouble(row) - 1) > UnitTolerance)
            Fault($"The vector of slot {slot} is not a unit vector.");
    }

    private void CheckList(int slot, int level)
    {
        LinkTable table = _graph.TableOf(slot, level, out int block);
        Span<int> links = stackalloc int[LinkTable.MaxCapacity];
        int raw = table.Count(block);
        if (raw > table.Capacity) Fault($"Node {slot} has {raw} links on level {level}; the most is {table.Capacity}.");
        int count;
        fixed (int* into = links) count = table.Read(block, into);
        links = links[..count];
        _links += count;
        foreach (int target in links)
        {
            if ((uint)target >= (uint)_slots)
            {
                Fault($"Node {slot} links to slot {target} on level {level}; there are {_slots} slots.");
                continue;
            }

            if (target == slot) Fault($"Node {slot} links to itself on level {level}.");
            if (links.Count(target) > 1) Fault($"Node {slot} links to {target} twice on level {level}.");
            byte state = _graph.Nodes.State(target);
            if (state == NodeTable.Removed) _linksToRemoved++;
            else if (state != NodeTable.Linked) Fault($"Node {slot} links to slot {target} on level {level}, which is in state {state}.");
            if (_graph.Nodes.Levels[target] < level)
                Fault($"Node {slot} links to node {target} on level {level}, which reaches level {_graph.Nodes.Levels[target]} only.");
        }
    }

    private void CheckEntry()
    {
        int tallest = -1;
        for (int slot = 0; slot < _slots; slot++)
        {
            if (_graph.Nodes.State(slot) == NodeTable.Linked) tallest = Math.Max(tallest, _graph.Nodes.Levels[slot]);
        }

        EntryPoint entry = _graph.Entry;
        if (entry.IsNone)
        {
            if (tallest >= 0) Fault($"There is no entry point, but nodes up to level {tallest}.");
        }
        else if ((uint)entry.Slot >= (uint)_slots || _graph.Nodes.State(entry.Slot) != NodeTable.Linked)
        {
            Fault($"The entry point {entry.Slot} is not a linked node.");
        }
        else if (entry.Level != tallest || _graph.Nodes.Levels[entry.Slot] != tallest)
        {
            Fault($"The entry point {entry.Slot} is on level {entry.Level}, the tallest node on {tallest}.");
        }
    }

    private void Fault(string text)
    {
        _faultCount++;
        if (_faults.Count < GraphReport.MaxListedFaults) _faults.Add(text);
    }
}
