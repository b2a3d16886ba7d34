using VectorSearch.Numerics;

namespace VectorSearch.Index.Sealed;

/// <summary>The small parts of a sealed index as they are in its file; the large ones lie beside them.</summary>
internal sealed unsafe class SealedMetadata
{
    public required VectorForm Form { get; init; }

    public required RowFormat Format { get; init; }

    public required int Bits { get; init; }

    public required int Coded { get; init; }

    public required ulong Seed { get; init; }

    public required SealedAudit Audit { get; init; }

    public required float[] Mean { get; init; }

    public required float[] Centroids { get; init; }

    public required int[] RowStarts { get; init; }

    public required float[] Spreads { get; init; }

    public required float[] Origin { get; init; }

    public required float[] Scale { get; init; }

    public required EffortLevel[] Efforts { get; init; }

    public required int[] Breadth { get; init; }

    public static byte[] Write(SealedParts parts)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write((int)parts.Form.Metric);
        writer.Write(parts.Form.Dimension);
        writer.Write(parts.Form.NormLimit);
        writer.Write((int)parts.Rows.Format);
        writer.Write(parts.Lists.Bits);
        writer.Write(parts.Lists.Dimension);
        writer.Write(parts.Seed);
        writer.Write(parts.Audit.UnreachableLists);
        writer.Write(parts.Audit.MisplacedRows);
        writer.Write(parts.Audit.SelfRecall);
        WriteFloats(writer, parts.Rotation.Mean);
        WriteFloats(writer, parts.Centroids);
        writer.Write(parts.Lists.RowStarts.Length);
        foreach (var start in parts.Lists.RowStarts) writer.Write(start);
        WriteFloats(writer, parts.Lists.Spreads);
        WriteFloats(writer, parts.Rows.Origin);
        WriteFloats(writer, parts.Rows.Scale);
        writer.Write(parts.Efforts.Length);
        foreach (var effort in parts.Efforts)
        {
            writer.Write(effort.Probes);
            writer.Write(effort.Slack);
            writer.Write(effort.Recall);
            writer.Write(effort.Assured);
            writer.Write(effort.Cost);
            writer.Write(effort.Reach);
        }

        writer.Write(parts.Tree.Breadth.Length);
        foreach (var uppers in parts.Tree.Breadth) writer.Write(uppers);
        writer.Flush();
        return bytes.ToArray();
    }

    /// <summary>Reads and judges the small parts; checksums have been compared, so a fault here is a wrong writer.</summary>
    public static SealedMetadata Read(ReadOnlySpan<byte> bytes, long offset)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes.ToArray()));
        try
        {
            var metric = (Metric)reader.ReadInt32();
            var metadata = new SealedMetadata
            {
                Form = new VectorForm(metric, reader.ReadInt32(), reader.ReadSingle()),
                Format = (RowFormat)reader.ReadInt32(),
                Bits = reader.ReadInt32(),
                Coded = reader.ReadInt32(),
                Seed = reader.ReadUInt64(),
                Audit = new SealedAudit(reader.ReadInt32(), reader.ReadInt32(), reader.ReadDouble()),
                Mean = ReadFloats(reader),
                Centroids = ReadFloats(reader),
                RowStarts = ReadMany(reader, sizeof(int), r => r.ReadInt32()),
                Spreads = ReadFloats(reader),
                Origin = ReadFloats(reader),
                Scale = ReadFloats(reader),
                Efforts = ReadMany(
                    reader, 24,
                    r => new EffortLevel(r.ReadInt32(), r.ReadSingle(), r.ReadSingle(), r.ReadSingle(), r.ReadSingle(), r.ReadSingle())),
                Breadth = ReadMany(reader, sizeof(int), r => r.ReadInt32()),
            };
            metadata.Check(offset);
            return metadata;
        }
        catch (EndOfStreamException cause)
        {
            throw new IndexFormatException(offset + bytes.Length, "the description of the index ends here; expected more.", cause);
        }
    }

    /// <summary>Puts the index together around the large parts.</summary>
    public SealedIndex Open(int[] ids, SealedFile.Layout layout, byte* blocks, byte* rows, IDisposable owner, string digest, MappedBlocks? guard = null)
    {
        var lists = new CodedLists(RowStarts, Spreads, Coded, Bits, blocks);
        if (lists.Bytes != layout.Lengths[2])
            throw new IndexFormatException(layout.Offsets[2], $"{layout.Lengths[2]} bytes of codes; expected {lists.Bytes}.");
        if (SealedSlots.FindFault(ids, RowStarts[^1]) is { } fault) throw new IndexFormatException(layout.Offsets[1], fault);
        var store = new RowStore(Format, ids.Length, Form.Dimension, Origin, Scale, rows, owner: null);
        if (store.Bytes != layout.Lengths[3])
            throw new IndexFormatException(layout.Offsets[3], $"{layout.Lengths[3]} bytes of rows; expected {store.Bytes}.");
        guard?.Describe(layout.Offsets[2], layout.Offsets[3], store.RowBytes);
        return new SealedIndex(
            new SealedParts
            {
                Guard = guard,
                Form = Form,
                Rotation = new Rotation(Mean, Coded, Seed),
                Centroids = Centroids,
                Tree = CentroidTree.Build(Centroids, Coded, Bits, Seed, threads: 1, CancellationToken.None, Breadth),
                Lists = lists,
                Rows = store,
                Ids = ids,
                Seed = Seed,
                Audit = Audit,
                Efforts = Efforts,
            },
            owner,
            digest);
    }

    private void Check(long offset)
    {
        Require(Enum.IsDefined(Form.Metric), $"metric {(int)Form.Metric}", "a known one");
        Require(Form.Dimension is >= 1 and <= SealedOptions.MaxDimension, $"dimension {Form.Dimension}", $"1 to {SealedOptions.MaxDimension}");
        Require(Enum.IsDefined(Format), $"row format {(int)Format}", "a known one");
        Require(Bits is 1 or 2 or 4, $"{Bits} bits", "1, 2 or 4");
        Require(Mean.Length == Form.Length, $"a mean of {Mean.Length}", $"{Form.Length}");
        Require(Coded >= 1 && Coded <= Math.Min(Form.Length, CodedLists.MaxDimension(Bits)), $"{Coded} coded coordinates", $"1 to {Form.Length}");
        Require(RowStarts.Length >= 2 && RowStarts[0] == 0, "no list bounds", "at least one list");
        for (var l = 1; l < RowStarts.Length; l++)
            Require(RowStarts[l] >= RowStarts[l - 1], $"list {l} ends before it starts", "rising bounds");
        var lists = RowStarts.Length - 1;
        Require(Spreads.Length == lists, $"{Spreads.Length} spreads", $"{lists}");
        Require(Centroids.Length == (long)lists * Coded, $"{Centroids.Length} centroid values", $"{(long)lists * Coded}");
        var scaled = Format is RowFormat.ScaledByte or RowFormat.ExactByte ? Form.Dimension : 0;
        Require(Origin.Length == scaled && Scale.Length == scaled, $"{Origin.Length} and {Scale.Length} byte scales", $"{scaled}");
        Require(Efforts.Length >= 1, "no effort levels", "at least one");
        Require(Breadth.Length is >= 1 and <= 32 && Breadth.All(uppers => uppers >= 1), "no breadth of the centroid tree", "1 to 32 positive numbers");
        foreach (var effort in Efforts) Require(effort.Probes >= 1, $"{effort.Probes} probes", "at least 1");

        void Require(bool holds, string found, string expected)
        {
            if (!holds) throw new IndexFormatException(offset, $"{found}; expected {expected}.");
        }
    }

    private static void WriteFloats(BinaryWriter writer, float[] values)
    {
        writer.Write(values.Length);
        foreach (var value in values) writer.Write(value);
    }

    private static float[] ReadFloats(BinaryReader reader) => ReadMany(reader, sizeof(float), r => r.ReadSingle());

    private static T[] ReadMany<T>(BinaryReader reader, int bytesEach, Func<BinaryReader, T> read)
    {
        var count = reader.ReadInt32();
        if (count < 0 || (long)count * bytesEach > reader.BaseStream.Length - reader.BaseStream.Position) throw new EndOfStreamException();
        var values = new T[count];
        for (var i = 0; i < count; i++) values[i] = read(reader);
        return values;
    }
}
