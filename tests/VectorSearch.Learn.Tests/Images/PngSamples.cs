using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace VectorSearch.Learn.Tests.Images;

/// <summary>PNG files made here, with any filter and form of pixels.</summary>
internal static class PngSamples
{
    /// <summary>A file from raw rows, each filtered by <paramref name="filter"/>.</summary>
    public static byte[] Make(int width, int height, int colour, int bits, byte[][] rows, int filter = 0, byte[]? palette = null, byte[]? transparency = null, bool interlaced = false)
    {
        int samples = colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 }, back = Math.Max(1, samples * bits / 8);
        using MemoryStream raw = new();
        for (int y = 0; y < height; y++)
        {
            raw.WriteByte((byte)filter);
            for (int n = 0; n < rows[y].Length; n++)
            {
                int left = n >= back ? rows[y][n - back] : 0, up = y > 0 ? rows[y - 1][n] : 0, corner = y > 0 && n >= back ? rows[y - 1][n - back] : 0;
                int guess = left + up - corner;
                int nearest = new[] { left, up, corner }.MinBy(value => Math.Abs(guess - value));
                raw.WriteByte((byte)(rows[y][n] - (filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, 4 => nearest, _ => 0 })));
            }
        }

        using MemoryStream packed = new();
        using (ZLibStream deflate = new(packed, CompressionLevel.Fastest, leaveOpen: true)) deflate.Write(raw.ToArray());
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)bits, (byte)colour, (byte)(interlaced ? 1 : 0));
        using MemoryStream file = new();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        Chunk("IHDR", header);
        if (palette is not null) Chunk("PLTE", palette);
        if (transparency is not null) Chunk("tRNS", transparency);
        byte[] data = packed.ToArray();
        // In two pieces, as larger files have them.
        Chunk("IDAT", data[..(data.Length / 2)]);
        Chunk("IDAT", data[(data.Length / 2)..]);
        Chunk("IEND", []);
        return file.ToArray();

        void Chunk(string kind, byte[] content)
        {
            Span<byte> size = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(size, content.Length);
            file.Write(size);
            file.Write(Encoding.ASCII.GetBytes(kind));
            file.Write(content);
            file.Write([0, 0, 0, 0]);
        }
    }

    /// <summary>A grey picture of 8 bits.</summary>
    public static byte[] Grey(int width, int height, Func<int, int, byte> pixel) =>
        Make(width, height, 0, 8, [.. Enumerable.Range(0, height).Select(y => Enumerable.Range(0, width).Select(x => pixel(x, y)).ToArray())]);
}
