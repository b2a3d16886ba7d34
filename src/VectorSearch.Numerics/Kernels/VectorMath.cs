using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace VectorSearch.Numerics;

/// <summary>
/// The float32 kernels: dot product, squared distance, norm, and the few row operations that training needs. Each has a
/// path for 512, 256 and 128 bit vectors and a scalar one; the widest that the CPU accelerates is taken, and any length
/// is allowed.
/// <para>
/// Error: for n coordinates every path returns a value within (n + 2)·2⁻²³·Σ|terms| of the exact sum, where the terms
/// are xᵢyᵢ or (xᵢ−yᵢ)². The wide paths are closer, since each lane sums fewer terms. Results may differ between CPUs
/// of different width, never between runs or thread counts on one.
/// </para>
/// </summary>
public static unsafe class VectorMath
{
    /// <summary>The relative error that one coordinate can add to a sum, see the bound above.</summary>
    public const double ErrorPerTerm = 1.0 / (1 << 23);

    /// <summary>Floats in the widest vector. Rows padded with zeros to a multiple of it take no remainder path.</summary>
    public const int RowAlignmentInFloats = 16;

    /// <summary>The bound of the class remarks: how far a kernel's sum of n terms may be from the exact one.</summary>
    /// <param name="terms">Number of coordinates n.</param>
    /// <param name="absoluteSum">Σ|terms|.</param>
    public static double ErrorBound(int terms, double absoluteSum) => (terms + 2) * ErrorPerTerm * absoluteSum;

    /// <summary>Rounds a dimension up to <see cref="RowAlignmentInFloats"/>.</summary>
    public static int PaddedLength(int dimension) =>
        (dimension + RowAlignmentInFloats - 1) / RowAlignmentInFloats * RowAlignmentInFloats;

    /// <summary>Inner product Σxᵢyᵢ.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        RequireSameLength(x.Length, y.Length);
        fixed (float* px = x, py = y) return Dot(px, py, x.Length);
    }

    /// <summary>Squared Euclidean distance Σ(xᵢ−yᵢ)².</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static float SquaredDistance(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        RequireSameLength(x.Length, y.Length);
        fixed (float* px = x, py = y) return SquaredDistance(px, py, x.Length);
    }

    /// <summary>Squared Euclidean norm Σxᵢ².</summary>
    public static float NormSquared(ReadOnlySpan<float> x)
    {
        fixed (float* px = x) return Dot(px, px, x.Length);
    }

    /// <summary>
    /// Squared norm in double precision, so that neither 10³⁸ overflows nor a subnormal vanishes.
    /// NaN or infinite coordinates give NaN or infinity.
    /// </summary>
    public static double NormSquaredDouble(ReadOnlySpan<float> x)
    {
        Vector512<double> sum = Vector512<double>.Zero;
        int i = 0;
        for (; i <= x.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> v = Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(x), (nuint)i);
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(v);
            Vector512<double> wide = Vector512.Create(low, high);
            sum += wide * wide;
        }

        double total = Vector512.Sum(sum);
        for (; i < x.Length; i++) total += (double)x[i] * x[i];
        return total;
    }

    /// <summary>
    /// Writes x/‖x‖ and returns ‖x‖, which is computed in double precision. A zero vector is copied as it is and
    /// gives 0.
    /// </summary>
    /// <param name="x">The vector.</param>
    /// <param name="result">Where to write; at least as long as x, may be x itself.</param>
    public static double Normalize(ReadOnlySpan<float> x, Span<float> result)
    {
        double norm = Math.Sqrt(NormSquaredDouble(x));
        if (norm == 0)
        {
            x.CopyTo(result);
            return 0;
        }

        // Dividing in double keeps subnormal and huge vectors right; this is done once a stored row, not in a hot loop.
        for (int i = 0; i < x.Length; i++) result[i] = (float)(x[i] / norm);
        return norm;
    }

    /// <summary>y += a·x.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void AddScaled(float a, ReadOnlySpan<float> x, Span<float> y)
    {
        RequireSameLength(x.Length, y.Length);
        int i = 0;
        ref float rx = ref MemoryMarshal.GetReference(x);
        ref float ry = ref MemoryMarshal.GetReference(y);
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<float> scale = Vector512.Create(a);
            for (; i <= x.Length - 16; i += 16)
                Vector512.FusedMultiplyAdd(scale, Vector512.LoadUnsafe(ref rx, (nuint)i), Vector512.LoadUnsafe(ref ry, (nuint)i))
                    .StoreUnsafe(ref ry, (nuint)i);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> scale = Vector256.Create(a);
            for (; i <= x.Length - 8; i += 8)
                Vector256.FusedMultiplyAdd(scale, Vector256.LoadUnsafe(ref rx, (nuint)i), Vector256.LoadUnsafe(ref ry, (nuint)i))
                    .StoreUnsafe(ref ry, (nuint)i);
        }

        for (; i < x.Length; i++) y[i] = MathF.FusedMultiplyAdd(a, x[i], y[i]);
    }

    /// <summary>x *= a.</summary>
    public static void Scale(float a, Span<float> x)
    {
        int i = 0;
        ref float rx = ref MemoryMarshal.GetReference(x);
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> scale = Vector256.Create(a);
            for (; i <= x.Length - 8; i += 8) (Vector256.LoadUnsafe(ref rx, (nuint)i) * scale).StoreUnsafe(ref rx, (nuint)i);
        }

        for (; i < x.Length; i++) x[i] *= a;
    }

    /// <summary>True when no coordinate is NaN or infinite.</summary>
    public static bool AllFinite(ReadOnlySpan<float> x)
    {
        // An infinite or NaN float has all exponent bits set; x − x is 0 for finite x and NaN otherwise.
        int i = 0;
        ref float rx = ref MemoryMarshal.GetReference(x);
        Vector256<float> difference = Vector256<float>.Zero;
        for (; i <= x.Length - 8; i += 8)
        {
            Vector256<float> v = Vector256.LoadUnsafe(ref rx, (nuint)i);
            difference += v - v;
        }

        bool finite = Vector256.EqualsAll(difference, Vector256<float>.Zero);
        for (; i < x.Length; i++) finite &= float.IsFinite(x[i]);
        return finite;
    }

    /// <summary>Inner product of n floats at x and y. The caller vouches for the memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot(float* x, float* y, nint n)
    {
        if (Vector512.IsHardwareAccelerated) return Kernels512.Dot(x, y, n);
        if (Vector256.IsHardwareAccelerated) return Kernels256.Dot(x, y, n);
        if (Vector128.IsHardwareAccelerated) return Kernels128.Dot(x, y, n);
        return ScalarKernels.Dot(x, y, n);
    }

    /// <summary>Squared distance of n floats at x and y. The caller vouches for the memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SquaredDistance(float* x, float* y, nint n)
    {
        if (Vector512.IsHardwareAccelerated) return Kernels512.SquaredDistance(x, y, n);
        if (Vector256.IsHardwareAccelerated) return Kernels256.SquaredDistance(x, y, n);
        if (Vector128.IsHardwareAccelerated) return Kernels128.SquaredDistance(x, y, n);
        return ScalarKernels.SquaredDistance(x, y, n);
    }

    private static void RequireSameLength(int x, int y)
    {
        if (x != y) ThrowLengths(x, y);
    }

    private static void ThrowLengths(int x, int y) =>
        throw new ArgumentException($"Both vectors must have the same number of coordinates, these have {x} and {y}.");
}
