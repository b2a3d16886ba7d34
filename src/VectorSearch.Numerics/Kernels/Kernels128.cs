using System.Runtime.Intrinsics;

namespace VectorSearch.Numerics;

/// <summary>
/// Float32 loops over 128 bit vectors. Four independent accumulators hide the latency of the fused multiply-add; the
/// remainder below one vector is scalar, and absent for padded rows.
/// </summary>
internal static unsafe class Kernels128
{
    private const int Lanes = 4;

    internal static float Dot(float* x, float* y, nint n)
    {
        Vector128<float> a = Vector128<float>.Zero, b = a, c = a, d = a;
        nint i = 0;
        for (; i <= n - 4 * Lanes; i += 4 * Lanes)
        {
            a = Vector128.FusedMultiplyAdd(Vector128.Load(x + i), Vector128.Load(y + i), a);
            b = Vector128.FusedMultiplyAdd(Vector128.Load(x + i + Lanes), Vector128.Load(y + i + Lanes), b);
            c = Vector128.FusedMultiplyAdd(Vector128.Load(x + i + 2 * Lanes), Vector128.Load(y + i + 2 * Lanes), c);
            d = Vector128.FusedMultiplyAdd(Vector128.Load(x + i + 3 * Lanes), Vector128.Load(y + i + 3 * Lanes), d);
        }

        for (; i <= n - Lanes; i += Lanes)
            a = Vector128.FusedMultiplyAdd(Vector128.Load(x + i), Vector128.Load(y + i), a);
        float sum = Vector128.Sum(a + b + (c + d));
        return i == n ? sum : sum + ScalarKernels.Dot(x + i, y + i, n - i);
    }

    internal static float SquaredDistance(float* x, float* y, nint n)
    {
        Vector128<float> a = Vector128<float>.Zero, b = a, c = a, d = a;
        nint i = 0;
        for (; i <= n - 4 * Lanes; i += 4 * Lanes)
        {
            Vector128<float> p = Vector128.Load(x + i) - Vector128.Load(y + i);
            Vector128<float> q = Vector128.Load(x + i + Lanes) - Vector128.Load(y + i + Lanes);
            Vector128<float> r = Vector128.Load(x + i + 2 * Lanes) - Vector128.Load(y + i + 2 * Lanes);
            Vector128<float> s = Vector128.Load(x + i + 3 * Lanes) - Vector128.Load(y + i + 3 * Lanes);
            a = Vector128.FusedMultiplyAdd(p, p, a);
            b = Vector128.FusedMultiplyAdd(q, q, b);
            c = Vector128.FusedMultiplyAdd(r, r, c);
            d = Vector128.FusedMultiplyAdd(s, s, d);
        }

        for (; i <= n - Lanes; i += Lanes)
        {
            Vector128<float> p = Vector128.Load(x + i) - Vector128.Load(y + i);
            a = Vector128.FusedMultiplyAdd(p, p, a);
        }

        float sum = Vector128.Sum(a + b + (c + d));
        return i == n ? sum : sum + ScalarKernels.SquaredDistance(x + i, y + i, n - i);
    }
}
