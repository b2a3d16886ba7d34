namespace VectorSearch.Index;

/// <summary>
/// What is written of an index: who was in it at one moment. The rows and lists of those slots are read later, while
/// writers go on. A slot that was live stays what it was until the lease of the save ends; a list is taken as it is when
/// its turn comes, less what this moment does not know.
/// </summary>
internal sealed unsafe class GraphMoment
{
    private readonly byte[] _states;
    private readonly byte[] _levels;

    /// <summary>The caller keeps writers out, and takes a lease before it lets them in again.</summary>
    internal GraphMoment(HnswGraph graph, long stored, CodeUse codes)
    {
        _states = new ReadOnlySpan<byte>(graph.Nodes.States, graph.SlotCount).ToArray();
        _levels = new ReadOnlySpan<byte>(graph.Nodes.Levels, graph.SlotCount).ToArray();
        Entry = graph.Entry;
        Stored = stored;
        Codes = codes;
    }

    internal int Slots => _states.Length;

    internal EntryPoint Entry { get; }

    internal long Stored { get; }

    internal CodeUse Codes { get; }

    internal byte State(int slot) => _states[slot];

    internal byte Level(int slot) => _levels[slot];

    /// <summary>Whether a list of this level may name the slot.</summary>
    internal bool Knows(int slot, int level) => (uint)slot < (uint)_states.Length && _states[slot] == NodeTable.Linked && level <= _levels[slot];
}
