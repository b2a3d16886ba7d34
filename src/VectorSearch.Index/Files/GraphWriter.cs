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
/// The caller keeps writers out and has finished the sweep.
/// </summary>
internal static unsafe class GraphWriter
{
    /// <summary>"VSHNSW" and two zeros.</summary>
    internal const long Magic = 0x0000_5753_4E48_5356;

    /// <summary>Version of the format that is written.</summary>
    internal const int Version = 2;

    /// <summary>Oldest version that is read.</summary>
    internal const int OldestVersion = 1;

    /// <summary>"VSHNSWED".</summary>
    internal const long EndMark = 0x4445_5753_4E48_5356;

    internal static void Write(Stream stream, HnswOptions options, HnswGraph graph, long stored, CodeUse codes)
    {
        BlockWriter writer = new(stream);
        WriteHeader(writer, options, graph, stored, codes);
        int slots = graph.SlotCount;
        for (int slot = 0; slot < slots; slot++)
        {
            byte state = graph.Nodes.State(slot);
            writer.WriteByte(NodeTable.IsLive(state) ? state : NodeTable.Free);
            writer.WriteByte(graph.Nodes.Levels[slot]);
        }

        writer.Flush();
        for (int slot = 0; slot < slots; slot++)
        {
            if (NodeTable.IsLive(graph.Nodes.State(slot)))
                writer.WriteFloats(new ReadOnlySpan<float>(graph.Rows.Row(slot), graph.Rows.Dimension));
        }

        writer.Flush();
        for (int slot = 0; slot < slots; slot++)
        {
            if (graph.Nodes.State(slot) == NodeTable.Linked) WriteList(writer, graph, slot, 0);
        }

        writer.Flush();
        for (int slot = 0; slot < slots; slot++)
        {
            if (graph.Nodes.State(slot) != NodeTable.Linked) continue;
            for (int level = 1; level <= graph.Nodes.Levels[slot]; level++) WriteList(writer, graph, slot, level);
        }

        writer.Flush();
        writer.WriteInt64(EndMark);
        writer.Flush();
    }

    private static void WriteHeader(BlockWriter writer, HnswOptions options, HnswGraph graph, long stored, CodeUse codes)
    {
        EntryPoint entry = graph.Entry;
        writer.WriteInt64(Magic);
        writer.WriteInt32(Version);
        writer.WriteInt32(options.Dimension);
        writer.WriteInt32((int)options.Metric);
        writer.WriteInt32(options.M);
        writer.WriteInt32(options.EfConstruction);
        writer.WriteInt32(options.EfSearch);
        writer.WriteInt32(options.MaxSlots);
        writer.WriteInt64((long)options.Seed);
        writer.WriteInt32(graph.SlotCount);
        writer.WriteInt32(entry.IsNone ? -1 : entry.Slot);
        writer.WriteInt32(entry.IsNone ? -1 : entry.Level);
        writer.WriteInt64(stored);
        writer.WriteByte(options.ByteCodes ? (byte)1 : (byte)0);
        writer.WriteByte((byte)codes);
        if (codes == CodeUse.InUse) writer.WriteFloats(graph.Codes!.Center);
        writer.Flush();
    }

    private static void WriteList(BlockWriter writer, HnswGraph graph, int slot, int level)
    {
        int* links = stackalloc int[LinkTable.MaxCapacity];
        int count = graph.ReadLinks(slot, level, links);
        writer.WriteByte((byte)count);
        writer.WriteInts(new ReadOnlySpan<int>(links, count));
    }
}
