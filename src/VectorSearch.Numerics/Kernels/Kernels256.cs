using System.Runtime.Intrinsics;

namespace VectorSearch.Numerics;

/// <summary>
/// Float32 loops over 256 bit vectors. Four independent accumulators hide the latency of the fused multiply-add; the
/// remainder below one vector is scalar, and absent for padded rows.
/// </summary>
internal static unsafe class Kernels256
{
    private const int Lanes = 8;

    internal static float Dot(float* x, float* y, nint n)
    {
        Vector256<float> a = Vector256<float>.Zero, b = a, c = a, d = a;
        nint i = 0;
        for (; i <= n - 4 * Lanes; i += 4 * Lanes)
        {
            a = Vector256.FusedMultiplyAdd(Vector256.Load(x + i), Vector256.Load(y + i), a);
            b = Vector256.FusedMultiplyAdd(Vector256.Load(x + i + Lanes), Vector256.Load(y + i + Lanes), b);
            c = Vector256.FusedMultiplyAdd(Vector256.Load(x + i + 2 * Lanes), Vector256.Load(y + i + 2 * Lanes), c);
            d = Vector256.FusedMultiplyAdd(Vector256.Load(x + i + 3 * Lanes), Vector256.Load(y + i + 3 * Lanes), d);
        }

        for (; i <= n - Lanes; i += Lanes)
            a = Vector256.FusedMultiplyAdd(Vector256.Load(x + i), Vector256.Load(y + i), a);
        float sum = Vector256.Sum(a + b + (c + d));
        return i == n ? sum : sum + ScalarKernels.Dot(x + i, y + i, n - i);
    }

    internal static float SquaredDistance(float* x, float* y, nint n)
    {
        Vector256<float> a = Vector256<float>.Zero, b = a, c = a, d = a;
        nint i = 0;
        for (; i <= n - 4 * Lanes; i += 4 * Lanes)
        {
            Vector256<float> p = Vector256.Load(x + i) - Vector256.Load(y + i);
            Vector256<float> q = Vector256.Load(x + i + Lanes) - Vector256.Load(y + i + Lanes);
            Vector256<float> r = Vector256.Load(x + i + 2 * Lanes) - Vector256.Load(y + i + 2 * Lanes);
            Vector256<float> s = Vector256.Load(x + i + 3 * Lanes) - Vector256.Load(y + i + 3 * Lanes);
            a = Vector256.FusedMultiplyAdd(p, p, a);
            b = Vector256.FusedMultiplyAdd(q, q, b);
            c = Vector256.FusedMultiplyAdd(r, r, c);
            d = Vector256.FusedMultiplyAdd(s, s, d);
        }

        for (; i <= n - Lanes; i += Lanes)
        {
            Vector256<float> p = Vector256.Load(x + i) - Vector256.Load(y + i);
            a = Vector256.FusedMultiplyAdd(p, p, a);
        }

        float sum = Vector256.Sum(a + b + (c + d));
        return i == n ? sum : sum + ScalarKernels.SquaredDistance(x + i, y + i, n - i);
    }
}
