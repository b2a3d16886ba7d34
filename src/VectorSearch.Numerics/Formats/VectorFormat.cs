using System.Buffers.Binary;

namespace VectorSearch.Numerics.Formats;

/// <summary>
/// The headers of the two binary families: .fvecs/.ivecs (every row preceded by its int32 dimension, as in the TEXMEX
/// sets) and .fbin/.ibin (uint32 rows, uint32 dimension, then the rows, as in big-ann-benchmarks). .npy has
/// <see cref="NpyHeader"/>.
/// </summary>
internal static class VectorFormat
{
    /// <summary>The greatest dimension believed; a header beyond it is damage, and is refused before any allocation.</summary>
    public const int MaxDimension = 1 << 16;

    /// <summary>Known endings, for messages.</summary>
    public const string Endings = ".fvecs, .ivecs, .fbin, .ibin or .npy";

    public static VectorLayout ReadLayout(Stream file, string path) => Ending(path) switch
    {
        ".fvecs" => ReadVecs(file, path, VectorElement.Float32),
        ".ivecs" => ReadVecs(file, path, VectorElement.Int32),
        ".fbin" => ReadBin(file, path, VectorElement.Float32),
        ".ibin" => ReadBin(file, path, VectorElement.Int32),
        ".npy" => NpyHeader.Read(file, path),
        var other => throw new VectorFormatException(path, 0, $"the ending '{other}'", Endings),
    };

    public static string Ending(string path) => Path.GetExtension(path).ToLowerInvariant();

    private static VectorLayout ReadVecs(Stream file, string path, VectorElement element)
    {
        if (file.Length == 0) throw new VectorFormatException(path, 0, "an empty file", "a 4-byte dimension");
        Span<byte> head = stackalloc byte[4];
        ReadHead(file, path, head, "a 4-byte dimension");
        var dimension = CheckDimension(BinaryPrimitives.ReadInt32LittleEndian(head), path, 0);
        var stride = 4L + (4L * dimension);
        if (file.Length % stride != 0)
        {
            throw new VectorFormatException(
                path, file.Length - (file.Length % stride), $"{file.Length % stride} bytes at the end",
                $"whole rows of {stride} bytes (dimension {dimension})");
        }

        return new VectorLayout(element, CheckRows(file.Length / stride, path, 0), dimension, FirstRow: 0, RowPrefix: 4);
    }

    private static VectorLayout ReadBin(Stream file, string path, VectorElement element)
    {
        Span<byte> head = stackalloc byte[8];
        ReadHead(file, path, head, "8 bytes of rows and dimension");
        var rows = CheckRows(BinaryPrimitives.ReadUInt32LittleEndian(head), path, 0);
        var dimension = CheckDimension(BinaryPrimitives.ReadUInt32LittleEndian(head[4..]), path, 4);
        var layout = new VectorLayout(element, rows, dimension, FirstRow: 8, RowPrefix: 0);
        // The ground truths of big-ann-benchmarks hold the distances of the same shape after the ids.
        var withDistances = layout.FileBytes + (rows * dimension * sizeof(float));
        return element == VectorElement.Int32 && file.Length == withDistances ? layout : CheckLength(layout, file, path);
    }

    public static void ReadHead(Stream file, string path, Span<byte> head, string expected)
    {
        var at = file.Position;
        var got = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (got < head.Length) throw new VectorFormatException(path, at + got, "the end of the file", expected);
    }

    public static int CheckDimension(long dimension, string path, long offset) =>
        dimension is >= 1 and <= MaxDimension
            ? (int)dimension
            : throw new VectorFormatException(path, offset, $"dimension {dimension}", $"1 to {MaxDimension}");

    public static long CheckRows(long rows, string path, long offset) =>
        rows is >= 0 and <= int.MaxValue
            ? rows
            : throw new VectorFormatException(path, offset, $"{rows} rows", $"0 to {int.MaxValue}");

    public static VectorLayout CheckLength(VectorLayout layout, Stream file, string path)
    {
        if (file.Length == layout.FileBytes) return layout;
        throw new VectorFormatException(
            path, Math.Min(file.Length, layout.FileBytes), $"a file of {file.Length} bytes",
            $"{layout.FileBytes} bytes for {layout.Rows} rows of {layout.Dimension}");
    }
}
