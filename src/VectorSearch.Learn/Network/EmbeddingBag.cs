using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Sparse input: an example is the list of its indices, and its value is the sum of their rows divided by the square
/// root of their number, so that long and short histories have values of like size. A step costs what the examples
/// hold, whatever the number of rows.
/// </summary>
internal sealed unsafe class EmbeddingBag(Parameter table, int threads)
{
    private const int Chunk = 32;
    private readonly RowGroups _groups = new(table.Rows);
    private readonly float[] _ones = Enumerable.Repeat(1f, table.Rows).ToArray();

    /// <summary>The rows.</summary>
    public Parameter Table => table;

    /// <summary>Values of a batch, batch × stride.</summary>
    public void Forward(int[][] examples, float[] values)
    {
        int stride = table.Stride;
        DeterministicParallel.For(examples.Length, Chunk, threads, (from, to) =>
        {
            fixed (float* rows = table.Value, ones = _ones, sums = values)
            {
                for (int n = from; n < to; n++)
                    SparseProduct.WeightedSum(rows, stride, examples[n], ones, Scale(examples[n].Length), sums + ((nint)n * stride));
            }
        });
    }

    /// <summary>Takes the gradient with respect to the values on to the rows.</summary>
    public void Backward(int[][] examples, float[] gradient)
    {
        int entries = examples.Sum(example => example.Length), at = 0, stride = table.Stride;
        int[] rows = new int[entries], of = new int[entries];
        float[] weights = new float[entries];
        for (int n = 0; n < examples.Length; n++)
        {
            foreach (int row in examples[n])
            {
                rows[at] = row;
                of[at] = n;
                weights[at++] = Scale(examples[n].Length);
            }
        }

        _groups.Build(rows, of, weights);
        table.Touch(_groups.Distinct);
        DeterministicParallel.For(_groups.Distinct.Length, Chunk, threads, (from, to) =>
        {
            for (int n = from; n < to; n++)
            {
                Span<float> sum = table.Gradient.AsSpan(_groups.Distinct[n] * stride, stride);
                ReadOnlySpan<int> users = _groups.ExamplesOf(n);
                ReadOnlySpan<float> factors = _groups.WeightsOf(n);
                for (int e = 0; e < users.Length; e++) FixedLanes.Add(sum, factors[e], gradient.AsSpan(users[e] * stride, stride));
            }
        });
    }

    /// <summary>1/√n.</summary>
    public static float Scale(int count) => count == 0 ? 0 : 1 / MathF.Sqrt(count);
}
