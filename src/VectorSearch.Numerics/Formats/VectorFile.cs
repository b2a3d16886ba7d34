using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace VectorSearch.Numerics.Formats;

/// <summary>
/// Reads and writes whole vector files: .fvecs, .ivecs, .fbin, .ibin and .npy, told apart by the ending. Reading is
/// strict: a wrong length, a row of another dimension or a number that does not fit is refused with its byte offset,
/// and nothing is allocated before the header agrees with the length of the file.
/// </summary>
public static class VectorFile
{
    private const int BlockBytes = 1 << 20;

    /// <summary>Reads vectors. Integer files are widened to float; float64 is rounded.</summary>
    /// <param name="path">A file with one of the known endings.</param>
    /// <param name="maxRows">Reads only the first so many rows.</param>
    /// <exception cref="VectorFormatException">The file is not what its ending says.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static RowMatrix<float> ReadFloats(string path, int maxRows = int.MaxValue) =>
        Read<float, FloatConversion>(path, maxRows);

    /// <summary>Reads integers, as a ground truth of row ids. Float files are refused.</summary>
    /// <param name="path">A file with one of the known endings.</param>
    /// <param name="maxRows">Reads only the first so many rows.</param>
    /// <exception cref="VectorFormatException">The file is not what its ending says, or a number is not an int32.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static RowMatrix<int> ReadInts(string path, int maxRows = int.MaxValue) =>
        Read<int, IntConversion>(path, maxRows);

    /// <summary>Writes vectors as float32 to .fvecs, .fbin or .npy.</summary>
    /// <param name="path">The file; replaced if there.</param>
    /// <param name="values">rows × dimension floats, row after row.</param>
    /// <param name="dimension">Elements a row.</param>
    /// <exception cref="ArgumentException">The ending is not one for floats, or the values are not whole rows.</exception>
    public static void WriteFloats(string path, ReadOnlySpan<float> values, int dimension) =>
        Write(path, values, dimension, ".fvecs", ".fbin", "<f4");

    /// <summary>Writes int32 rows to .ivecs, .ibin or .npy.</summary>
    /// <param name="path">The file; replaced if there.</param>
    /// <param name="values">rows × dimension integers, row after row.</param>
    /// <param name="dimension">Elements a row.</param>
    /// <exception cref="ArgumentException">The ending is not one for integers, or the values are not whole rows.</exception>
    public static void WriteInts(string path, ReadOnlySpan<int> values, int dimension) =>
        Write(path, values, dimension, ".ivecs", ".ibin", "<i4");

    private static RowMatrix<T> Read<T, TConversion>(string path, int maxRows)
        where T : unmanaged
        where TConversion : struct, IElementConversion<T>
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegative(maxRows);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var layout = VectorFormat.ReadLayout(file, path);
        if (!TConversion.Accepts(layout.Element))
            throw new VectorFormatException(path, 0, $"elements of type {layout.Element}", TConversion.Accepted);

        var matrix = new RowMatrix<T>((int)Math.Min(layout.Rows, maxRows), layout.Dimension);
        try
        {
            Fill<T, TConversion>(file, path, layout, matrix);
            return matrix;
        }
        catch
        {
            matrix.Dispose();
            throw;
        }
    }

    private static void Fill<T, TConversion>(FileStream file, string path, VectorLayout layout, RowMatrix<T> matrix)
        where T : unmanaged
        where TConversion : struct, IElementConversion<T>
    {
        file.Position = layout.FirstRow;
        var rowsABlock = Math.Max(1, BlockBytes / layout.Stride);
        var block = new byte[rowsABlock * layout.Stride];
        for (var first = 0; first < matrix.Rows; first += rowsABlock)
        {
            var rows = Math.Min(rowsABlock, matrix.Rows - first);
            var at = file.Position;
            VectorFormat.ReadHead(file, path, block.AsSpan(0, rows * layout.Stride), $"{rows} rows");
            for (var row = 0; row < rows; row++)
            {
                var bytes = block.AsSpan(row * layout.Stride, layout.Stride);
                var offset = at + ((long)row * layout.Stride);
                if (layout.RowPrefix != 0) CheckPrefix(bytes, layout, path, offset);
                TConversion.Convert(
                    bytes[layout.RowPrefix..], layout.Element, matrix[first + row], path, offset + layout.RowPrefix);
            }
        }
    }

    private static void CheckPrefix(ReadOnlySpan<byte> row, VectorLayout layout, string path, long offset)
    {
        var dimension = BinaryPrimitives.ReadInt32LittleEndian(row);
        if (dimension == layout.Dimension) return;
        throw new VectorFormatException(
            path, offset, $"a row of dimension {dimension}", $"{layout.Dimension}, as in the first row");
    }

    private static void Write<T>(
        string path, ReadOnlySpan<T> values, int dimension, string vecsEnding, string binEnding, string descr)
        where T : unmanaged
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimension, VectorFormat.MaxDimension);
        if (values.Length % dimension != 0)
            throw new ArgumentException($"{values.Length} values are not whole rows of {dimension}.", nameof(values));

        var rows = values.Length / dimension;
        var ending = VectorFormat.Ending(path);
        if (ending != vecsEnding && ending != binEnding && ending != ".npy")
        {
            throw new ArgumentException(
                $"The ending '{ending}' is not one of {vecsEnding}, {binEnding} and .npy.", nameof(path));
        }

        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, BlockBytes);
        if (ending == ".npy") file.Write(NpyHeader.Write(descr, rows, dimension));
        if (ending == binEnding) WriteInt32s(file, rows, dimension);
        for (var row = 0; row < rows; row++)
        {
            if (ending == vecsEnding) WriteInt32s(file, dimension);
            file.Write(MemoryMarshal.AsBytes(values.Slice(row * dimension, dimension)));
        }
    }

    private static void WriteInt32s(FileStream file, params ReadOnlySpan<int> values)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
            file.Write(bytes);
        }
    }
}
