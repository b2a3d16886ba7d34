using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace VectorSearch.Numerics;

/// <summary>
/// The small dense systems of least squares: accumulate a Gram matrix, factor it, solve. Symmetric matrices are held
/// as the upper triangle of a row-major square whose stride is the dimension padded to <see cref="Lanes"/>; padding
/// columns hold zeros. Every number is made by one chain of operations in a fixed order, whatever the vector width.
/// </summary>
public static unsafe class NormalEquations
{
    /// <summary>Row strides are multiples of this many floats.</summary>
    public const int Lanes = 16;

    /// <summary>The stride of rows of the given dimension.</summary>
    public static int Stride(int dimension) => (dimension + Lanes - 1) / Lanes * Lanes;

    /// <summary>
    /// A ← A + XᵀX on the upper triangle (whole tiles of 4 × 16 that touch it), where X is count × stride, row-major.
    /// </summary>
    public static void AddGram(float* x, int count, int stride, float* a)
    {
        Debug.Assert(stride % Lanes == 0);
        for (int i = 0; i < stride; i += 4)
        {
            for (int j = i / Lanes * Lanes; j < stride; j += Lanes) GramTile(x, count, stride, i, j, a);
        }
    }

    /// <summary>
    /// Factors A = UᵀU in place (Cholesky; Golub and Van Loan, Matrix Computations, algorithm 4.2.2, outer-product form
    /// in blocks of four rows), and clears what a whole lane holds left of the diagonal. False when A is not positive
    /// definite; A is then spoilt.
    /// </summary>
    public static bool TryFactor(float* a, int dimension, int stride)
    {
        for (int k = 0; k < dimension; k += 4)
        {
            int block = Math.Min(4, dimension - k);
            for (int p = k; p < k + block; p++)
            {
                float* row = a + ((nint)p * stride);
                for (int q = k; q < p; q++) SubtractScaled(a + ((nint)q * stride), a[((nint)q * stride) + p], row, p, stride);
                float pivot = row[p];
                // Also false for NaN.
                if (!(pivot > 0)) return false;
                Scale(row, 1 / MathF.Sqrt(pivot), p, stride);
                for (int j = p / 8 * 8; j < p; j++) row[j] = 0;
            }

            if (block == 4) SubtractRankFour(a, k, dimension, stride);
        }

        return true;
    }

    /// <summary>
    /// Solves UᵀU x = b in place of b, with U from <see cref="TryFactor"/>. b has the length of a row; its padding must
    /// be zero and stays so.
    /// </summary>
    public static void Solve(float* u, int dimension, int stride, float* b)
    {
        for (int i = 0; i < dimension; i++)
        {
            float* row = u + ((nint)i * stride);
            float y = b[i] / row[i];
            SubtractScaled(row, y, b, i, stride);
            b[i] = y;
        }

        for (int i = dimension - 1; i >= 0; i--)
        {
            float* row = u + ((nint)i * stride);
            float y = b[i];
            b[i] = 0;
            Vector256<float> sum = Vector256<float>.Zero;
            for (int j = i / 8 * 8; j < stride; j += 8)
                sum = Vector256.FusedMultiplyAdd(Vector256.Load(row + j), Vector256.Load(b + j), sum);
            b[i] = (y - FixedLanes.Sum(sum)) / row[i];
        }
    }

    private static void GramTile(float* x, int count, int stride, int i, int j, float* a)
    {
        float* a0 = a + ((nint)i * stride) + j;
        float* a1 = a0 + stride;
        float* a2 = a1 + stride;
        float* a3 = a2 + stride;
        Vector256<float> c00 = Vector256.Load(a0), c01 = Vector256.Load(a0 + 8);
        Vector256<float> c10 = Vector256.Load(a1), c11 = Vector256.Load(a1 + 8);
        Vector256<float> c20 = Vector256.Load(a2), c21 = Vector256.Load(a2 + 8);
        Vector256<float> c30 = Vector256.Load(a3), c31 = Vector256.Load(a3 + 8);
        for (int n = 0; n < count; n++)
        {
            Vector256<float> left = Vector256.Load(x + j);
            Vector256<float> right = Vector256.Load(x + j + 8);
            Vector256<float> s = Vector256.Create(x[i]);
            c00 = Vector256.FusedMultiplyAdd(s, left, c00);
            c01 = Vector256.FusedMultiplyAdd(s, right, c01);
            s = Vector256.Create(x[i + 1]);
            c10 = Vector256.FusedMultiplyAdd(s, left, c10);
            c11 = Vector256.FusedMultiplyAdd(s, right, c11);
            s = Vector256.Create(x[i + 2]);
            c20 = Vector256.FusedMultiplyAdd(s, left, c20);
            c21 = Vector256.FusedMultiplyAdd(s, right, c21);
            s = Vector256.Create(x[i + 3]);
            c30 = Vector256.FusedMultiplyAdd(s, left, c30);
            c31 = Vector256.FusedMultiplyAdd(s, right, c31);
            x += stride;
        }

        c00.Store(a0);
        c01.Store(a0 + 8);
        c10.Store(a1);
        c11.Store(a1 + 8);
        c20.Store(a2);
        c21.Store(a2 + 8);
        c30.Store(a3);
        c31.Store(a3 + 8);
    }

    /// <summary>row[from…] ← row − scale · source, whole lanes; what this leaves left of the diagonal is not read.</summary>
    private static void SubtractScaled(float* source, float scale, float* row, int from, int stride)
    {
        Vector256<float> s = Vector256.Create(-scale);
        for (int j = from / 8 * 8; j < stride; j += 8)
            Vector256.FusedMultiplyAdd(s, Vector256.Load(source + j), Vector256.Load(row + j)).Store(row + j);
    }

    private static void Scale(float* row, float scale, int from, int stride)
    {
        Vector256<float> s = Vector256.Create(scale);
        for (int j = from / 8 * 8; j < stride; j += 8) (s * Vector256.Load(row + j)).Store(row + j);
    }

    private static void SubtractRankFour(float* a, int k, int dimension, int stride)
    {
        float* u0 = a + ((nint)k * stride);
        float* u1 = u0 + stride;
        float* u2 = u1 + stride;
        float* u3 = u2 + stride;
        for (int i = k + 4; i < dimension; i++)
        {
            float* row = a + ((nint)i * stride);
            Vector256<float> s0 = Vector256.Create(-u0[i]), s1 = Vector256.Create(-u1[i]);
            Vector256<float> s2 = Vector256.Create(-u2[i]), s3 = Vector256.Create(-u3[i]);
            for (int j = i / 8 * 8; j < stride; j += 8)
            {
                Vector256<float> r = Vector256.Load(row + j);
                r = Vector256.FusedMultiplyAdd(s0, Vector256.Load(u0 + j), r);
                r = Vector256.FusedMultiplyAdd(s1, Vector256.Load(u1 + j), r);
                r = Vector256.FusedMultiplyAdd(s2, Vector256.Load(u2 + j), r);
                r = Vector256.FusedMultiplyAdd(s3, Vector256.Load(u3 + j), r);
                r.Store(row + j);
            }
        }
    }
}
