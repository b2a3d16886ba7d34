using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Symmetric InfoNCE between two kinds (van den Oord et al., 2018; the symmetric form of Radford et al., CLIP, ICML 2021): each row of
/// one kind is to find its row of the other among all of the batch, and the other way round. Rows of one group are all right
/// answers, in equal parts (Yang et al., UniCL, CVPR 2022): otherwise two pictures of a three would be told apart by the word three.
/// </summary>
internal static class ContrastiveLoss
{
    private const int Chunk = 16;

    /// <summary>The loss, and the gradients with respect to unit vectors and to the logarithm of the scale.</summary>
    /// <param name="a">Unit vectors of one kind, n × stride; replaced by the gradient.</param>
    /// <param name="b">Unit vectors of the other, n × stride; replaced by the gradient.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="groups">Group of each row.</param>
    /// <param name="scale">1/τ.</param>
    /// <param name="threads">Most threads.</param>
    /// <param name="scaleGradient">Gradient with respect to log(1/τ).</param>
    /// <returns>Mean over rows and both ways.</returns>
    public static double Run(float[] a, float[] b, int stride, ReadOnlySpan<int> groups, float scale, int threads, out double scaleGradient)
    {
        int n = groups.Length;
        int[] group = groups.ToArray();
        float[] cosines = new float[n * n], across = new float[n * n], gradient = new float[n * n];
        double[] losses = new double[n];
        DeterministicParallel.For(n, Chunk, threads, (from, to) =>
        {
            for (int i = from; i < to; i++)
            {
                for (int j = 0; j < n; j++) across[(j * n) + i] = cosines[(i * n) + j] = FixedLanes.Dot(a.AsSpan(i * stride, stride), b.AsSpan(j * stride, stride));
            }
        });
        float[] errors = [.. cosines], backErrors = across;
        DeterministicParallel.For(n, Chunk, threads, (from, to) =>
        {
            for (int i = from; i < to; i++) losses[i] = ToErrors(errors.AsSpan(i * n, n), group, i, scale) + ToErrors(backErrors.AsSpan(i * n, n), group, i, scale);
        });
        double loss = 0;
        scaleGradient = 0;
        for (int i = 0; i < n; i++)
        {
            loss += losses[i] / (2 * n);
            for (int j = 0; j < n; j++)
            {
                float error = (errors[(i * n) + j] + backErrors[(j * n) + i]) / (2 * n);
                gradient[(i * n) + j] = scale * error;
                scaleGradient += (double)scale * error * cosines[(i * n) + j];
            }
        }

        float[] vectorsA = [.. a], vectorsB = [.. b];
        DeterministicParallel.For(n, Chunk, threads, (from, to) =>
        {
            for (int i = from; i < to; i++)
            {
                Span<float> own = a.AsSpan(i * stride, stride), other = b.AsSpan(i * stride, stride);
                own.Clear();
                other.Clear();
                for (int j = 0; j < n; j++)
                {
                    FixedLanes.Add(own, gradient[(i * n) + j], vectorsB.AsSpan(j * stride, stride));
                    FixedLanes.Add(other, gradient[(j * n) + i], vectorsA.AsSpan(j * stride, stride));
                }
            }
        });
        return loss;
    }

    /// <summary>Replaces a row of cosines by softmax less target; returns the cross entropy.</summary>
    private static double ToErrors(Span<float> row, int[] groups, int own, float scale)
    {
        int same = 0;
        float right = 0;
        for (int j = 0; j < row.Length; j++)
        {
            if (groups[j] != groups[own]) continue;
            same++;
            right += row[j];
        }

        // Cosines are at most 1, so scale is the greatest logit there may be.
        float total = VectorFunctions.ExpSum(row, scale, scale);
        for (int j = 0; j < row.Length; j++) row[j] = (row[j] / total) - (groups[j] == groups[own] ? 1f / same : 0);
        return VectorFunctions.Log(total) + scale - (scale * right / same);
    }
}
