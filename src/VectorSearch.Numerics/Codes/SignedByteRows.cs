using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VectorSearch.Numerics.Codes;

/// <summary>
/// Rows of one signed byte a coordinate, x ≈ scale·b with a scale for each row, and their inner products with a query of 16
/// bits a coordinate. The query's rounding is small beside that of the rows, and sums are whole numbers: every path gives the
/// same one on every CPU.
/// </summary>
public static unsafe class SignedByteRows
{
    /// <summary>Rows and queries are padded with zeros to a multiple of this: a row is whole cache lines.</summary>
    public const int LengthMultiple = 64;

    private const int RowTop = sbyte.MaxValue;

    /// <summary>Rounds a dimension up to <see cref="LengthMultiple"/>.</summary>
    public static int PaddedLength(int dimension) => (dimension + LengthMultiple - 1) / LengthMultiple * LengthMultiple;

    /// <summary>Writes a row.</summary>
    /// <param name="row">Its coordinates.</param>
    /// <param name="bytes">Receives <see cref="PaddedLength"/> signed bytes.</param>
    /// <returns>What one step stands for.</returns>
    public static float Encode(ReadOnlySpan<float> row, Span<sbyte> bytes)
    {
        var greatest = 0f;
        foreach (var value in row) greatest = MathF.Max(greatest, MathF.Abs(value));
        var inverse = greatest > 0 ? RowTop / greatest : 0;
        bytes.Clear();
        for (var j = 0; j < row.Length; j++) bytes[j] = (sbyte)MathF.Round(row[j] * inverse);
        return greatest / RowTop;
    }

    /// <summary>Writes a query, as finely as keeps the sums of <see cref="Dot"/> below 32 bits.</summary>
    /// <param name="query">n floats.</param>
    /// <param name="n">Coordinates.</param>
    /// <param name="whole">Receives <see cref="PaddedLength"/> numbers, zeros beyond n.</param>
    /// <returns>What one step stands for.</returns>
    public static float EncodeQuery(float* query, int n, short* whole)
    {
        var padded = PaddedLength(n);
        var greatest = Greatest(query, n);
        float top = Math.Min(short.MaxValue, int.MaxValue / (RowTop * padded));
        var inverse = greatest > 0 ? top / greatest : 0;
        var i = 0;
        for (; i + 16 <= n; i += 16)
        {
            var low = Vector256.ConvertToInt32Native(Vector256.Round(Vector256.Load(query + i) * inverse));
            var high = Vector256.ConvertToInt32Native(Vector256.Round(Vector256.Load(query + i + 8) * inverse));
            Vector256.Narrow(low, high).Store(whole + i);
        }

        for (; i < n; i++) whole[i] = (short)MathF.Round(query[i] * inverse);
        for (; i < padded; i++) whole[i] = 0;
        return greatest / top;
    }

    /// <summary>Σ query_j·row_j.</summary>
    /// <param name="query">From <see cref="EncodeQuery"/>.</param>
    /// <param name="row">From <see cref="Encode"/>.</param>
    /// <param name="padded">Coordinates, padded.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Dot(short* query, sbyte* row, int padded)
    {
        if (Avx512BW.IsSupported) return Dot512(query, row, padded);
        return Avx2.IsSupported ? Dot256(query, row, padded) : DotScalar(query, row, padded);
    }

    internal static int Dot512(short* query, sbyte* row, int padded)
    {
        Vector512<int> a = default, b = default;
        for (var i = 0; i < padded; i += 64)
        {
            a += Avx512BW.MultiplyAddAdjacent(Vector512.Load(query + i), Avx512BW.ConvertToVector512Int16(Vector256.Load(row + i)));
            b += Avx512BW.MultiplyAddAdjacent(Vector512.Load(query + i + 32), Avx512BW.ConvertToVector512Int16(Vector256.Load(row + i + 32)));
        }

        return Vector512.Sum(a + b);
    }

    internal static int Dot256(short* query, sbyte* row, int padded)
    {
        Vector256<int> a = default, b = default;
        for (var i = 0; i < padded; i += 32)
        {
            a += Avx2.MultiplyAddAdjacent(Vector256.Load(query + i), Avx2.ConvertToVector256Int16(Vector128.Load(row + i)));
            b += Avx2.MultiplyAddAdjacent(Vector256.Load(query + i + 16), Avx2.ConvertToVector256Int16(Vector128.Load(row + i + 16)));
        }

        return Vector256.Sum(a + b);
    }

    internal static int DotScalar(short* query, sbyte* row, int padded)
    {
        var sum = 0;
        for (var i = 0; i < padded; i++) sum += query[i] * row[i];
        return sum;
    }

    private static float Greatest(float* values, int n)
    {
        var i = 0;
        Vector256<float> most = default;
        for (; i + 8 <= n; i += 8) most = Vector256.MaxNative(most, Vector256.Abs(Vector256.Load(values + i)));
        var greatest = 0f;
        for (var lane = 0; lane < 8; lane++) greatest = MathF.Max(greatest, most[lane]);
        for (; i < n; i++) greatest = MathF.Max(greatest, MathF.Abs(values[i]));
        return greatest;
    }
}
