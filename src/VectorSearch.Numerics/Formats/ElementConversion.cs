using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace VectorSearch.Numerics.Formats;

/// <summary>How the elements of a file become those of a matrix.</summary>
internal interface IElementConversion<T>
{
    static abstract string Accepted { get; }

    static abstract bool Accepts(VectorElement element);

    /// <summary>Converts one row; the offset is that of its first element, for the message of a number that does not fit.</summary>
    static abstract void Convert(ReadOnlySpan<byte> from, VectorElement element, Span<T> to, string path, long offset);
}

internal readonly struct FloatConversion : IElementConversion<float>
{
    public static string Accepted => "numbers";

    public static bool Accepts(VectorElement element) => true;

    public static void Convert(ReadOnlySpan<byte> from, VectorElement element, Span<float> to, string path, long offset)
    {
        if (element == VectorElement.Float32 && BitConverter.IsLittleEndian)
        {
            MemoryMarshal.Cast<byte, float>(from).CopyTo(to);
            return;
        }

        var size = element.Size();
        for (var i = 0; i < to.Length; i++)
        {
            var at = from[(i * size)..];
            to[i] = element switch
            {
                VectorElement.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(at),
                VectorElement.Float32 => BinaryPrimitives.ReadSingleLittleEndian(at),
                VectorElement.Float64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(at),
                _ => IntConversion.ReadInteger(at, element),
            };
        }
    }
}

internal readonly struct IntConversion : IElementConversion<int>
{
    public static string Accepted => "integers";

    public static bool Accepts(VectorElement element) =>
        element is not (VectorElement.Float16 or VectorElement.Float32 or VectorElement.Float64);

    public static void Convert(ReadOnlySpan<byte> from, VectorElement element, Span<int> to, string path, long offset)
    {
        if (element == VectorElement.Int32 && BitConverter.IsLittleEndian)
        {
            MemoryMarshal.Cast<byte, int>(from).CopyTo(to);
            return;
        }

        var size = element.Size();
        for (var i = 0; i < to.Length; i++)
        {
            var value = ReadInteger(from[(i * size)..], element);
            if (value is < int.MinValue or > int.MaxValue)
            {
                throw new VectorFormatException(
                    path, offset + (i * size), value.ToString(CultureInfo.InvariantCulture), "a number that fits 32 bits");
            }

            to[i] = (int)value;
        }
    }

    public static long ReadInteger(ReadOnlySpan<byte> at, VectorElement element) => element switch
    {
        VectorElement.Int8 => (sbyte)at[0],
        VectorElement.UInt8 => at[0],
        VectorElement.Int32 => BinaryPrimitives.ReadInt32LittleEndian(at),
        VectorElement.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(at),
        VectorElement.Int64 => BinaryPrimitives.ReadInt64LittleEndian(at),
        _ => throw new ArgumentOutOfRangeException(nameof(element), element, "An integer element is expected."),
    };
}
