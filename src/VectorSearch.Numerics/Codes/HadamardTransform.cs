using System.Runtime.Intrinsics;

namespace VectorSearch.Numerics.Codes;

/// <summary>
/// The fast Walsh–Hadamard transform in natural order: n·log₂n additions for what as a matrix would be n² multiplications (Fino and Algazi, "Unified matrix treatment of the fast Walsh-Hadamard transform", 1976).
/// </summary>
public static unsafe class HadamardTransform
{
    private const int Lanes = 8;
    private const int WideLanes = 16;

    /// <summary>Transforms x ∘ weights in place, and does not scale: the caller's weights have the 1/√n that makes it orthogonal.</summary>
    /// <param name="x">n floats.</param>
    /// <param name="weights">n floats.</param>
    /// <param name="n">A power of two.</param>
    /// <exception cref="ArgumentException">n is not a power of two.</exception>
    public static void Apply(float* x, float* weights, int n)
    {
        if (!System.Numerics.BitOperations.IsPow2(n)) throw new ArgumentException($"The length is {n}; expected a power of two.", nameof(n));
        if (Vector512.IsHardwareAccelerated && n >= WideLanes)
        {
            WithinWideLanes(x, weights, n);
            var half = WideLanes;
            for (; 4 * half <= n; half *= 4) WideDoubleButterflies(x, n, half);
            if (half < n) WideButterflies(x, half);
        }
        else if (n >= Lanes)
        {
            WithinLanes(x, weights, n);
            var half = Lanes;
            for (; 4 * half <= n; half *= 4) DoubleButterflies(x, n, half);
            for (; half < n; half *= 2) Butterflies(x, n, half);
        }
        else
        {
            for (var i = 0; i < n; i++) x[i] *= weights[i];
            for (var half = 1; half < n; half *= 2) Butterflies(x, n, half);
        }
    }

    /// <summary>x ∘ signs, in place.</summary>
    public static void FlipSigns(float* x, float* signs, int n)
    {
        var i = 0;
        for (; i + Lanes <= n; i += Lanes) (Vector256.Load(x + i) * Vector256.Load(signs + i)).Store(x + i);
        for (; i < n; i++) x[i] *= signs[i];
    }

    /// <summary>y = x − shift.</summary>
    public static void Shift(float* x, float* shift, float* y, int n)
    {
        var i = 0;
        for (; i + Lanes <= n; i += Lanes) (Vector256.Load(x + i) - Vector256.Load(shift + i)).Store(y + i);
        for (; i < n; i++) y[i] = x[i] - shift[i];
    }

    private static void Butterflies(float* x, int n, int half)
    {
        for (var start = 0; start < n; start += 2 * half)
        {
            var a = x + start;
            var b = a + half;
            var i = 0;
            for (; i + Lanes <= half; i += Lanes)
            {
                var p = Vector256.Load(a + i);
                var q = Vector256.Load(b + i);
                (p + q).Store(a + i);
                (p - q).Store(b + i);
            }

            for (; i < half; i++) (a[i], b[i]) = (a[i] + b[i], a[i] - b[i]);
        }
    }

    /// <summary>Two levels in one pass, which halves the loads and stores.</summary>
    private static void DoubleButterflies(float* x, int n, int half)
    {
        for (var start = 0; start < n; start += 4 * half)
        {
            for (var i = start; i < start + half; i += Lanes)
            {
                var a = Vector256.Load(x + i);
                var b = Vector256.Load(x + i + half);
                var c = Vector256.Load(x + i + (2 * half));
                var d = Vector256.Load(x + i + (3 * half));
                var (ab, aMinusB, cd, cMinusD) = (a + b, a - b, c + d, c - d);
                (ab + cd).Store(x + i);
                (aMinusB + cMinusD).Store(x + i + half);
                (ab - cd).Store(x + i + (2 * half));
                (aMinusB - cMinusD).Store(x + i + (3 * half));
            }
        }
    }

    /// <summary>The last level, when one is left.</summary>
    private static void WideButterflies(float* x, int half)
    {
        for (var i = 0; i < half; i += WideLanes)
        {
            var p = Vector512.Load(x + i);
            var q = Vector512.Load(x + i + half);
            (p + q).Store(x + i);
            (p - q).Store(x + i + half);
        }
    }

    /// <inheritdoc cref="DoubleButterflies"/>
    private static void WideDoubleButterflies(float* x, int n, int half)
    {
        for (var start = 0; start < n; start += 4 * half)
        {
            for (var i = start; i < start + half; i += WideLanes)
            {
                var a = Vector512.Load(x + i);
                var b = Vector512.Load(x + i + half);
                var c = Vector512.Load(x + i + (2 * half));
                var d = Vector512.Load(x + i + (3 * half));
                var (ab, aMinusB, cd, cMinusD) = (a + b, a - b, c + d, c - d);
                (ab + cd).Store(x + i);
                (aMinusB + cMinusD).Store(x + i + half);
                (ab - cd).Store(x + i + (2 * half));
                (aMinusB - cMinusD).Store(x + i + (3 * half));
            }
        }
    }

    /// <summary>The weights and the four levels whose partners lie in one vector; see <see cref="WithinLanes"/>.</summary>
    private static void WithinWideLanes(float* x, float* weights, int n)
    {
        var sign1 = Vector512.Create(1f, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1);
        var sign2 = Vector512.Create(1f, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1);
        var sign4 = Vector512.Create(1f, 1, 1, 1, -1, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1);
        var sign8 = Vector512.Create(1f, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1);
        for (var i = 0; i < n; i += WideLanes)
        {
            var v = Vector512.Load(x + i) * Vector512.Load(weights + i);
            v = Vector512.FusedMultiplyAdd(v, sign1, Vector512.Shuffle(v, Vector512.Create(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)));
            v = Vector512.FusedMultiplyAdd(v, sign2, Vector512.Shuffle(v, Vector512.Create(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)));
            v = Vector512.FusedMultiplyAdd(v, sign4, Vector512.Shuffle(v, Vector512.Create(4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11)));
            v = Vector512.FusedMultiplyAdd(v, sign8, Vector512.Shuffle(v, Vector512.Create(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)));
            v.Store(x + i);
        }
    }

    /// <summary>
    /// The weights and the three levels whose partners lie in one vector: the partner comes by a shuffle, the sign by a multiplication.
    /// </summary>
    private static void WithinLanes(float* x, float* weights, int n)
    {
        var sign1 = Vector256.Create(1f, -1, 1, -1, 1, -1, 1, -1);
        var sign2 = Vector256.Create(1f, 1, -1, -1, 1, 1, -1, -1);
        var sign4 = Vector256.Create(1f, 1, 1, 1, -1, -1, -1, -1);
        for (var i = 0; i < n; i += Lanes)
        {
            var v = Vector256.Load(x + i) * Vector256.Load(weights + i);
            v = Vector256.FusedMultiplyAdd(v, sign1, Vector256.Shuffle(v, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6)));
            v = Vector256.FusedMultiplyAdd(v, sign2, Vector256.Shuffle(v, Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5)));
            v = Vector256.FusedMultiplyAdd(v, sign4, Vector256.Shuffle(v, Vector256.Create(4, 5, 6, 7, 0, 1, 2, 3)));
            v.Store(x + i);
        }
    }
}
