using System.Runtime.Intrinsics;

namespace VectorSearch.Numerics;

/// <summary>
/// Float32 loops over 512 bit vectors. Four independent accumulators hide the latency of the fused multiply-add; the
/// remainder below one vector is scalar, and absent for padded rows.
/// </summary>
internal static unsafe class Kernels512
{
    private const int Lanes = 16;

    internal static float Dot(float* x, float* y, nint n)
    {
        Vector512<float> a = Vector512<float>.Zero, b = a, c = a, d = a;
        nint i = 0;
        for (; i <= n - 4 * Lanes; i += 4 * Lanes)
        {
            a = Vector512.FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Load(y + i), a);
            b = Vector512.FusedMultiplyAdd(Vector512.Load(x + i + Lanes), Vector512.Load(y + i + Lanes), b);
            c = Vector512.FusedMultiplyAdd(Vector512.Load(x + i + 2 * Lanes), Vector512.Load(y + i + 2 * Lanes), c);
            d = Vector512.FusedMultiplyAdd(Vector512.Load(x + i + 3 * Lanes), Vector512.Load(y + i + 3 * Lanes), d);
        }

        for (; i <= n - Lanes; i += Lanes)
            a = Vector512.FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Load(y + i), a);
        float sum = Vector512.Sum(a + b + (c + d));
        return i == n ? sum : sum + ScalarKernels.Dot(x + i, y + i, n - i);
    }

    internal static float SquaredDistance(float* x, float* y, nint n)
    {
        Vector512<float> a = Vector512<float>.Zero, b = a, c = a, d = a;
        nint i = 0;
        for (; i <= n - 4 * Lanes; i += 4 * Lanes)
        {
            Vector512<float> p = Vector512.Load(x + i) - Vector512.Load(y + i);
            Vector512<float> q = Vector512.Load(x + i + Lanes) - Vector512.Load(y + i + Lanes);
            Vector512<float> r = Vector512.Load(x + i + 2 * Lanes) - Vector512.Load(y + i + 2 * Lanes);
            Vector512<float> s = Vector512.Load(x + i + 3 * Lanes) - Vector512.Load(y + i + 3 * Lanes);
            a = Vector512.FusedMultiplyAdd(p, p, a);
            b = Vector512.FusedMultiplyAdd(q, q, b);
            c = Vector512.FusedMultiplyAdd(r, r, c);
            d = Vector512.FusedMultiplyAdd(s, s, d);
        }

        for (; i <= n - Lanes; i += Lanes)
        {
            Vector512<float> p = Vector512.Load(x + i) - Vector512.Load(y + i);
            a = Vector512.FusedMultiplyAdd(p, p, a);
        }

        float sum = Vector512.Sum(a + b + (c + d));
        return i == n ? sum : sum + ScalarKernels.SquaredDistance(x + i, y + i, n - i);
    }
}
