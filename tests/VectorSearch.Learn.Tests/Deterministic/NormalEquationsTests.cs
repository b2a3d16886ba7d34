using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed unsafe class NormalEquationsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(33)]
    [InlineData(64)]
    public void Solving_gives_back_what_the_right_hand_side_was_made_from(int dimension)
    {
        Xoshiro256 random = new(TestSeed.Value, (ulong)dimension);
        int stride = NormalEquations.Stride(dimension), rows = dimension * 3;
        float[] x = new float[rows * stride], a = new float[stride * stride], b = new float[stride];
        double[] truth = [.. Enumerable.Range(0, dimension).Select(_ => (double)random.NextNormal())];
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < dimension; i++) x[(row * stride) + i] = random.NextNormal();
        }

        fixed (float* px = x, pa = a, pb = b)
        {
            NormalEquations.AddGram(px, rows, stride, pa);
            for (int i = 0; i < dimension; i++)
            {
                a[(i * stride) + i] += 1;
                for (int j = 0; j < dimension; j++)
                    b[i] += (float)(truth[j] * a[(Math.Min(i, j) * stride) + Math.Max(i, j)]);
            }

            Assert.True(NormalEquations.TryFactor(pa, dimension, stride));
            NormalEquations.Solve(pa, dimension, stride, pb);
        }

        for (int i = 0; i < dimension; i++) Assert.Equal(truth[i], b[i], 3);
        for (int i = dimension; i < stride; i++) Assert.Equal(0, b[i]);
    }

    [Fact]
    public void A_matrix_that_is_not_positive_definite_is_refused()
    {
        float[] a = new float[16 * 16];
        fixed (float* pa = a) Assert.False(NormalEquations.TryFactor(pa, 3, 16));
        a[0] = float.NaN;
        fixed (float* pa = a) Assert.False(NormalEquations.TryFactor(pa, 3, 16));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(4, 16, 8)]
    [InlineData(7, 33, 19)]
    [InlineData(13, 5, 64)]
    public void Every_output_of_a_product_is_one_chain_of_fused_multiply_adds(int rows, int columns, int inner)
    {
        Xoshiro256 random = new(TestSeed.Value, 3);
        float[] a = [.. Enumerable.Range(0, rows * inner).Select(_ => random.NextNormal())];
        float[] b = [.. Enumerable.Range(0, inner * columns).Select(_ => random.NextNormal())];
        float[] c = [.. Enumerable.Range(0, rows * columns).Select(_ => random.NextNormal())];
        float[] expected = [.. c];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                for (int p = 0; p < inner; p++)
                    expected[(i * columns) + j] = MathF.FusedMultiplyAdd(a[(i * inner) + p], b[(p * columns) + j], expected[(i * columns) + j]);
            }
        }

        float[] transposed = new float[b.Length];
        for (int p = 0; p < inner; p++)
        {
            for (int j = 0; j < columns; j++) transposed[(j * inner) + p] = b[(p * columns) + j];
        }

        float[] packed = new float[Gemm.PackedLength(columns, inner)], again = [.. c];
        fixed (float* pa = a, pb = b, pt = transposed, pp = packed, pc = c, pg = again)
        {
            Gemm.Pack(pb, columns, 1, inner, columns, pp);
            Gemm.Multiply(pa, inner, 1, pp, pc, columns, rows, inner, columns, accumulate: true);
            Gemm.Pack(pt, 1, inner, inner, columns, pp);
            Gemm.Multiply(pa, inner, 1, pp, pg, columns, rows, inner, columns, accumulate: true);
        }

        Assert.Equal(expected, c);
        Assert.Equal(expected, again);
    }

    [Fact]
    public void The_best_scores_come_in_order_with_ties_by_index()
    {
        Xoshiro256 random = new(TestSeed.Value, 4);
        for (int length = 0; length < 70; length++)
        {
            float[] scores = [.. Enumerable.Range(0, length).Select(_ => random.NextInt(9) is 0 ? float.NegativeInfinity : random.NextInt(12))];
            int[] top = new int[10];

            int count = TopK.Select(scores, top);

            int[] expected = [.. Enumerable.Range(0, length).Where(i => !float.IsNegativeInfinity(scores[i]))
                .OrderByDescending(i => scores[i]).ThenBy(i => i).Take(10)];
            Assert.Equal(expected, top[..count]);
        }
    }

    [Fact]
    public void A_dot_product_has_the_same_bits_as_its_written_order()
    {
        Xoshiro256 random = new(TestSeed.Value, 5);
        for (int length = 0; length < 70; length++)
        {
            float[] x = [.. Enumerable.Range(0, length).Select(_ => random.NextNormal())];
            float[] y = [.. Enumerable.Range(0, length).Select(_ => random.NextNormal())];
            float[] lanes = new float[FixedLanes.Count];
            for (int i = 0; i < length; i++) lanes[i % FixedLanes.Count] = MathF.FusedMultiplyAdd(x[i], y[i], lanes[i % FixedLanes.Count]);
            for (int half = FixedLanes.Count / 2; half >= 1; half /= 2)
            {
                for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
            }

            Assert.Equal(lanes[0], FixedLanes.Dot(x, y));
        }
    }
}
