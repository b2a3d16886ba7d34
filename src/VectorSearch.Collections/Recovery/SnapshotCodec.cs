using VectorSearch.Index;
using VectorSearch.Numerics;
using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>
/// A generation as a snapshot. Sections: <c>blobs</c> (<see cref="PointBlob"/> one after another), <c>points</c> (count
/// i32; per point slot i32, LSN u64, blob offset i64, blob length i32, id), <c>missing</c> (count i32; per point of the
/// collection that the generation does not hold, LSN u64 and id), <c>receipts</c> (count i32; per request id text, LSN u64,
/// generation u64, space text, points i32; before there were generations <c>requests</c>, without the two), <c>index</c>
/// (<see cref="PointIndex.Save"/>).
/// <para>
/// Points are those of one moment S. The index is written while writes go on, so it may lack points of S and hold later
/// ones in their slots; every such difference was made by a record after S, and replaying those records mends it: a
/// point that left is deleted or replaced by its record, a slot that no point owns is taken out.
/// </para>
/// </summary>
internal static class SnapshotCodec
{
    private const string PointsSection = "points";
    private const string MissingSection = "missing";
    private const string RequestsSection = "requests";
    private const string ReceiptsSection = "receipts";
    private const string IndexSection = "index";
    private const int FlushEveryPoints = 1024;

    /// <summary>Writes everything but the footer.</summary>
    /// <returns>Offset of each entry's blob, −1 for none.</returns>
    public static long[] Write(
        SnapshotWriter writer, TableMoment moment, IReadOnlyList<(string RequestId, WriteReceipt Receipt)> requests, CancellationToken cancellation)
    {
        PointEntry[] entries = moment.Entries;
        long[] offsets = new long[entries.Length];
        int[] lengths = new int[entries.Length];
        Stream blobs = writer.BeginSection(PointBlob.Section);
        for (int i = 0; i < entries.Length; i++)
        {
            if (i % FlushEveryPoints == 0) cancellation.ThrowIfCancellationRequested();
            PointBlob? blob = entries[i].Blob;
            offsets[i] = blob is null ? -1 : writer.SectionLength;
            lengths[i] = blob?.Length ?? 0;
            if (blob is not null) blobs.Write(blob.Read());
        }

        WritePoints(writer.BeginSection(PointsSection), entries, offsets, lengths);
        WriteMissing(writer.BeginSection(MissingSection), moment.Missing);
        WriteRequests(writer.BeginSection(ReceiptsSection), requests);
        moment.Table.Index.Save(writer.BeginSection(IndexSection));
        return offsets;
    }

    /// <summary>Reads a table back. Every block and every count is checked.</summary>
    /// <exception cref="StorageException">The snapshot is damaged.</exception>
    /// <param name="reader">The snapshot.</param>
    /// <param name="generation">Number of the generation.</param>
    /// <param name="definition">The collection's definition as the generation has it.</param>
    /// <param name="sealedRows">Where the sealed rows of the generation lie, if it is of that form.</param>
    /// <param name="requests">Takes up the answers of requests; null if they are not wanted.</param>
    public static PointTable Read(SnapshotReader reader, ulong generation, CollectionDefinition definition, string sealedRows, RequestWindow? requests)
    {
        PointIndex index = LoadIndex(reader, definition, sealedRows);
        PointTable table = new(generation, definition.Space, index, index.SlotCount);
        try
        {
            ReadPoints(reader, table);
            ReadMissing(reader, table);
            if (requests is not null) ReadRequests(reader, definition, requests);
            return table;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            table.Dispose();
            throw Damaged(reader, "points and requests", e);
        }
        catch (StorageException)
        {
            table.Dispose();
            throw;
        }
    }

    private static PointIndex LoadIndex(SnapshotReader reader, CollectionDefinition definition, string sealedRows)
    {
        PointIndex index;
        try
        {
            Stream section = reader.OpenSection(IndexSection);
            index = definition.Index == IndexKind.Sealed
                ? SealedPointIndex.Open(sealedRows, section, definition)
                : new GraphPointIndex(HnswIndex.Load(section), links: definition.Index == IndexKind.Hnsw);
        }
        catch (Exception e) when (e is IndexFormatException or EndOfStreamException)
        {
            throw Damaged(reader, "a sound index", e);
        }

        if (index.Dimension == definition.Dimension && index.Metric == definition.Metric) return index;
        StorageException other = new(
            StorageFailure.Damaged, reader.FilePath, -1, $"an index of {definition.Dimension} × {definition.Metric}",
            $"{index.Dimension} × {index.Metric}");
        index.Dispose();
        throw other;
    }

    private static void WritePoints(Stream stream, PointEntry[] entries, long[] offsets, int[] lengths)
    {
        ByteWriter bytes = new(1 << 16);
        bytes.Int32(entries.Length);
        for (int i = 0; i < entries.Length; i++)
        {
            bytes.Int32(entries[i].Slot);
            bytes.UInt64(entries[i].Lsn);
            bytes.Int64(offsets[i]);
            bytes.Int32(lengths[i]);
            PointCodec.WriteId(bytes, entries[i].Id);
            if (i % FlushEveryPoints == 0) Flush();
        }

        Flush();

        void Flush()
        {
            stream.Write(bytes.Written);
            bytes.Clear();
        }
    }

    private static void WriteRequests(Stream stream, IReadOnlyList<(string RequestId, WriteReceipt Receipt)> requests)
    {
        ByteWriter bytes = new();
        bytes.Int32(requests.Count);
        foreach ((string id, WriteReceipt receipt) in requests)
        {
            bytes.Text(id);
            bytes.UInt64(receipt.Lsn);
            bytes.UInt64(receipt.Generation);
            bytes.Text(receipt.Space.ToString());
            bytes.Int32(receipt.Points);
        }

        stream.Write(bytes.Written);
    }

    private static void ReadPoints(SnapshotReader reader, PointTable table)
    {
        long blobs = reader.SectionLength(PointBlob.Section);
        byte[] section = ReadAll(reader, PointsSection);
        ByteReader bytes = new(section);
        int count = bytes.Int32();
        for (int i = 0; i < count; i++)
        {
            int slot = bytes.Int32();
            ulong lsn = bytes.UInt64();
            long offset = bytes.Int64();
            int length = bytes.Int32();
            PointId id = PointCodec.ReadId(ref bytes);
            if (slot < 0 || slot >= HnswOptions.GreatestMaxSlots) throw new InvalidDataException($"slot {slot}");
            if (offset >= 0 && (length < 5 || offset > blobs - length)) throw new InvalidDataException($"a blob of {length} bytes at {offset} of {blobs}");
            PointBlob? blob = offset < 0 ? null : new PointBlob(reader, offset, length);
            int owned = table.Index.Contains(slot) ? slot : PointEntry.NoSlot;
            if (!table.TryRestore(new PointEntry(id, owned, lsn, blob))) throw new InvalidDataException($"point {id} or slot {slot} twice");
        }

        bytes.End();
    }

    private static void WriteMissing(Stream stream, IReadOnlyList<KeyValuePair<PointId, ulong>> missing)
    {
        ByteWriter bytes = new();
        bytes.Int32(missing.Count);
        foreach ((PointId id, ulong lsn) in missing)
        {
            bytes.UInt64(lsn);
            PointCodec.WriteId(bytes, id);
        }

        stream.Write(bytes.Written);
    }

    private static void ReadMissing(SnapshotReader reader, PointTable table)
    {
        if (!reader.Sections.Contains(MissingSection)) return;
        ByteReader bytes = new(ReadAll(reader, MissingSection));
        int count = bytes.Int32();
        for (int i = 0; i < count; i++)
        {
            ulong lsn = bytes.UInt64();
            table.RestoreMissing(PointCodec.ReadId(ref bytes), lsn);
        }

        bytes.End();
    }

    private static void ReadRequests(SnapshotReader reader, CollectionDefinition definition, RequestWindow requests)
    {
        bool hasGenerations = reader.Sections.Contains(ReceiptsSection);
        ByteReader bytes = new(ReadAll(reader, hasGenerations ? ReceiptsSection : RequestsSection));
        int count = bytes.Int32();
        for (int i = 0; i < count; i++)
        {
            string id = bytes.Text();
            ulong lsn = bytes.UInt64();
            ulong generation = hasGenerations ? bytes.UInt64() : 1;
            SpaceId space = hasGenerations ? SpaceOf(bytes.Text()) : definition.Space;
            requests.Restore(id, new WriteReceipt(lsn, generation, space, bytes.Int32(), false));
        }

        bytes.End();
    }

    private static SpaceId SpaceOf(string text) =>
        SpaceId.TryParse(text, out SpaceId space) ? space : throw new InvalidDataException($"the space id '{text}'");

    private static byte[] ReadAll(SnapshotReader reader, string section)
    {
        byte[] bytes = new byte[reader.SectionLength(section)];
        using Stream stream = reader.OpenSection(section);
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static StorageException Damaged(SnapshotReader reader, string expected, Exception cause) =>
        new(StorageFailure.Damaged, reader.FilePath, -1, expected, cause.Message, cause);
}
