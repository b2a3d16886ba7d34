using System.Buffers.Binary;
using VectorSearch.Index.Sealed;
using VectorSearch.Index.Tests.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests.Layered;

public sealed class LayeredFileTests
{
    private const int Dimension = 6;

    [Theory]
    [InlineData(Metric.SquaredEuclidean)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.InnerProduct)]
    public void What_is_loaded_over_resident_and_over_mapped_rows_is_what_was_saved(Metric metric)
    {
        using var folder = new TempDirectory();
        var rows = SealedSamples.Vectors(400, Dimension, salt: 130);
        using var index = Changed(rows, metric, out var model);
        using (var file = File.Create(folder.Combine("rows"))) index.Sealed.Save(file);
        var changes = Save(index);
        using var open = File.OpenRead(folder.Combine("rows"));
        foreach (var mapped in new[] { false, true })
        {
            var opened = mapped ? SealedIndex.Map(open) : SealedIndex.Load(open);
            Assert.Equal(index.Sealed.Digest, opened.Digest);
            using var loaded = LayeredIndex.Load(new MemoryStream(changes), opened, threads: 2);
            Assert.Equal(index.SlotCount, loaded.SlotCount);
            model.Check(loaded, rows[..20]);
            Assert.Equal(changes, Save(loaded));
            Assert.Equal(Exact(index, rows[3]), Exact(loaded, rows[3]));
        }
    }

    [Fact]
    public void Bytes_may_come_before_and_after_the_changes_in_a_stream_that_cannot_seek()
    {
        var rows = SealedSamples.Vectors(100, Dimension, salt: 131);
        using var index = Changed(rows, Metric.SquaredEuclidean, out var model);
        using var stream = new MemoryStream();
        stream.Write([1, 2, 3]);
        index.Save(stream);
        stream.WriteByte(77);
        stream.Position = 3;
        using var loaded = LayeredIndex.Load(stream, Copy(index.Sealed));
        Assert.Equal(77, stream.ReadByte());
        model.Check(loaded, rows[..5]);
    }

    [Fact]
    public void Changes_of_other_sealed_rows_are_refused()
    {
        var rows = SealedSamples.Vectors(100, Dimension, salt: 132);
        using var index = Changed(rows, Metric.SquaredEuclidean, out _);
        rows[4][1] += 1;
        using var others = LayeredModel.Seal(rows, Metric.SquaredEuclidean);
        Assert.NotEqual(index.Sealed.Digest, others.Digest);
        Assert.Contains("digest", Assert.Throws<IndexFormatException>(() => LayeredIndex.Load(new MemoryStream(Save(index)), others)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_save_beside_writers_holds_all_that_was_there_throughout_and_nothing_that_never_was()
    {
        var rows = SealedSamples.Vectors(300, Dimension, salt: 133);
        using var index = LayeredModel.Create(rows, Metric.SquaredEuclidean, out _);
        var copy = Save(index.Sealed);
        var steady = Enumerable.Range(0, 300).Where(slot => slot % 3 == 0).ToHashSet();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(1, 2).Select(writer => new Thread(() =>
        {
            int[] slots = [.. Enumerable.Range(0, 300).Where(slot => slot % 3 == writer)];
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var at = i % slots.Length;
                slots[at] = index.Replace(slots[at], rows[(3 * at) + writer]);
            }
        })).ToArray();
        foreach (var writer in writers) writer.Start();
        try
        {
            for (var round = 0; round < TestScale.Pick(6, 60); round++)
            {
                using var loaded = LayeredIndex.Load(new MemoryStream(Save(index)), SealedIndex.Load(new MemoryStream(copy)), threads: 1);
                var report = loaded.Validate();
                Assert.True(report.IsSound, report.ToString());

                // Each writer is in the midst of one replacement at most.
                Assert.InRange(loaded.Count, 300, 302);
                var read = new float[Dimension];
                for (var slot = 0; slot < loaded.SlotCount; slot++)
                {
                    Assert.True(!steady.Contains(slot) || loaded.Contains(slot));
                    if (loaded.ReadVector(slot, read)) Assert.Contains(rows, row => row.AsSpan().SequenceEqual(read));
                }
            }
        }
        finally
        {
            stop.Cancel();
            foreach (var writer in writers) writer.Join();
        }
    }

    [Fact]
    public void Every_flipped_byte_is_refused_with_an_offset()
    {
        using var index = Changed(SealedSamples.Vectors(40, Dimension, salt: 134), Metric.SquaredEuclidean, out _);
        using var rows = Copy(index.Sealed);
        var good = Save(index);
        for (var at = 0; at < good.Length; at++)
        {
            byte[] bad = [.. good];
            bad[at] ^= 0x10;
            var error = Assert.Throws<IndexFormatException>(() => LayeredIndex.Load(new MemoryStream(bad), rows, threads: 1));
            Assert.InRange(error.Offset, 0, good.Length);
        }

        for (var length = 0; length < good.Length; length++)
            Assert.Throws<IndexFormatException>(() => LayeredIndex.Load(new MemoryStream(good, 0, length), rows, threads: 1));
    }

    [Theory]
    [InlineData(0, 1)] // magic
    [InlineData(8, 2)] // version
    [InlineData(12, 7)] // dimension
    [InlineData(16, 9)] // metric
    [InlineData(20, 1)] // digest
    [InlineData(52, 39)] // sealed rows
    [InlineData(56, -1)] // removed rows
    [InlineData(56, 41)]
    [InlineData(56, 3)]
    [InlineData(60, -1)] // added rows
    [InlineData(60, int.MaxValue)]
    [InlineData(60, 1_000_000)]
    [InlineData(60, 1)]
    [InlineData(64, -1)] // slots
    [InlineData(64, 39)]
    [InlineData(64, int.MaxValue)]
    public void A_header_with_a_right_checksum_and_a_wrong_field_is_refused(int field, int value) => Refused(bad =>
    {
        BinaryPrimitives.WriteInt32LittleEndian(bad.AsSpan(sizeof(int) + field), value);
        return 0;
    });

    [Theory]
    [InlineData(0, 0x7FC00000)] // a coordinate that is no number
    [InlineData(-1, 1)] // the slot of a sealed row that is live
    [InlineData(-1, 1_000)]
    [InlineData(-1, -2)]
    public void An_added_row_with_a_right_checksum_and_a_wrong_value_is_refused(int at, int value) => Refused(bad =>
    {
        var block = BlockAt(bad, 2);
        BinaryPrimitives.WriteInt32LittleEndian(bad.AsSpan(block + (2 * sizeof(int)) + (at * sizeof(int))), value);
        return block;
    });

    [Fact]
    public void Mutated_bytes_with_right_checksums_are_refused_or_give_a_sound_index()
    {
        using var index = Changed(SealedSamples.Vectors(40, Dimension, salt: 136), Metric.SquaredEuclidean, out _);
        var (good, rows) = (Save(index), Save(index.Sealed));
        var random = TestSeed.Random(137);
        SealedIndex? sealedRows = null;
        for (var i = 0; i < TestScale.Pick(1_000, 300_000); i++)
        {
            byte[] bad = [.. good];
            for (var edits = random.Next(1, 4); edits > 0; edits--) bad[random.Next(good.Length)] = (byte)random.Next(256);
            for (var at = 0; at + sizeof(int) <= bad.Length && BlockEnd(bad, at) is { } end; at = end) Seal(bad, at);
            sealedRows ??= SealedIndex.Load(new MemoryStream(rows));
            try
            {
                using var loaded = LayeredIndex.Load(new MemoryStream(bad), sealedRows, threads: 1);
                sealedRows = null;
                var report = loaded.Validate();
                Assert.True(report.IsSound, $"{report}; mutation {i}, {TestSeed.Describe}");
                loaded.Search(new float[Dimension], new SealedRequest(5), new Neighbor[5]);
            }
            catch (IndexFormatException refused)
            {
                Assert.InRange(refused.Offset, 0, good.Length);
            }
        }

        sealedRows?.Dispose();
    }

    private static void Refused(Func<byte[], int> damage)
    {
        using var index = Changed(SealedSamples.Vectors(40, Dimension, salt: 135), Metric.SquaredEuclidean, out _);
        using var rows = Copy(index.Sealed);
        var bad = Save(index);
        Seal(bad, damage(bad));
        Assert.Throws<IndexFormatException>(() => LayeredIndex.Load(new MemoryStream(bad), rows, threads: 1));
        using var loaded = LayeredIndex.Load(new MemoryStream(Save(index)), Copy(index.Sealed));
        Assert.Equal(index.Count, loaded.Count);
    }

    /// <summary>Rows 0 and 5 of the sealed ones are removed, eight are added, one of those is removed again.</summary>
    private static LayeredIndex Changed(float[][] rows, Metric metric, out LayeredModel model)
    {
        var index = LayeredModel.Create(rows, metric, out model);
        foreach (var row in SealedSamples.Vectors(8, Dimension, salt: 138)) model.Vectors.Add(index.Add(row), row);
        foreach (var slot in new[] { 0, 5, rows.Length + 2 })
        {
            Assert.True(index.Remove(slot));
            model.Vectors.Remove(slot);
        }

        return index;
    }

    private static Neighbor[] Exact(LayeredIndex index, float[] query)
    {
        var hits = new Neighbor[10];
        index.Search(query, new SealedRequest(10) { Exact = true }, hits);
        return hits;
    }

    private static byte[] Save(LayeredIndex index)
    {
        using var stream = new MemoryStream();
        index.Save(stream);
        return stream.ToArray();
    }

    private static byte[] Save(SealedIndex index)
    {
        using var stream = new MemoryStream();
        index.Save(stream);
        return stream.ToArray();
    }

    private static SealedIndex Copy(SealedIndex index) => SealedIndex.Load(new MemoryStream(Save(index)));

    private static int BlockAt(byte[] file, int number)
    {
        var at = 0;
        for (; number > 0; number--) at = BlockEnd(file, at)!.Value;
        return at;
    }

    private static int? BlockEnd(byte[] file, int block)
    {
        long length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(block));
        return length < 0 || block + length + (2 * sizeof(int)) > file.Length ? null : block + (int)length + (2 * sizeof(int));
    }

    private static void Seal(byte[] file, int block)
    {
        var end = BlockEnd(file, block)!.Value - sizeof(uint);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(end), Crc32C.Compute(file.AsSpan(block, end - block)));
    }
}
