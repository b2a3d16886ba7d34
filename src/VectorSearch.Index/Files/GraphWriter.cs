namespace VectorSearch.Index;

/// <summary>
/// The bytes of an index, in blocks (<see cref="BlockWriter"/>); every section starts a new block:
/// <list type="number">
/// <item>Header: <see cref="Magic"/> (i64), <see cref="Version"/>, dimension, metric, M, efConstruction, efSearch,
/// MaxSlots (i32 each), seed (i64), slots, entry slot, top level (i32 each; −1 when empty), vectors ever stored (i64),
/// and since version 2: codes wanted (u8, 0 or 1), <see cref="CodeUse"/> (u8), and if in use their centre (float32
/// each).</item>
/// <item>Nodes: state and level (one byte each) of every slot. A removed slot is written as free.</item>
/// <item>Rows: the float32 coordinates of live slots, ascending.</item>
/// <item>Level 0: count (u8) and slots (i32 each) of linked nodes, ascending.</item>
/// <item>Levels above: for each linked node that has any, ascending, its lists from level 1 up.</item>
/// <item>End: <see cref="EndMark"/> (i64).</item>
/// </list>
/// Writers go on meanwhile; see <see cref="GraphMoment"/>.
/// </summary>
internal static unsafe class GraphWriter
{
    /// <summary>"VSHNSW" and two zeros.</summary>
    internal const long Magic = 0x0000_5753_4E48_5356;

    /// <summary>Version of the format that is written.</summary>
    internal const int Version = 2;

    /// <summary>Oldest version that is read.</summary>
    internal const int OldestVersion = 1;

    /// <summary>Most nodes younger than the moment through which a list is completed.</summary>
    private const int MaxYoungerPassed = 64;

    /// <summary>"VSHNSWED".</summary>
    internal const long EndMark = 0x4445_5753_4E48_5356;

    /// <param name="stream">Written to.</param>
    /// <param name="options">The index's.</param>
    /// <param name="graph">The graph; the caller holds a lease on its slots.</param>
    /// <param name="moment">Who is written.</param>
    /// <param name="repair">Called for a node and a level whose list names nodes that were removed, to give it their heirs.</param>
    internal static void Write(Stream stream, HnswOptions options, HnswGraph graph, GraphMoment moment, Action<int, int> repair)
    {
        BlockWriter writer = new(stream);
        WriteHeader(writer, options, graph, moment);
        int slots = moment.Slots;
        for (int slot = 0; slot < slots; slot++)
        {
            byte state = moment.State(slot);
            writer.WriteByte(NodeTable.IsLive(state) ? state : NodeTable.Free);
            writer.WriteByte(moment.Level(slot));
        }

        writer.Flush();
        for (int slot = 0; slot < slots; slot++)
        {
            if (NodeTable.IsLive(moment.State(slot)))
                writer.WriteFloats(new ReadOnlySpan<float>(graph.Rows.Row(slot), graph.Rows.Dimension));
        }

        writer.Flush();
        for (int slot = 0; slot < slots; slot++)
        {
            if (moment.State(slot) == NodeTable.Linked) WriteList(writer, graph, moment, slot, 0, repair);
        }

        writer.Flush();
        for (int slot = 0; slot < slots; slot++)
        {
            if (moment.State(slot) != NodeTable.Linked) continue;
            for (int level = 1; level <= moment.Level(slot); level++) WriteList(writer, graph, moment, slot, level, repair);
        }

        writer.Flush();
        writer.WriteInt64(EndMark);
        writer.Flush();
    }

    private static void WriteHeader(BlockWriter writer, HnswOptions options, HnswGraph graph, GraphMoment moment)
    {
        EntryPoint entry = moment.Entry;
        writer.WriteInt64(Magic);
        writer.WriteInt32(Version);
        writer.WriteInt32(options.Dimension);
        writer.WriteInt32((int)options.Metric);
        writer.WriteInt32(options.M);
        writer.WriteInt32(options.EfConstruction);
        writer.WriteInt32(options.EfSearch);
        writer.WriteInt32(options.MaxSlots);
        writer.WriteInt64((long)options.Seed);
        writer.WriteInt32(moment.Slots);
        writer.WriteInt32(entry.IsNone ? -1 : entry.Slot);
        writer.WriteInt32(entry.IsNone ? -1 : entry.Level);
        writer.WriteInt64(moment.Stored);
        writer.WriteByte(options.ByteCodes ? (byte)1 : (byte)0);
        writer.WriteByte((byte)moment.Codes);
        if (moment.Codes == CodeUse.InUse) writer.WriteFloats(graph.Codes!.Center);
        writer.Flush();
    }

    private static void WriteList(BlockWriter writer, HnswGraph graph, GraphMoment moment, int slot, int level, Action<int, int> repair)
    {
        Span<int> links = stackalloc int[LinkTable.MaxCapacity];
        int count = ReadLocked(graph, slot, level, links);
        foreach (int link in links[..count])
        {
            if (NodeTable.IsLinkable(graph.Nodes.State(link))) continue;
            repair(slot, level);
            count = ReadLocked(graph, slot, level, links);
            break;
        }

        int known = 0;
        List<int>? younger = null;
        foreach (int link in links[..count])
        {
            if (moment.Knows(link, level)) links[known++] = link;
            else (younger ??= []).Add(link);
        }

        if (younger is not null) known = AddBehind(younger, graph, moment, slot, level, links, known);
        writer.WriteByte((byte)known);
        writer.WriteInts(links[..known]);
    }

    /// <summary>
    /// A node that is younger than the moment may stand where one of the moment was, which has left since: the list then
    /// gets what the moment knows behind the younger ones, up to the length it had, or it would end there. (Filled up to
    /// its capacity it names far nodes, and a walk that comes from far does not find what is near.)
    /// </summary>
    private static int AddBehind(List<int> younger, HnswGraph graph, GraphMoment moment, int slot, int level, Span<int> links, int known)
    {
        int length = known + younger.Count;
        HashSet<int> met = [slot, .. younger, .. links[..known]];
        Span<int> behind = stackalloc int[LinkTable.MaxCapacity];
        for (int next = 0; next < Math.Min(younger.Count, MaxYoungerPassed); next++)
        {
            int count = ReadLocked(graph, younger[next], level, behind);
            foreach (int link in behind[..count])
            {
                if (!met.Add(link)) continue;
                if (!moment.Knows(link, level)) younger.Add(link);
                else if (known < length) links[known++] = link;
            }
        }

        return known;
    }

    /// <summary>A list between two changes: a search may take a list in the midst of one, a file may not.</summary>
    private static int ReadLocked(HnswGraph graph, int slot, int level, Span<int> links)
    {
        graph.Locks.Enter(slot);
        try
        {
            fixed (int* into = links) return graph.ReadLinks(slot, level, into);
        }
        finally
        {
            graph.Locks.Exit(slot);
        }
    }
}
