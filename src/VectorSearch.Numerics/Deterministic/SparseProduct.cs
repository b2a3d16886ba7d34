using System.Runtime.Intrinsics;

namespace VectorSearch.Numerics;

/// <summary>
/// Weighted sums of rows of a table, the step of every graph convolution. Each output coordinate is one chain of fused
/// multiply-adds in the order of the indices, so its bits are the same on every machine.
/// </summary>
public static unsafe class SparseProduct
{
    /// <summary>sum ← Σₙ weights[indices[n]] · table[indices[n]], over rows of <paramref name="stride"/> floats.</summary>
    /// <param name="table">Rows, each <paramref name="stride"/> floats.</param>
    /// <param name="stride">A multiple of 16.</param>
    /// <param name="indices">Which rows.</param>
    /// <param name="weights">A weight for every row of the table.</param>
    /// <param name="scale">Multiplies the sum at the end.</param>
    /// <param name="sum">Receives the sum.</param>
    public static void WeightedSum(float* table, int stride, ReadOnlySpan<int> indices, float* weights, float scale, float* sum)
    {
        int at = 0;
        fixed (int* rows = indices)
        {
            for (; at + 64 <= stride; at += 64) Sum64(table + at, stride, rows, indices.Length, weights, scale, sum + at);
            for (; at < stride; at += 16) Sum16(table + at, stride, rows, indices.Length, weights, scale, sum + at);
        }
    }

    private static void Sum64(float* table, int stride, int* rows, int count, float* weights, float scale, float* sum)
    {
        Vector256<float> s0 = Vector256<float>.Zero, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        for (int n = 0; n < count; n++)
        {
            float* row = table + ((nint)rows[n] * stride);
            Vector256<float> w = Vector256.Create(weights[rows[n]]);
            s0 = Vector256.FusedMultiplyAdd(w, Vector256.Load(row), s0);
            s1 = Vector256.FusedMultiplyAdd(w, Vector256.Load(row + 8), s1);
            s2 = Vector256.FusedMultiplyAdd(w, Vector256.Load(row + 16), s2);
            s3 = Vector256.FusedMultiplyAdd(w, Vector256.Load(row + 24), s3);
            s4 = Vector256.FusedMultiplyAdd(w, Vector256.Load(row + 32), s4);
            s5 = Vector256.FusedMultiplyAdd(w, Vector256.Load(row + 40), s5);
            s6 = Vector256.FusedMultiplyAdd(w, Vector256.Load(row + 48), s6);
            s7 = Vector256.FusedMultiplyAdd(w, Vector256.Load(row + 56), s7);
        }

        Vector256<float> c = Vector256.Create(scale);
        (c * s0).Store(sum);
        (c * s1).Store(sum + 8);
        (c * s2).Store(sum + 16);
        (c * s3).Store(sum + 24);
        (c * s4).Store(sum + 32);
        (c * s5).Store(sum + 40);
        (c * s6).Store(sum + 48);
        (c * s7).Store(sum + 56);
    }

    private static void Sum16(float* table, int stride, int* rows, int count, float* weights, float scale, float* sum)
    {
        Vector256<float> low = Vector256<float>.Zero, high = low;
        for (int n = 0; n < count; n++)
        {
            float* row = table + ((nint)rows[n] * stride);
            Vector256<float> w = Vector256.Create(weights[rows[n]]);
            low = Vector256.FusedMultiplyAdd(w, Vector256.Load(row), low);
            high = Vector256.FusedMultiplyAdd(w, Vector256.Load(row + 8), high);
        }

        Vector256<float> c = Vector256.Create(scale);
        (c * low).Store(sum);
        (c * high).Store(sum + 8);
    }
}
