using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace VectorSearch.Numerics.Codes;

/// <summary>
/// Distances to rows of IEEE 754 binary16. Widening is done with integer shifts and one exact multiplication by 2¹¹²,
/// which also places subnormals right; infinities and NaN do not occur in rows (see <see cref="MaxMagnitude"/>).
/// </summary>
public static unsafe class HalfRows
{
    /// <summary>The greatest finite binary16.</summary>
    public const float MaxMagnitude = 65504f;

    private const int ExponentShift = 13;
    private const float Rebias = 5.192296858534828e33f; // 2^112, the difference of the two exponent biases

    /// <summary>Σ(q_j − x_j)².</summary>
    /// <param name="query">n floats.</param>
    /// <param name="row">n binary16.</param>
    /// <param name="n">Coordinates.</param>
    public static float SquaredDistance(float* query, Half* row, int n)
    {
        Vector256<float> a = default, b = default;
        var i = 0;
        for (; i + 16 <= n; i += 16)
        {
            var p = Vector256.Load(query + i) - Widen(row + i);
            var q = Vector256.Load(query + i + 8) - Widen(row + i + 8);
            a = Vector256.FusedMultiplyAdd(p, p, a);
            b = Vector256.FusedMultiplyAdd(q, q, b);
        }

        var sum = Vector256.Sum(a + b);
        for (; i < n; i++)
        {
            var difference = query[i] - (float)row[i];
            sum += difference * difference;
        }

        return sum;
    }

    /// <summary>Σ q_j·x_j.</summary>
    /// <param name="query">n floats.</param>
    /// <param name="row">n binary16.</param>
    /// <param name="n">Coordinates.</param>
    public static float Dot(float* query, Half* row, int n)
    {
        Vector256<float> a = default, b = default;
        var i = 0;
        for (; i + 16 <= n; i += 16)
        {
            a = Vector256.FusedMultiplyAdd(Vector256.Load(query + i), Widen(row + i), a);
            b = Vector256.FusedMultiplyAdd(Vector256.Load(query + i + 8), Widen(row + i + 8), b);
        }

        var sum = Vector256.Sum(a + b);
        for (; i < n; i++) sum += query[i] * (float)row[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Widen(Half* row)
    {
        var halves = Vector128.Load((ushort*)row);
        var wide = Vector256.Create(Vector128.WidenLower(halves), Vector128.WidenUpper(halves));
        var magnitude = ((wide & Vector256.Create(0x7FFFu)) << ExponentShift).AsSingle() * Vector256.Create(Rebias);
        return (magnitude.AsUInt32() | ((wide & Vector256.Create(0x8000u)) << 16)).AsSingle();
    }
}
