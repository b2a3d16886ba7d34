using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Google.Protobuf;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <summary>Rows of vectors of one dimension, one after the other in memory.</summary>
public readonly struct Vectors
{
    /// <summary>Rows that lie one after the other; they are not copied before they are sent.</summary>
    /// <param name="values">rows × dimension numbers.</param>
    /// <param name="dimension">Numbers of a row.</param>
    /// <exception cref="ArgumentException">The numbers are no whole rows.</exception>
    public Vectors(ReadOnlyMemory<float> values, int dimension)
    {
        if (dimension < 1 || values.Length % dimension != 0)
            throw new ArgumentException($"{values.Length} numbers came, which are no whole rows of {dimension}.", nameof(values));
        Values = values;
        Dimension = dimension;
    }

    /// <summary>All numbers, row by row.</summary>
    public ReadOnlyMemory<float> Values { get; }

    /// <summary>Numbers of a row.</summary>
    public int Dimension { get; }

    /// <summary>How many rows there are.</summary>
    public int Count => Dimension == 0 ? 0 : Values.Length / Dimension;

    /// <summary>A row.</summary>
    public ReadOnlySpan<float> this[int row] => Values.Span.Slice(row * Dimension, Dimension);

    /// <summary>One vector.</summary>
    public static implicit operator Vectors(float[] vector) => Of(vector);

    /// <summary>One vector.</summary>
    public static implicit operator Vectors(ReadOnlyMemory<float> vector) => Of(vector);

    /// <summary>One vector per row; they are copied together.</summary>
    /// <exception cref="ArgumentException">A row has another dimension than the first.</exception>
    public static implicit operator Vectors(float[][] rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Length == 0) return default;
        float[] values = new float[rows.Length * rows[0].Length];
        for (int row = 0; row < rows.Length; row++)
        {
            if (rows[row].Length != rows[0].Length)
                throw new ArgumentException($"Row {row} has {rows[row].Length} numbers, expected {rows[0].Length} as in row 0.", nameof(rows));
            rows[row].CopyTo(values, row * rows[0].Length);
        }

        return new Vectors(values, rows[0].Length);
    }

    internal Matrix Write(Range rows)
    {
        (int start, int count) = rows.GetOffsetAndLength(Count);
        ReadOnlySpan<float> values = Values.Span.Slice(start * Dimension, count * Dimension);
        ByteString data = BitConverter.IsLittleEndian
            ? ByteString.CopyFrom(MemoryMarshal.AsBytes(values))
            : ByteString.CopyFrom(MemoryMarshal.AsBytes<uint>(Reversed(values)));
        return new Matrix { Data = data, Type = ElementType.Float32, Dim = (uint)Dimension, Rows = (uint)count };
    }

    internal static Vectors Read(Matrix? matrix)
    {
        if (matrix is null || matrix.Dim == 0) return default;
        ReadOnlySpan<float> received = MemoryMarshal.Cast<byte, float>(matrix.Data.Span);
        float[] values = BitConverter.IsLittleEndian ? received.ToArray() : MemoryMarshal.Cast<uint, float>(Reversed(received)).ToArray();
        return new Vectors(values, (int)matrix.Dim);
    }

    private static Vectors Of(ReadOnlyMemory<float> vector) => new(vector, Math.Max(vector.Length, 1));

    private static uint[] Reversed(ReadOnlySpan<float> values)
    {
        uint[] bits = new uint[values.Length];
        BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<float, uint>(values), bits);
        return bits;
    }
}
