using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace VectorSearch.Learn;

/// <summary>
/// Reads PNG (W3C recommendation, second edition): grey, palette and true colour of 1 to 16 bits, transparency laid over white.
/// Interlaced files are refused. The framework has the inflate but no decoder.
/// </summary>
public static class PngReader
{
    /// <summary>Most pixels of a picture.</summary>
    public const int MaxPixels = 1 << 26;

    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    private enum Colour
    {
        Grey = 0,
        True = 2,
        Palette = 3,
        GreyAlpha = 4,
        TrueAlpha = 6,
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataFormatException">It cannot be opened or is no PNG that can be read.</exception>
    public static PixelImage Read(string path)
    {
        try
        {
            return Read(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFormatException(path, 0, 0, $"cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="name">What to call them in an error.</param>
    /// <exception cref="DataFormatException">They are no PNG that can be read.</exception>
    public static PixelImage Read(ReadOnlySpan<byte> bytes, string name)
    {
        if (!bytes.StartsWith(Signature)) throw Fault(name, "this is not a PNG file.");
        Header? header = null;
        byte[] palette = [], transparency = [];
        using MemoryStream packed = new();
        int at = Signature.Length;
        while (true)
        {
            if (bytes.Length - at < 12) throw Fault(name, $"truncated: the file ends at {bytes.Length} before its last chunk.");
            int length = BinaryPrimitives.ReadInt32BigEndian(bytes[at..]);
            string kind = Encoding.ASCII.GetString(bytes.Slice(at + 4, 4));
            if (length < 0 || length > bytes.Length - at - 12) throw Fault(name, $"truncated: chunk {kind} announces {length} bytes, {bytes.Length - at - 12} are left.");
            ReadOnlySpan<byte> chunk = bytes.Slice(at + 8, length);
            at += length + 12;
            if (kind == "IHDR") header = Header.Of(chunk, name);
            else if (kind == "PLTE") palette = chunk.ToArray();
            else if (kind == "tRNS") transparency = chunk.ToArray();
            else if (kind == "IDAT") packed.Write(chunk);
            else if (kind == "IEND") break;
        }

        if (header is null) throw Fault(name, "no header chunk.");
        if (header.Colour == Colour.Palette && palette.Length == 0) throw Fault(name, "no palette.");
        packed.Position = 0;
        return ToImage(header, Unfilter(header, packed, name), palette, transparency, name);
    }

    private static byte[] Unfilter(Header header, Stream packed, string name)
    {
        int stride = ((header.Width * header.BitsPerPixel) + 7) / 8, back = Math.Max(1, header.BitsPerPixel / 8);
        byte[] rows = new byte[header.Height * stride], line = new byte[stride + 1];
        try
        {
            using ZLibStream inflate = new(packed, CompressionMode.Decompress);
            for (int y = 0; y < header.Height; y++)
            {
                if (inflate.ReadAtLeast(line, line.Length, throwOnEndOfStream: false) < line.Length) throw Fault(name, $"truncated: the pixels end in row {y} of {header.Height}.");
                Span<byte> row = rows.AsSpan(y * stride, stride);
                line.AsSpan(1).CopyTo(row);
                Defilter(line[0], row, y == 0 ? new byte[stride] : rows.AsSpan((y - 1) * stride, stride), back, name);
            }
        }
        catch (InvalidDataException e)
        {
            throw new DataFormatException(name, 0, 0, $"the pixels are damaged: {e.Message}", e);
        }

        return rows;
    }

    private static void Defilter(int filter, Span<byte> row, ReadOnlySpan<byte> above, int back, string name)
    {
        if (filter > 4) throw Fault(name, $"filter {filter}: expected 0 to 4.");
        for (int n = 0; n < row.Length && filter != 0; n++)
        {
            int left = n >= back ? row[n - back] : 0, up = above[n], corner = n >= back ? above[n - back] : 0;
            row[n] += (byte)(filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) });
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        int guess = left + up - corner, toLeft = Math.Abs(guess - left), toUp = Math.Abs(guess - up), toCorner = Math.Abs(guess - corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }

    private static PixelImage ToImage(Header header, byte[] rows, byte[] palette, byte[] transparency, string name)
    {
        bool grey = header.Colour is Colour.Grey or Colour.GreyAlpha;
        int channels = grey ? 1 : 3, stride = rows.Length / header.Height, at = 0;
        byte[] samples = new byte[header.Width * header.Height * channels];
        Span<int> pixel = stackalloc int[4];
        int greatest = (1 << header.Bits) - 1;
        for (int y = 0; y < header.Height; y++)
        {
            ReadOnlySpan<byte> row = rows.AsSpan(y * stride, stride);
            for (int x = 0; x < header.Width; x++)
            {
                for (int s = 0; s < header.SamplesPerPixel; s++) pixel[s] = Sample(row, (x * header.SamplesPerPixel) + s, header.Bits);
                int alpha = AlphaOf(header, pixel, transparency, greatest);
                for (int c = 0; c < channels; c++)
                {
                    if (header.Colour == Colour.Palette && (3 * pixel[0]) + 2 >= palette.Length) throw Fault(name, $"colour {pixel[0]} is not in the palette of {palette.Length / 3}.");
                    int value = header.Colour == Colour.Palette ? palette[(3 * pixel[0]) + c] : ((pixel[c] * 255) + (greatest / 2)) / greatest;
                    samples[at++] = (byte)(((value * alpha) + (255 * (255 - alpha)) + 127) / 255);
                }
            }
        }

        return new PixelImage(header.Width, header.Height, channels, samples);
    }

    private static int Sample(ReadOnlySpan<byte> row, int index, int bits) => bits switch
    {
        16 => (row[2 * index] << 8) | row[(2 * index) + 1],
        8 => row[index],
        _ => (row[index * bits / 8] >> (8 - bits - (index * bits % 8))) & ((1 << bits) - 1),
    };

    /// <summary>0 to 255.</summary>
    private static int AlphaOf(Header header, ReadOnlySpan<int> pixel, byte[] transparency, int greatest)
    {
        if (header.Colour is Colour.GreyAlpha or Colour.TrueAlpha) return ((pixel[header.SamplesPerPixel - 1] * 255) + (greatest / 2)) / greatest;
        if (transparency.Length == 0) return 255;
        if (header.Colour == Colour.Palette) return pixel[0] < transparency.Length ? transparency[pixel[0]] : 255;
        if (transparency.Length < 2 * header.SamplesPerPixel) return 255;
        for (int s = 0; s < header.SamplesPerPixel; s++)
        {
            if (pixel[s] != BinaryPrimitives.ReadUInt16BigEndian(transparency.AsSpan(2 * s))) return 255;
        }

        return 0;
    }

    private static DataFormatException Fault(string name, string problem) => new(name, 0, 0, problem);

    private sealed record Header(int Width, int Height, int Bits, Colour Colour)
    {
        public int SamplesPerPixel => Colour switch { Colour.True => 3, Colour.GreyAlpha => 2, Colour.TrueAlpha => 4, _ => 1 };

        public int BitsPerPixel => Bits * SamplesPerPixel;

        public static Header Of(ReadOnlySpan<byte> chunk, string name)
        {
            if (chunk.Length != 13) throw Fault(name, $"a header of {chunk.Length} bytes: expected 13.");
            Header header = new(BinaryPrimitives.ReadInt32BigEndian(chunk), BinaryPrimitives.ReadInt32BigEndian(chunk[4..]), chunk[8], (Colour)chunk[9]);
            if (header.Width < 1 || header.Height < 1 || (long)header.Width * header.Height > MaxPixels)
                throw Fault(name, $"{header.Width} × {header.Height} pixels: expected at least 1 each, and at most {MaxPixels} in all.");
            bool known = header.Colour switch
            {
                Colour.Grey => header.Bits is 1 or 2 or 4 or 8 or 16,
                Colour.Palette => header.Bits is 1 or 2 or 4 or 8,
                Colour.True or Colour.GreyAlpha or Colour.TrueAlpha => header.Bits is 8 or 16,
                _ => false,
            };
            if (!known) throw Fault(name, $"colour type {(int)header.Colour} with {header.Bits} bits: PNG has no such form.");
            return chunk[12] == 0 ? header : throw Fault(name, "the file is interlaced: expected one that is not.");
        }
    }
}
