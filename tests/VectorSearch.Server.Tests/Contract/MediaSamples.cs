using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>Small PNG and WAV files made here.</summary>
internal static class MediaSamples
{
    /// <summary>A grey picture.</summary>
    public static byte[] Png(int width, int height, Func<int, int, byte> pixel)
    {
        using MemoryStream packed = new();
        using (ZLibStream deflate = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (int y = 0; y < height; y++) deflate.Write([0, .. Enumerable.Range(0, width).Select(x => pixel(x, y))]);
        }

        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        return [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, .. Chunk("IHDR", header), .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", [])];
    }

    /// <summary>A tone of half a second, 16 bits, 8 kHz.</summary>
    public static byte[] Wav(double hertz)
    {
        const int Rate = 8000, Samples = 4000;
        byte[] file = new byte[44 + (2 * Samples)];
        "RIFF"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        "WAVEfmt "u8.CopyTo(file.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(24), Rate);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(28), 2 * Rate);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(34), 16);
        "data"u8.CopyTo(file.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(40), 2 * Samples);
        for (int n = 0; n < Samples; n++) BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(44 + (2 * n)), (short)(8000 * Math.Sin(2 * Math.PI * hertz * n / Rate)));
        return file;
    }

    private static byte[] Chunk(string kind, byte[] content)
    {
        byte[] size = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(size, content.Length);
        return [.. size, .. Encoding.ASCII.GetBytes(kind), .. content, 0, 0, 0, 0];
    }
}
