using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VectorSearch.Numerics;

/// <summary>
/// Dot products of signed bytes, −127…127. Integer sums: every path gives the same number on every CPU.
/// </summary>
public static unsafe class SignedByteMath
{
    /// <summary>Lengths are multiples of this; pad with zeros.</summary>
    public const int LengthMultiple = 16;

    /// <summary>Greatest length, so that sums fit 32 bits: 2¹⁷ · 127² &lt; 2³¹.</summary>
    public const int MaxLength = 1 << 17;

    /// <summary>Rounds a dimension up to <see cref="LengthMultiple"/>.</summary>
    public static int PaddedLength(int dimension) => (dimension + LengthMultiple - 1) / LengthMultiple * LengthMultiple;

    /// <summary>Σxᵢyᵢ of n signed bytes, n a multiple of <see cref="LengthMultiple"/>. The caller vouches for the memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Dot(sbyte* x, sbyte* y, nint n)
    {
        if (Avx512BW.IsSupported) return Dot512(x, y, n);
        if (Avx2.IsSupported) return Dot256(x, y, n);
        return Vector128.IsHardwareAccelerated ? Dot128(x, y, n) : DotScalar(x, y, n);
    }

    /// <summary>Needs AVX-512BW.</summary>
    internal static int Dot512(sbyte* x, sbyte* y, nint n)
    {
        Vector512<int> a = Vector512<int>.Zero, b = a;
        nint i = 0;
        for (; i <= n - 64; i += 64)
        {
            a += Avx512BW.MultiplyAddAdjacent(Widen512(x + i), Widen512(y + i));
            b += Avx512BW.MultiplyAddAdjacent(Widen512(x + i + 32), Widen512(y + i + 32));
        }

        if (i <= n - 32)
        {
            a += Avx512BW.MultiplyAddAdjacent(Widen512(x + i), Widen512(y + i));
            i += 32;
        }

        a += b;
        Vector256<int> half = a.GetLower() + a.GetUpper();
        if (i < n) half += Avx2.MultiplyAddAdjacent(Widen256(x + i), Widen256(y + i));
        return Vector256.Sum(half);
    }

    /// <summary>Needs AVX2.</summary>
    internal static int Dot256(sbyte* x, sbyte* y, nint n)
    {
        Vector256<int> a = Vector256<int>.Zero, b = a;
        nint i = 0;
        for (; i <= n - 32; i += 32)
        {
            a += Avx2.MultiplyAddAdjacent(Widen256(x + i), Widen256(y + i));
            b += Avx2.MultiplyAddAdjacent(Widen256(x + i + 16), Widen256(y + i + 16));
        }

        if (i < n) a += Avx2.MultiplyAddAdjacent(Widen256(x + i), Widen256(y + i));
        return Vector256.Sum(a + b);
    }

    internal static int Dot128(sbyte* x, sbyte* y, nint n)
    {
        Vector128<int> sum = Vector128<int>.Zero;
        for (nint i = 0; i < n; i += 16)
        {
            (Vector128<short> xLow, Vector128<short> xHigh) = Vector128.Widen(Vector128.Load(x + i));
            (Vector128<short> yLow, Vector128<short> yHigh) = Vector128.Widen(Vector128.Load(y + i));
            // 127² fits 16 bits, the sum of two does not.
            (Vector128<int> a, Vector128<int> b) = Vector128.Widen(xLow * yLow);
            (Vector128<int> c, Vector128<int> d) = Vector128.Widen(xHigh * yHigh);
            sum += a + b + (c + d);
        }

        return Vector128.Sum(sum);
    }

    internal static int DotScalar(sbyte* x, sbyte* y, nint n)
    {
        int sum = 0;
        for (nint i = 0; i < n; i++) sum += x[i] * y[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Widen512(sbyte* x) => Avx512BW.ConvertToVector512Int16(Vector256.Load(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Widen256(sbyte* x) => Avx2.ConvertToVector256Int16(Vector128.Load(x));
}
