using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// Reads what <see cref="GraphWriter"/> wrote. Takes nothing on trust: counts are bounded before memory is taken, memory
/// grows with the bytes that have really come, and every link is checked, so that a crafted file is refused or harmless.
/// </summary>
internal sealed unsafe class GraphReader
{
    /// <summary>How far a row may be from ‖x‖² = 1 under cosine.</summary>
    private const double UnitTolerance = 1e-4;

    /// <summary>Slots by which memory grows while states come in.</summary>
    private const int SlotsPerStep = 1 << 14;

    private readonly BlockReader _reader;
    private readonly Header _header;
    private readonly HnswIndex _index;
    private readonly HnswGraph _graph;
    private readonly int _slots;

    private GraphReader(BlockReader reader, Header header, HnswIndex index)
    {
        _reader = reader;
        _header = header;
        _index = index;
        _graph = index.Graph;
        _slots = header.Slots;
    }

    internal static HnswIndex Read(Stream stream, int maxSlots)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxSlots);
        BlockReader blocks = new(stream);
        Header header = ReadHeader(blocks, maxSlots);
        HnswIndex index = Create(blocks, header.Options);
        try
        {
            GraphReader reader = new(blocks, header, index);
            reader.ReadNodes();
            reader.ReadRows();
            reader.ReadLinks();
            reader.ReadEnd();
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    private static Header ReadHeader(BlockReader reader, int maxSlots)
    {
        if (reader.ReadInt64() is var magic && magic != GraphWriter.Magic)
            throw Fault(reader, $"the first bytes are {magic:x16}; expected {GraphWriter.Magic:x16}.");
        int version = reader.ReadInt32();
        if (version is < GraphWriter.OldestVersion or > GraphWriter.Version)
            throw Fault(reader, $"the format is version {version}; this program reads {GraphWriter.OldestVersion} to {GraphWriter.Version}.");
        HnswOptions options = new()
        {
            Dimension = reader.ReadInt32(),
            Metric = (Metric)reader.ReadInt32(),
            M = reader.ReadInt32(),
            EfConstruction = reader.ReadInt32(),
            EfSearch = reader.ReadInt32(),
            MaxSlots = reader.ReadInt32(),
            Seed = (ulong)reader.ReadInt64(),
        };
        if (options.Faults() is { Count: > 0 } faults) throw Fault(reader, string.Join(" ", faults));
        int slots = reader.ReadInt32();
        if (slots < 0 || slots > options.MaxSlots) throw Fault(reader, $"there are {slots} slots; expected 0 to {options.MaxSlots}.");
        if (maxSlots != 0) options = options with { MaxSlots = Math.Max(maxSlots, slots) };
        int entrySlot = reader.ReadInt32(), topLevel = reader.ReadInt32();
        long stored = reader.ReadInt64();
        CodeUse codes = CodeUse.NotYet;
        float[]? center = null;
        if (version >= 2)
        {
            options = options with { ByteCodes = ReadEnum(reader, "codes wanted", 1) == 1 };
            codes = (CodeUse)ReadEnum(reader, "use of codes", (byte)CodeUse.GivenUp);
            if (codes == CodeUse.InUse) center = ReadCenter(reader, options);
        }

        Header header = new(options, slots, entrySlot, topLevel, stored, codes, center);
        if (header.Stored < 0) throw Fault(reader, $"{header.Stored} vectors were ever stored; expected 0 or more.");
        reader.EndBlock("header");
        return header;
    }

    private static byte ReadEnum(BlockReader reader, string name, byte greatest) =>
        reader.ReadByte() is var value && value <= greatest ? value : throw Fault(reader, $"\"{name}\" is {value}; expected 0 to {greatest}.");

    private static float[] ReadCenter(BlockReader reader, HnswOptions options)
    {
        if (!options.ByteCodes || options.Dimension < ByteCodes.MinDimension) throw Fault(reader, "codes are in use that the options rule out.");
        float[] center = new float[options.Dimension];
        reader.ReadFloats(center);
        if (!VectorMath.AllFinite(center) || VectorMath.NormSquaredDouble(center) > VectorGuard.MaxNormSquared)
            throw Fault(reader, "the centre of the codes is not a vector of the space.");
        return center;
    }

    private static HnswIndex Create(BlockReader reader, HnswOptions options)
    {
        try
        {
            return new HnswIndex(options);
        }
        catch (InsufficientMemoryException refused)
        {
            throw new IndexFormatException(reader.Offset, $"{options.MaxSlots} slots of dimension {options.Dimension} have no room here.", refused);
        }
    }

    private void ReadNodes()
    {
        for (int slot = 0; slot < _slots; slot++)
        {
            if (slot == _graph.SlotCount) _graph.Grow(Math.Min(_slots, slot + SlotsPerStep));
            byte state = _reader.ReadByte();
            if (state is not (NodeTable.Free or NodeTable.Stored or NodeTable.Linked)) throw Fault($"slot {slot} is in state {state}; expected 0, 3 or 5.");
            byte level = _reader.ReadByte();
            if (level > LevelSampler.MaxLevel) throw Fault($"slot {slot} is on level {level}; expected 0 to {LevelSampler.MaxLevel}.");
            _graph.Nodes.Levels[slot] = level;
            if (level > 0) _graph.Nodes.UpperBlocks[slot] = TakeUpper(slot, level);
            _graph.Nodes.SetState(slot, state);
        }

        if (_slots > 0) _reader.EndBlock("nodes");
    }

    private int TakeUpper(int slot, int level)
    {
        try
        {
            return _graph.Upper.Take(level);
        }
        catch (InvalidOperationException)
        {
            throw Fault($"slot {slot} on level {level} is one too many above level 0.");
        }
    }

    private void ReadRows()
    {
        Span<float> row = new float[_graph.Rows.Dimension];
        bool any = false;
        for (int slot = 0; slot < _slots; slot++)
        {
            if (!NodeTable.IsLive(_graph.Nodes.State(slot))) continue;
            _reader.ReadFloats(row);
            CheckRow(slot, row);
            row.CopyTo(new Span<float>(_graph.Rows.Row(slot), row.Length));
            any = true;
        }

        if (any) _reader.EndBlock("rows");
    }

    private void CheckRow(int slot, ReadOnlySpan<float> row)
    {
        if (!VectorMath.AllFinite(row)) throw Fault($"the vector of slot {slot} is not finite.");
        double normSquared = VectorMath.NormSquaredDouble(row);
        if (_index.Options.Metric == Metric.Cosine ? Math.Abs(normSquared - 1) > UnitTolerance : normSquared > VectorGuard.MaxNormSquared)
            throw Fault($"the vector of slot {slot} has squared norm {normSquared:G6}, which the metric does not allow.");
    }

    private void ReadLinks()
    {
        bool any = false, anyUpper = false;
        for (int slot = 0; slot < _slots; slot++)
        {
            if (_graph.Nodes.State(slot) != NodeTable.Linked) continue;
            ReadList(slot, 0);
            any = true;
        }

        if (any) _reader.EndBlock("links of level 0");
        for (int slot = 0; slot < _slots; slot++)
        {
            if (_graph.Nodes.State(slot) != NodeTable.Linked) continue;
            for (int level = 1; level <= _graph.Nodes.Levels[slot]; level++)
            {
                ReadList(slot, level);
                anyUpper = true;
            }
        }

        if (anyUpper) _reader.EndBlock("links above level 0");
    }

    private void ReadList(int slot, int level)
    {
        LinkTable table = _graph.TableOf(slot, level, out int block);
        int count = _reader.ReadByte();
        if (count > table.Capacity) throw Fault($"node {slot} has {count} links on level {level}; the most is {table.Capacity}.");
        Span<int> links = stackalloc int[LinkTable.MaxCapacity];
        links = links[..count];
        _reader.ReadInts(links);
        for (int i = 0; i < count; i++)
        {
            int target = links[i];
            if ((uint)target >= (uint)_slots) throw Fault($"node {slot} links to slot {target}; expected 0 to {_slots - 1}.");
            if (target == slot) throw Fault($"node {slot} links to itself on level {level}.");
            if (_graph.Nodes.State(target) != NodeTable.Linked) throw Fault($"node {slot} links to slot {target}, which is not linked.");
            if (_graph.Nodes.Levels[target] < level) throw Fault($"node {slot} links on level {level} to node {target}, which is lower.");
            if (links[..i].Contains(target)) throw Fault($"node {slot} links to {target} twice on level {level}.");
        }

        table.Replace(block, links);
    }

    private void ReadEnd()
    {
        if (_reader.ReadInt64() is var mark && mark != GraphWriter.EndMark) throw Fault($"the end is {mark:x16}; expected {GraphWriter.EndMark:x16}.");
        int tallest = -1;
        List<int> free = [];
        for (int slot = 0; slot < _slots; slot++)
        {
            byte state = _graph.Nodes.State(slot);
            if (state == NodeTable.Linked) tallest = Math.Max(tallest, _graph.Nodes.Levels[slot]);
            if (state == NodeTable.Free) free.Add(slot);
            else _index.Restore(slot);
        }

        if (_header.TopLevel != tallest) throw Fault($"the top level is given as {_header.TopLevel}; the tallest node is on {tallest}.");
        if (tallest >= 0)
        {
            if ((uint)_header.EntrySlot >= (uint)_slots || _graph.Nodes.State(_header.EntrySlot) != NodeTable.Linked || _graph.Nodes.Levels[_header.EntrySlot] != tallest)
                throw Fault($"the entry point {_header.EntrySlot} is not a linked node of level {tallest}.");
            _graph.Entry = new EntryPoint(_header.EntrySlot, tallest);
        }

        _index.RestoreCodes(_header.Codes, _header.CodeCenter);
        _index.Allocator.Restore(_header.Stored, free);
    }

    private IndexFormatException Fault(string problem) => Fault(_reader, problem);

    private static IndexFormatException Fault(BlockReader reader, string problem) => new(reader.Offset, problem);

    private sealed record Header(HnswOptions Options, int Slots, int EntrySlot, int TopLevel, long Stored, CodeUse Codes, float[]? CodeCenter);
}
