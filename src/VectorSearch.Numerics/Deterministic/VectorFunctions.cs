using System.Runtime.Intrinsics;

namespace VectorSearch.Numerics;

/// <summary>
/// exp and log of whole vectors with the same bits on every machine: libm and the runtime's own may differ between
/// processors. Argument reduction and minimax polynomials as in Cephes (Moshier, 1989, expf and logf); error below
/// 2 units in the last place over the normal range.
/// </summary>
public static unsafe class VectorFunctions
{
    // Beyond these the power of two would leave the range of normal numbers.
    private const float LargestExponent = 88.02f;
    private const float SmallestExponent = -87.3365447504f;

    /// <summary>x ← exp(x) for each element; arguments are held within −87.3 and 88.0, so that results stay normal numbers.</summary>
    public static void Exp(Span<float> x)
    {
        fixed (float* p = x)
        {
            int i = 0;
            for (; i + 8 <= x.Length; i += 8) Exp(Vector256.Load(p + i)).Store(p + i);
            for (; i < x.Length; i++) p[i] = Exp(Vector256.Create(p[i]))[0];
        }
    }

    /// <summary>
    /// x ← exp(scale · x − shift) for each element; returns the sum, over eight lanes in rising order, folded in halves.
    /// </summary>
    public static float ExpSum(Span<float> x, float scale, float shift)
    {
        Vector256<float> sum = Vector256<float>.Zero, s = Vector256.Create(scale), minus = Vector256.Create(-shift);
        fixed (float* p = x)
        {
            int i = 0;
            for (; i + 8 <= x.Length; i += 8)
            {
                Vector256<float> value = Exp(Vector256.FusedMultiplyAdd(s, Vector256.Load(p + i), minus));
                value.Store(p + i);
                sum += value;
            }

            float total = FixedLanes.Sum(sum);
            for (; i < x.Length; i++)
            {
                p[i] = Exp(Vector256.Create(MathF.FusedMultiplyAdd(scale, p[i], -shift)))[0];
                total += p[i];
            }

            return total;
        }
    }

    /// <summary>exp(x).</summary>
    public static float Exp(float x) => Exp(Vector256.Create(x))[0];

    /// <summary>Natural logarithm of a positive normal number.</summary>
    public static float Log(float x)
    {
        int bits = BitConverter.SingleToInt32Bits(x);
        // x = 2^e · m with m in [√½, √2).
        int e = (bits - 0x3f3504f3) >> 23;
        float m = BitConverter.Int32BitsToSingle(bits - (e << 23)) - 1;
        float p = 7.0376836292e-2f;
        p = MathF.FusedMultiplyAdd(p, m, -1.1514610310e-1f);
        p = MathF.FusedMultiplyAdd(p, m, 1.1676998740e-1f);
        p = MathF.FusedMultiplyAdd(p, m, -1.2420140846e-1f);
        p = MathF.FusedMultiplyAdd(p, m, 1.4249322787e-1f);
        p = MathF.FusedMultiplyAdd(p, m, -1.6668057665e-1f);
        p = MathF.FusedMultiplyAdd(p, m, 2.0000714765e-1f);
        p = MathF.FusedMultiplyAdd(p, m, -2.4999993993e-1f);
        p = MathF.FusedMultiplyAdd(p, m, 3.3333331174e-1f);
        float z = m * m;
        float y = p * m * z;
        y = MathF.FusedMultiplyAdd(e, -2.12194440e-4f, y);
        y = MathF.FusedMultiplyAdd(-0.5f, z, y);
        return MathF.FusedMultiplyAdd(e, 0.693359375f, m + y);
    }

    private static Vector256<float> Exp(Vector256<float> x)
    {
        x = Vector256.Min(x, Vector256.Create(LargestExponent));
        x = Vector256.Max(x, Vector256.Create(SmallestExponent));
        // x = n ln 2 + r with |r| ≤ ½ ln 2; ln 2 in two parts, the first exact in n of eight bits.
        Vector256<float> n = Vector256.Floor(Vector256.FusedMultiplyAdd(x, Vector256.Create(1.44269504088896341f), Vector256.Create(0.5f)));
        Vector256<float> r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-0.693359375f), x);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(2.12194440e-4f), r);
        Vector256<float> p = Vector256.Create(1.9875691500e-4f);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.3981999507e-3f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(8.3334519073e-3f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(4.1665795894e-2f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.6666665459e-1f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(5.0000001201e-1f));
        p = Vector256.FusedMultiplyAdd(p, r * r, r) + Vector256<float>.One;
        Vector256<int> power = Vector256.ShiftLeft(Vector256.ConvertToInt32(n) + Vector256.Create(127), 23);
        return p * power.AsSingle();
    }
}
