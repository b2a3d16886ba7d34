using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Images;

public sealed class PngReaderTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Every_filter_gives_back_the_pixels(int filter)
    {
        Random random = TestSeed.Random(filter);
        byte[][] rows = [.. Enumerable.Range(0, 5).Select(_ => Bytes(random, 7 * 3))];
        PixelImage image = PngReader.Read(PngSamples.Make(7, 5, 2, 8, rows, filter), "picture");
        Assert.Equal((7, 5, 3), (image.Width, image.Height, image.Channels));
        Assert.Equal(rows.SelectMany(row => row), image.Samples);
    }

    [Fact]
    public void Grey_of_every_depth_is_brought_to_eight_bits()
    {
        Assert.Equal([0, 255, 255, 0], PngReader.Read(PngSamples.Make(4, 1, 0, 1, [[0b0110_0000]]), "p").Samples);
        Assert.Equal([0, 85, 170, 255], PngReader.Read(PngSamples.Make(4, 1, 0, 2, [[0b0001_1011]]), "p").Samples);
        Assert.Equal([0, 17, 255], PngReader.Read(PngSamples.Make(3, 1, 0, 4, [[0x01, 0xf0]]), "p").Samples);
        Assert.Equal([1, 255], PngReader.Read(PngSamples.Make(2, 1, 0, 16, [[1, 1, 255, 255]]), "p").Samples);
    }

    [Fact]
    public void What_is_transparent_lies_on_white()
    {
        Assert.Equal([255, 255, 255, 10, 20, 30], PngReader.Read(PngSamples.Make(2, 1, 6, 8, [[1, 2, 3, 0, 10, 20, 30, 255]]), "p").Samples);
        Assert.Equal([128, 10], PngReader.Read(PngSamples.Make(2, 1, 4, 8, [[1, 128, 10, 255]]), "p").Samples);
        byte[] palette = [9, 8, 7, 6, 5, 4];
        Assert.Equal([255, 255, 255, 6, 5, 4], PngReader.Read(PngSamples.Make(2, 1, 3, 8, [[0, 1]], 0, palette, [0]), "p").Samples);
    }

    [Fact]
    public void What_is_no_picture_is_refused_with_its_name()
    {
        byte[] good = PngSamples.Grey(8, 8, (x, y) => (byte)(x * y));
        Check(good[..40], "truncated");
        Check("GIF89a"u8.ToArray(), "not a PNG");
        Check(PngSamples.Make(2, 1, 0, 8, [[1, 2]], interlaced: true), "interlaced");
        Check(PngSamples.Make(2, 1, 3, 8, [[0, 9]], 0, [1, 2, 3]), "palette");
        Check(PngSamples.Make(2, 2, 0, 8, [[1, 2], []]), "truncated");
        Check(PngSamples.Make(2, 1, 5, 8, [[1, 2]]), "colour type 5");

        static void Check(byte[] bytes, string expected)
        {
            DataFormatException fault = Assert.Throws<DataFormatException>(() => PngReader.Read(bytes, "some.png"));
            Assert.Contains("some.png", fault.Message, StringComparison.Ordinal);
            Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        }
    }

    private static byte[] Bytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
