using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace VectorSearch.Numerics.Formats;

/// <summary>
/// The header of a NumPy array file, versions 1 to 3 (NumPy Enhancement Proposal 1, "A Simple File Format for NumPy
/// Arrays"): magic, version, header length, then a Python literal with <c>descr</c>, <c>fortran_order</c>, <c>shape</c>.
/// Two-dimensional arrays in C order are read; a one-dimensional array is one column.
/// </summary>
internal static partial class NpyHeader
{
    private const int MaxHeaderBytes = 1 << 16;
    private const int Alignment = 64;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    public static VectorLayout Read(Stream file, string path)
    {
        Span<byte> head = stackalloc byte[8];
        VectorFormat.ReadHead(file, path, head, "the 8 bytes of a NumPy magic and version");
        if (!head[..6].SequenceEqual(Magic))
            throw new VectorFormatException(path, 0, Convert.ToHexString(head[..6]), "the NumPy magic 934E554D5059");
        if (head[6] is < 1 or > 3) throw new VectorFormatException(path, 6, $"version {head[6]}", "1, 2 or 3");

        Span<byte> lengthBytes = stackalloc byte[head[6] == 1 ? 2 : 4];
        VectorFormat.ReadHead(file, path, lengthBytes, "the length of the header");
        long length = head[6] == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(lengthBytes)
            : BinaryPrimitives.ReadUInt32LittleEndian(lengthBytes);
        if (length > MaxHeaderBytes)
            throw new VectorFormatException(path, 8, $"a header of {length} bytes", $"at most {MaxHeaderBytes}");

        var textAt = file.Position;
        var text = new byte[length];
        VectorFormat.ReadHead(file, path, text, $"a header of {length} bytes");
        return VectorFormat.CheckLength(Parse(Encoding.UTF8.GetString(text), path, textAt, textAt + length), file, path);
    }

    /// <summary>The bytes before the rows, padded so that the rows start at a multiple of 64.</summary>
    public static byte[] Write(string descr, long rows, int dimension)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture, $"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({rows}, {dimension}), }}");
        const int Fixed = 10;
        var total = (Fixed + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        var bytes = new byte[total];
        Magic.CopyTo(bytes);
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)(total - Fixed));
        Encoding.ASCII.GetBytes(text.PadRight(total - Fixed - 1) + "\n").CopyTo(bytes, Fixed);
        return bytes;
    }

    private static VectorLayout Parse(string text, string path, long offset, long firstRow)
    {
        var descr = DescrPattern().Match(text);
        var order = OrderPattern().Match(text);
        var shape = ShapePattern().Match(text);
        if (!descr.Success || !order.Success || !shape.Success)
        {
            throw new VectorFormatException(
                path, offset, $"the header \"{text.Trim()}\"", "'descr', 'fortran_order' and a 'shape' of one or two numbers");
        }

        if (order.Groups[1].Value != "False")
            throw new VectorFormatException(path, offset, "fortran_order True", "rows in C order (fortran_order False)");
        var element = Element(descr.Groups[1].Value, path, offset);
        var rows = ParseNumber(shape.Groups[1].Value);
        var columns = shape.Groups[2].Length == 0 ? 1 : ParseNumber(shape.Groups[2].Value);
        return new VectorLayout(
            element, VectorFormat.CheckRows(rows, path, offset), VectorFormat.CheckDimension(columns, path, offset), firstRow,
            RowPrefix: 0);
    }

    // A number too long for a long is out of every range checked afterwards; -1 says so without an overflow.
    private static long ParseNumber(string digits) =>
        long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : -1;

    private static VectorElement Element(string descr, string path, long offset) => descr switch
    {
        "<f2" => VectorElement.Float16,
        "<f4" => VectorElement.Float32,
        "<f8" => VectorElement.Float64,
        "|i1" => VectorElement.Int8,
        "|u1" => VectorElement.UInt8,
        "<i4" => VectorElement.Int32,
        "<u4" => VectorElement.UInt32,
        "<i8" => VectorElement.Int64,
        _ => throw new VectorFormatException(
            path, offset, $"descr '{descr}'", "<f2, <f4, <f8, |i1, |u1, <i4, <u4 or <i8"),
    };

    [GeneratedRegex(@"'descr'\s*:\s*'([^']*)'")]
    private static partial Regex DescrPattern();

    [GeneratedRegex(@"'fortran_order'\s*:\s*(True|False)")]
    private static partial Regex OrderPattern();

    [GeneratedRegex(@"'shape'\s*:\s*\(\s*(\d+)\s*,\s*(\d*)\s*,?\s*\)")]
    private static partial Regex ShapePattern();
}
