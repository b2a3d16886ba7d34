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
        if (matrix.Type is not (Proto.ElementType.Float32 or Proto.ElementType.Unspecified))
            throw Invalid($"{field}.type", matrix.Type.ToString(), "ELEMENT_TYPE_FLOAT32");
        if (matrix.Dim != dimension)
            throw Invalid($"{field}.dim", Text(matrix.Dim), $"{Text(dimension)}, the dimension of this collection");
        long expected = (long)matrix.Rows * dimension * sizeof(float);
        if (matrix.Data.Length != expected)
            throw Invalid($"{field}.data", $"{Text(matrix.Data.Length)} bytes", $"{Text(expected)} bytes: {Text(matrix.Rows)} rows × {Text(dimension)} dimensions × 4 bytes");

        float[] values = new float[matrix.Rows * dimension];
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

    private static void ReverseEach(Span<float> values)
    {
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(values);
        System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(bits, bits);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static VectorSearchException Invalid(string field, string actual, string expected) => new(ErrorCode.InvalidArgument, field, actual, expected);
}
