using System.Runtime.Intrinsics;

namespace VectorSearch.Numerics;

/// <summary>
/// Sums of rows with a weight for each entry: what an embedding layer does with a weighted bag. Each output coordinate is
/// one chain of fused multiply-adds in the order of the entries, so its bits are the same on every machine.
/// </summary>
public static unsafe class WeightedRows
{
    /// <summary>sum ← Σₙ weights[n] · table[rows[n]].</summary>
    /// <param name="table">Rows of <paramref name="stride"/> floats.</param>
    /// <param name="stride">A multiple of 16.</param>
    /// <param name="rows">Which rows.</param>
    /// <param name="weights">A weight for each entry.</param>
    /// <param name="sum">Receives <paramref name="stride"/> floats.</param>
    public static void Sum(float* table, int stride, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, float* sum)
    {
        if (rows.Length != weights.Length) throw new ArgumentException($"{rows.Length} rows came with {weights.Length} weights.", nameof(weights));
        fixed (int* r = rows)
        fixed (float* w = weights)
        {
            int at = 0;
            for (; at + 64 <= stride; at += 64) Sum64(table + at, stride, r, w, rows.Length, sum + at);
            for (; at < stride; at += 16) Sum16(table + at, stride, r, w, rows.Length, sum + at);
        }
    }

    private static void Sum64(float* table, int stride, int* rows, float* weights, int count, float* sum)
    {
        Vector256<float> s0 = Vector256<float>.Zero, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        for (int n = 0; n < count; n++)
        {
            float* row = table + ((nint)rows[n] * stride);
            Vector256<float> w = Vector256.Create(weights[n]);
            s0 = Vector256.FusedMultiplyAdd(w, Vector256.Load(row), s0);
            s1 = Vector256.FusedMultiplyAdd(w, Vector256.Load(row + 8), s1);
            s2 = Vector256.FusedMultiplyAdd(w, Vector256.Load(row + 16), s2);
            s3 = Vector256.FusedMultiplyAdd(w, Vector256.Load(row + 24), s3);
            s4 = Vector256.FusedMultiplyAdd(w, Vector256.Load(row + 32), s4);
            s5 = Vector256.FusedMultiplyAdd(w, Vector256.Load(row + 40), s5);
            s6 = Vector256.FusedMultiplyAdd(w, Vector256.Load(row + 48), s6);
            s7 = Vector256.FusedMultiplyAdd(w, Vector256.Load(row + 56), s7);
        }

        s0.Store(sum);
        s1.Store(sum + 8);
        s2.Store(sum + 16);
        s3.Store(sum + 24);
        s4.Store(sum + 32);
        s5.Store(sum + 40);
        s6.Store(sum + 48);
        s7.Store(sum + 56);
    }

    private static void Sum16(float* table, int stride, int* rows, float* weights, int count, float* sum)
    {
        Vector256<float> low = Vector256<float>.Zero, high = low;
        for (int n = 0; n < count; n++)
        {
            float* row = table + ((nint)rows[n] * stride);
            Vector256<float> w = Vector256.Create(weights[n]);
            low = Vector256.FusedMultiplyAdd(w, Vector256.Load(row), low);
            high = Vector256.FusedMultiplyAdd(w, Vector256.Load(row + 8), high);
        }

        low.Store(sum);
        high.Store(sum + 8);
    }
}
