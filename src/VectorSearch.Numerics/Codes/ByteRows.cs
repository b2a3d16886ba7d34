using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VectorSearch.Numerics.Codes;

/// <summary>
/// Distances to rows of one byte a coordinate, x_j = origin_j + scale_j·byte_j, in float arithmetic. Where scale is 1 and
/// every coordinate was a whole number within 255 of its origin, the row stands for its vector exactly.
/// </summary>
public static unsafe class ByteRows
{
    /// <summary>Σ(q_j − origin_j − scale_j·byte_j)².</summary>
    /// <param name="shifted">q − origin.</param>
    /// <param name="scale">One step a coordinate.</param>
    /// <param name="row">n bytes.</param>
    /// <param name="n">Coordinates.</param>
    public static float SquaredDistance(float* shifted, float* scale, byte* row, int n)
    {
        var i = 0;
        var sum = 0f;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<float> a = default, b = default;
            for (; i + 32 <= n; i += 32)
            {
                var p = Vector512.Load(shifted + i) - (Widen512(row + i) * Vector512.Load(scale + i));
                var q = Vector512.Load(shifted + i + 16) - (Widen512(row + i + 16) * Vector512.Load(scale + i + 16));
                a = Vector512.FusedMultiplyAdd(p, p, a);
                b = Vector512.FusedMultiplyAdd(q, q, b);
            }

            sum = Vector512.Sum(a + b);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> a = default, b = default;
            for (; i + 16 <= n; i += 16)
            {
                var p = Vector256.Load(shifted + i) - (Widen256(row + i) * Vector256.Load(scale + i));
                var q = Vector256.Load(shifted + i + 8) - (Widen256(row + i + 8) * Vector256.Load(scale + i + 8));
                a = Vector256.FusedMultiplyAdd(p, p, a);
                b = Vector256.FusedMultiplyAdd(q, q, b);
            }

            sum += Vector256.Sum(a + b);
        }

        for (; i < n; i++)
        {
            var difference = shifted[i] - (row[i] * scale[i]);
            sum += difference * difference;
        }

        return sum;
    }

    /// <summary>
    /// Whether <see cref="SquaredDistance(short*, byte*, int)"/> may be used: every coordinate is a whole number, and no sum of
    /// squares can leave 32 bits. If so the coordinates are written as such.
    /// </summary>
    /// <param name="shifted">q − origin.</param>
    /// <param name="whole">Receives n whole numbers, but only meaningful ones when true is returned.</param>
    /// <param name="n">Coordinates.</param>
    public static bool TryWhole(float* shifted, short* whole, int n)
    {
        var limit = MathF.Min(short.MaxValue / 2, MathF.Sqrt(int.MaxValue / (n + 64f)) - byte.MaxValue);
        var i = 0;
        var bad = Vector256<float>.Zero;
        for (; i + 8 <= n; i += 8)
        {
            var value = Vector256.Load(shifted + i);
            var number = Vector256.ConvertToInt32Native(value);
            bad |= Vector256.LessThan(Vector256.Create(limit), Vector256.Abs(value))
                | ~Vector256.Equals(Vector256.ConvertToSingle(number), value);
            Vector128.Narrow(number.GetLower(), number.GetUpper()).Store(whole + i);
        }

        var good = Vector256.EqualsAll(bad.AsInt32(), Vector256<int>.Zero);
        for (; i < n; i++)
        {
            good &= MathF.Abs(shifted[i]) <= limit && MathF.Floor(shifted[i]) == shifted[i];
            whole[i] = (short)shifted[i];
        }

        return good;
    }

    /// <summary>Σ(q_j − origin_j − byte_j)² of whole numbers, exact; at most half the instructions of the float form.</summary>
    /// <param name="shifted">q − origin, from <see cref="TryWhole"/>.</param>
    /// <param name="row">n bytes.</param>
    /// <param name="n">Coordinates.</param>
    public static float SquaredDistance(short* shifted, byte* row, int n)
    {
        var i = 0;
        Vector256<int> sums = default;
        if (Avx512BW.IsSupported)
        {
            Vector512<int> a = default, b = default;
            for (; i + 64 <= n; i += 64)
            {
                var p = Vector512.Load(shifted + i) - Avx512BW.ConvertToVector512Int16(Vector256.Load(row + i));
                var q = Vector512.Load(shifted + i + 32) - Avx512BW.ConvertToVector512Int16(Vector256.Load(row + i + 32));
                a += Avx512BW.MultiplyAddAdjacent(p, p);
                b += Avx512BW.MultiplyAddAdjacent(q, q);
            }

            a += b;
            sums = a.GetLower() + a.GetUpper();
        }

        if (Avx2.IsSupported)
        {
            for (; i + 16 <= n; i += 16)
            {
                var p = Vector256.Load(shifted + i) - Avx2.ConvertToVector256Int16(Vector128.Load(row + i));
                sums += Avx2.MultiplyAddAdjacent(p, p);
            }
        }

        var sum = Vector256.Sum(sums);
        for (; i < n; i++)
        {
            var difference = shifted[i] - row[i];
            sum += difference * difference;
        }

        return sum;
    }

    /// <summary>Σ weight_j·byte_j; with weight = q·scale, what is missing from q·x is the constant q·origin.</summary>
    /// <param name="weights">n floats.</param>
    /// <param name="row">n bytes.</param>
    /// <param name="n">Coordinates.</param>
    public static float Dot(float* weights, byte* row, int n)
    {
        var i = 0;
        var sum = 0f;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> a = default, b = default;
            for (; i + 16 <= n; i += 16)
            {
                a = Vector256.FusedMultiplyAdd(Vector256.Load(weights + i), Widen256(row + i), a);
                b = Vector256.FusedMultiplyAdd(Vector256.Load(weights + i + 8), Widen256(row + i + 8), b);
            }

            sum = Vector256.Sum(a + b);
        }

        for (; i < n; i++) sum += weights[i] * row[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Widen512(byte* row)
    {
        if (Avx512F.IsSupported) return Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load(row)));
        var (low, high) = Vector256.Widen(Vector256.WidenLower(Vector128.Load(row).ToVector256()));
        return Vector512.ConvertToSingle(Vector512.Create(low, high).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Widen256(byte* row)
    {
        var shorts = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)row).AsByte());
        return Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(shorts), Vector128.WidenUpper(shorts)).AsInt32());
    }
}
