using System.Runtime.Intrinsics;

namespace VectorSearch.Numerics;

/// <summary>
/// Sums and products of vectors whose bits do not depend on the machine: always <see cref="Count"/> partial sums,
/// element i in partial sum i mod <see cref="Count"/>, fused multiply-adds throughout, folded in halves at the end.
/// Learning uses these; search has kernels of its own that may differ in the last bits.
/// </summary>
public static unsafe class FixedLanes
{
    /// <summary>Partial sums of a reduction.</summary>
    public const int Count = 16;

    /// <summary>Inner product of two vectors of equal length.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        if (x.Length != y.Length) throw new ArgumentException($"Lengths differ: {x.Length} and {y.Length}.", nameof(y));
        fixed (float* a = x, b = y) return Dot(a, b, x.Length);
    }

    /// <summary>Inner product of two vectors of the given length.</summary>
    public static float Dot(float* x, float* y, int length)
    {
        Vector256<float> low = Vector256<float>.Zero, high = Vector256<float>.Zero;
        int i = 0;
        for (; i + Count <= length; i += Count)
        {
            low = Vector256.FusedMultiplyAdd(Vector256.Load(x + i), Vector256.Load(y + i), low);
            high = Vector256.FusedMultiplyAdd(Vector256.Load(x + i + 8), Vector256.Load(y + i + 8), high);
        }

        if (i < length)
        {
            float* tail = stackalloc float[2 * Count];
            new Span<float>(tail, 2 * Count).Clear();
            for (int j = 0; i + j < length; j++)
            {
                tail[j] = x[i + j];
                tail[Count + j] = y[i + j];
            }

            low = Vector256.FusedMultiplyAdd(Vector256.Load(tail), Vector256.Load(tail + Count), low);
            high = Vector256.FusedMultiplyAdd(Vector256.Load(tail + 8), Vector256.Load(tail + Count + 8), high);
        }

        return Sum(low + high);
    }

    /// <summary>y ← y + scale · x.</summary>
    public static void Add(float* y, float scale, float* x, int length)
    {
        Vector256<float> s = Vector256.Create(scale);
        int i = 0;
        for (; i + 8 <= length; i += 8) Vector256.FusedMultiplyAdd(s, Vector256.Load(x + i), Vector256.Load(y + i)).Store(y + i);
        for (; i < length; i++) y[i] = MathF.FusedMultiplyAdd(scale, x[i], y[i]);
    }

    /// <summary>y ← y + scale · x.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Add(Span<float> y, float scale, ReadOnlySpan<float> x)
    {
        if (x.Length != y.Length) throw new ArgumentException($"Lengths differ: {x.Length} and {y.Length}.", nameof(x));
        fixed (float* a = x, b = y) Add(b, scale, a, x.Length);
    }

    /// <summary>x ← scale · x.</summary>
    public static void Scale(Span<float> x, float scale)
    {
        for (int i = 0; i < x.Length; i++) x[i] *= scale;
    }

    /// <summary>Divides by the Euclidean norm; false, and nothing done, for the zero vector.</summary>
    public static bool TryNormalise(Span<float> x)
    {
        float norm = MathF.Sqrt(Dot(x, x));
        if (!(norm > 0)) return false;
        Scale(x, 1 / norm);
        return true;
    }

    /// <summary>The sum of eight lanes, folded 8 → 4 → 2 → 1.</summary>
    internal static float Sum(Vector256<float> lanes)
    {
        Vector128<float> four = lanes.GetLower() + lanes.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }
}
