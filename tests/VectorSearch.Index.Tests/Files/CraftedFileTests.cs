using System.Buffers.Binary;
using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests;

/// <summary>Damaged and crafted bytes are refused with an offset, and never make a broken index or take much memory.</summary>
public sealed class CraftedFileTests
{
    private const int Dimension = 4;

    // The header block: length, then the fields of GraphWriter in their order.
    private const int HeaderAt = sizeof(int);

    // Where the two bytes of version 2 are in the header.
    private const int FlagsAt = 64;

    [Fact]
    public void Every_flipped_byte_is_found()
    {
        byte[] good = SmallFile();
        for (int at = 0; at < good.Length; at++)
        {
            byte[] bad = [.. good];
            bad[at] ^= 0x10;
            IndexFormatException error = Assert.Throws<IndexFormatException>(() => HnswIndex.Load(new MemoryStream(bad)).Dispose());
            Assert.InRange(error.Offset, 0, good.Length);
            Assert.Contains($"at byte {error.Offset}", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_shorter_file_is_refused()
    {
        byte[] good = SmallFile();
        for (int length = 0; length < good.Length; length++)
            Assert.Throws<IndexFormatException>(() => HnswIndex.Load(new MemoryStream(good, 0, length)).Dispose());
    }

    [Theory]
    [InlineData(0, 1L)] // magic
    [InlineData(8, 0L)] // version
    [InlineData(8, 3L)]
    [InlineData(64, 2L)] // codes wanted
    [InlineData(65, 1L)] // codes in use where the dimension rules them out
    [InlineData(65, 3L)]
    [InlineData(12, 0L)] // dimension
    [InlineData(12, -1L)]
    [InlineData(12, 1L << 30)]
    [InlineData(16, 0L)] // metric
    [InlineData(16, 4L)]
    [InlineData(20, 0L)] // M
    [InlineData(20, 1_000_000L)]
    [InlineData(24, 0L)] // efConstruction
    [InlineData(28, -5L)] // efSearch
    [InlineData(32, 0L)] // MaxSlots
    [InlineData(32, -1L)]
    [InlineData(44, -1L)] // slots
    [InlineData(44, int.MaxValue)]
    [InlineData(44, 99L)]
    [InlineData(48, -1L)] // entry slot
    [InlineData(48, 1_000L)]
    [InlineData(52, 7L)] // top level
    public void A_header_with_a_right_checksum_and_a_wrong_field_is_refused(int field, long value)
    {
        byte[] bad = SmallFile();
        if (field >= FlagsAt) bad[HeaderAt + field] = (byte)value;
        else BinaryPrimitives.WriteInt32LittleEndian(bad.AsSpan(HeaderAt + field), (int)value);
        Seal(bad, 0);
        Assert.Throws<IndexFormatException>(() => HnswIndex.Load(new MemoryStream(bad)).Dispose());
    }

    [Theory]
    [InlineData(0, 200)] // degree above the cap
    [InlineData(1, 0)] // self
    [InlineData(1, -1)] // out of range
    [InlineData(1, 1_000_000)]
    public void A_link_list_with_a_right_checksum_and_a_wrong_link_is_refused(int at, int value)
    {
        byte[] bad = SmallFile();
        int block = BlockAt(bad, 3);
        if (at == 0) bad[block + sizeof(int)] = (byte)value;
        else BinaryPrimitives.WriteInt32LittleEndian(bad.AsSpan(block + sizeof(int) + at), value);
        Seal(bad, block);
        Assert.Throws<IndexFormatException>(() => HnswIndex.Load(new MemoryStream(bad)).Dispose());
    }

    [Fact]
    public void A_duplicate_link_is_refused()
    {
        byte[] bad = SmallFile();
        int list = BlockAt(bad, 3) + sizeof(int);
        Assert.True(bad[list] >= 2);
        bad.AsSpan(list + 1, sizeof(int)).CopyTo(bad.AsSpan(list + 5));
        Seal(bad, BlockAt(bad, 3));
        Assert.Contains("twice", Assert.Throws<IndexFormatException>(() => HnswIndex.Load(new MemoryStream(bad)).Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_version_1_is_read()
    {
        // The same bytes without the two of version 2.
        byte[] now = SmallFile();
        byte[] old = [.. now[..(HeaderAt + FlagsAt)], .. now[(HeaderAt + FlagsAt + 2)..]];
        BinaryPrimitives.WriteInt32LittleEndian(old, FlagsAt);
        BinaryPrimitives.WriteInt32LittleEndian(old.AsSpan(HeaderAt + 8), 1);
        Seal(old, 0);
        using HnswIndex index = HnswIndex.Load(new MemoryStream(old));
        Assert.Equal(30, index.Count);
        Assert.Equal(now, SaveLoadTests.Save(index));
    }

    [Fact]
    public void Mutated_bytes_with_right_checksums_are_refused_or_give_a_sound_index()
    {
        byte[] good = SmallFile();
        Random random = TestSeed.Random();
        for (int i = 0; i < TestScale.Pick(3_000, 1_000_000); i++)
        {
            byte[] bad = [.. good];
            for (int edits = random.Next(1, 4); edits > 0; edits--) bad[random.Next(good.Length)] = (byte)random.Next(256);
            SealAll(bad);
            try
            {
                using HnswIndex index = HnswIndex.Load(new MemoryStream(bad), maxSlots: 100);
                GraphReport report = index.Validate();
                Assert.True(report.FaultCount == 0, $"{report}; mutation {i}, {TestSeed.Describe}");
                float[] query = new float[index.Options.Dimension];
                query[0] = 1;
                TestData.Search(index, query, new SearchRequest(5));
            }
            catch (IndexFormatException refused)
            {
                Assert.InRange(refused.Offset, 0, good.Length);
            }
        }
    }

    private static byte[] SmallFile()
    {
        using HnswIndex index = new(new HnswOptions { Dimension = Dimension, Metric = Metric.SquaredEuclidean, M = 2, EfConstruction = 10, MaxSlots = 60 });
        foreach (float[] row in TestData.RandomClusters(30, Dimension, 3, 5)) index.Add(row);
        index.Store([1, 2, 3, 4]);
        index.Remove(4);
        return SaveLoadTests.Save(index);
    }

    private static int BlockAt(byte[] file, int number)
    {
        int at = 0;
        for (; number > 0; number--) at += BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at)) + (2 * sizeof(int));
        return at;
    }

    private static void Seal(byte[] file, int block)
    {
        int end = block + sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(block));
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(end), Crc32C.Compute(file.AsSpan(block, end - block)));
    }

    private static void SealAll(byte[] file)
    {
        for (int at = 0; at + sizeof(int) <= file.Length;)
        {
            long length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at));
            if (length < 0 || at + length + (2 * sizeof(int)) > file.Length) return;
            Seal(file, at);
            at += (int)length + (2 * sizeof(int));
        }
    }
}
