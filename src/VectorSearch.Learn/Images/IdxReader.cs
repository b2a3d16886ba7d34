using System.Buffers.Binary;
using System.IO.Compression;

namespace VectorSearch.Learn;

/// <summary>
/// Reads idx files of unsigned bytes, plain or gzip, as MNIST comes in: <c>00 00 08 n</c>, n sizes (u32, big-endian), the
/// values. One size is a list of labels, three a list of grey pictures, four with a last size of 3 a list of coloured ones.
/// </summary>
public static class IdxReader
{
    /// <summary>Most bytes of values read from one file.</summary>
    public const long MaxBytes = 1L << 31;

    private const int UnsignedBytes = 8;

    /// <summary>Whether a path names an idx file.</summary>
    public static bool Takes(string path)
    {
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return name.EndsWith("-ubyte", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".idx", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The values of a list of labels.</summary>
    /// <exception cref="DataFormatException">The file is not such a list, or is cut short.</exception>
    public static byte[] ReadLabels(string path)
    {
        (int[] sizes, byte[] values) = Read(path);
        return sizes.Length == 1 ? values : throw new DataFormatException(path, 0, 0, $"{sizes.Length} sizes: a list of labels has one.");
    }

    /// <summary>The pictures of a file.</summary>
    /// <exception cref="DataFormatException">The file holds no pictures, or is cut short.</exception>
    public static IReadOnlyList<PixelImage> ReadImages(string path)
    {
        (int[] sizes, byte[] values) = Read(path);
        bool colour = sizes.Length == 4 && sizes[3] == 3;
        if (sizes.Length != 3 && !colour)
            throw new DataFormatException(path, 0, 0, $"sizes {string.Join(" × ", sizes)}: pictures have three, or four of which the last is 3.");
        int channels = colour ? 3 : 1, length = sizes[1] * sizes[2] * channels;
        return [.. Enumerable.Range(0, sizes[0]).Select(n => new PixelImage(sizes[2], sizes[1], channels, values.AsSpan(n * length, length).ToArray()))];
    }

    private static (int[] Sizes, byte[] Values) Read(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            bool zipped = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
            file.Position = 0;
            using Stream stream = zipped ? new GZipStream(file, CompressionMode.Decompress) : file;
            byte[] magic = Exactly(stream, 4, path);
            if (magic[0] != 0 || magic[1] != 0 || magic[2] != UnsignedBytes || magic[3] is < 1 or > 4)
                throw new DataFormatException(path, 0, 0, $"begins with {Convert.ToHexString(magic)}: expected 000008 and 01 to 04, an idx file of unsigned bytes.");
            byte[] header = Exactly(stream, 4 * magic[3], path);
            int[] sizes = [.. Enumerable.Range(0, magic[3]).Select(n => BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 * n)))];
            double total = sizes.Aggregate(1.0, (product, size) => product * size);
            if (sizes.Any(size => size < 1) || total > MaxBytes) throw new DataFormatException(path, 0, 0, $"sizes {string.Join(" × ", sizes)}: expected at least 1 each, and at most {MaxBytes} values.");
            return (sizes, Exactly(stream, (int)total, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new DataFormatException(path, 0, 0, $"cannot be read: {e.Message}", e);
        }
    }

    private static byte[] Exactly(Stream stream, int count, string path)
    {
        byte[] bytes = new byte[count];
        int read = stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false);
        return read == count ? bytes : throw new DataFormatException(path, 0, 0, $"truncated: {count} bytes expected, {read} there.");
    }
}
