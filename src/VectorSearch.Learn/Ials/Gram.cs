using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>The scaled Gram matrix of a table, summed in a fixed number of blocks, so that threads do not change its bits.</summary>
internal static unsafe class Gram
{
    private const int Blocks = 32;

    /// <summary>scale · VᵀV on the upper triangle, stride × stride.</summary>
    public static float[] Of(VectorTable table, double scale, int threads, CancellationToken cancellationToken)
    {
        int size = table.Stride * table.Stride;
        int rows = Math.Max(1, (table.Rows + Blocks - 1) / Blocks);
        float[][] partial = new float[(table.Rows + rows - 1) / rows][];
        DeterministicParallel.For(
            table.Rows, rows, threads,
            (from, to) =>
            {
                float[] block = new float[size];
                fixed (float* values = table.Values, sum = block)
                    NormalEquations.AddGram(values + ((nint)from * table.Stride), to - from, table.Stride, sum);
                partial[from / rows] = block;
            },
            cancellationToken);
        float[] gram = new float[size];
        for (int i = 0; i < size; i++)
        {
            double sum = 0;
            foreach (float[] block in partial) sum += block[i];
            gram[i] = (float)(scale * sum);
        }

        return gram;
    }

    /// <summary>Copies the upper triangle to the lower.</summary>
    public static float[] Mirror(float[] gram, int stride)
    {
        for (int i = 0; i < stride; i++)
        {
            for (int j = 0; j < i; j++) gram[(i * stride) + j] = gram[(j * stride) + i];
        }

        return gram;
    }
}
