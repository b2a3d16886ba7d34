using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using VectorSearch.Collections;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Wire;

/// <summary>Matrices of vectors between messages (little-endian bytes) and row-major floats.</summary>
internal static class Matrices
{
    /// <summary>Reads a matrix whose rows have the collection's dimension.</summary>
    /// <returns>rows × dimension floats.</returns>
    /// <exception cref="VectorSearchException">Names the part of the matrix that is wrong, what came and what was expected.</exception>
    public static float[] Read(Proto.Matrix matrix, int dimension, string field)
    {
        int width = matrix.Type switch
        {
            Proto.ElementType.Float32 or Proto.ElementType.Unspecified => sizeof(float),
            Proto.ElementType.Float16 => sizeof(ushort),
            _ => throw Invalid($"{field}.type", matrix.Type.ToString(), "ELEMENT_TYPE_FLOAT32 or ELEMENT_TYPE_FLOAT16"),
        };
        if (matrix.Dim != dimension)
            throw Invalid($"{field}.dim", Text(matrix.Dim), $"{Text(dimension)}, the dimension of this collection");
        long expected = (long)matrix.Rows * dimension * width;
        if (matrix.Data.Length != expected)
            throw Invalid($"{field}.data", $"{Text(matrix.Data.Length)} bytes", $"{Text(expected)} bytes: {Text(matrix.Rows)} rows × {Text(dimension)} dimensions × {width} bytes");

        float[] values = new float[matrix.Rows * dimension];
        if (width == sizeof(ushort))
        {
            Widen(matrix.Data.Span, values);
            return values;
        }

        matrix.Data.Span.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        if (!BitConverter.IsLittleEndian) ReverseEach(values);
        return values;
    }

    /// <summary>Writes rows of vectors; null if there are none.</summary>
    public static Proto.Matrix? Write(ReadOnlyMemory<float> values, int dimension)
    {
        if (values.IsEmpty) return null;
        ReadOnlySpan<float> span = values.Span;
        if (!BitConverter.IsLittleEndian)
        {
            float[] swapped = span.ToArray();
            ReverseEach(swapped);
            span = swapped;
        }

        return new Proto.Matrix
        {
            Data = ByteString.CopyFrom(MemoryMarshal.AsBytes(span)),
            Type = Proto.ElementType.Float32,
            Dim = (uint)dimension,
            Rows = (uint)(values.Length / dimension),
        };
    }

    private static void Widen(ReadOnlySpan<byte> halves, Span<float> values)
    {
        for (int i = 0; i < values.Length; i++) values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(halves[(i * sizeof(ushort))..]);
    }

    private static void ReverseEach(Span<float> values)
    {
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(values);
        BinaryPrimitives.ReverseEndianness(bits, bits);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static VectorSearchException Invalid(string field, string actual, string expected) => new(ErrorCode.InvalidArgument, field, actual, expected);
}
