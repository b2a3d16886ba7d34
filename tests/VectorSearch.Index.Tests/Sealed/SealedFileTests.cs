using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests.Sealed;

public sealed class SealedFileTests
{
    [Theory]
    [InlineData(Metric.SquaredEuclidean, RowFormat.FullFloat)]
    [InlineData(Metric.Cosine, RowFormat.HalfFloat)]
    [InlineData(Metric.InnerProduct, RowFormat.ScaledByte)]
    public void A_loaded_index_answers_as_the_saved_one_does(Metric metric, RowFormat format)
    {
        var rows = SealedSamples.Vectors(1_500, 12, salt: 31);
        using var built = SealedBuilder.Build(SealedSamples.Matrix(rows), new SealedOptions { Metric = metric, Rows = format });
        using var stream = new MemoryStream(Save(built));
        using var loaded = SealedIndex.Load(stream);

        Assert.Equal((built.Count, built.Dimension, built.Metric, built.Rows, built.Audit), (loaded.Count, loaded.Dimension, loaded.Metric, loaded.Rows, loaded.Audit));
        Assert.Equal(built.Efforts, loaded.Efforts);
        var expected = new Neighbor[10];
        var actual = new Neighbor[10];
        foreach (var query in SealedSamples.Vectors(30, 12, salt: 32))
        {
            built.Search(query, new SealedRequest(10), expected);
            loaded.Search(query, new SealedRequest(10), actual);
            Assert.Equal(expected, actual);
        }

        Assert.Equal(Save(built), Save(loaded));
    }

    [Fact]
    public void Every_flipped_byte_is_refused_with_an_offset_at_or_before_it()
    {
        var bytes = Sample();
        var random = TestSeed.Random(33);
        for (var i = 0; i < TestScale.Pick(150, 3_000); i++)
        {
            var at = i < 120 ? i : random.Next(bytes.Length);
            var flipped = bytes.ToArray();
            flipped[at] ^= (byte)(1 << random.Next(8));
            var error = Assert.Throws<IndexFormatException>(() => SealedIndex.Load(new MemoryStream(flipped)).Dispose());
            Assert.True(error.Offset <= bytes.Length, $"byte {at}: {error.Message}. {TestSeed.Describe}");
        }
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        var bytes = Sample();
        var random = TestSeed.Random(34);
        for (var i = 0; i < 60; i++)
        {
            var length = i < 20 ? i * 8 : random.Next(bytes.Length);
            Assert.Throws<IndexFormatException>(() => SealedIndex.Load(new MemoryStream(bytes[..length])).Dispose());
        }
    }

    [Fact]
    public void Bytes_after_the_end_are_refused() =>
        Assert.Throws<IndexFormatException>(() => SealedIndex.Load(new MemoryStream([.. Sample(), 0])).Dispose());

    private static byte[] Sample()
    {
        using var index = SealedBuilder.Build(
            SealedSamples.Matrix(SealedSamples.Vectors(600, 8, salt: 35)), new SealedOptions { Metric = Metric.SquaredEuclidean });
        return Save(index);
    }

    private static byte[] Save(SealedIndex index)
    {
        using var stream = new MemoryStream();
        index.Save(stream);
        return stream.ToArray();
    }
}
