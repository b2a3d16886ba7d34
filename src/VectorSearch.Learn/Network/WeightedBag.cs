using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Sparse input with a weight for each entry: the value of an example is Σ w·e over the rows of its bag. A step costs what the
/// examples hold, whatever the number of rows.
/// </summary>
internal sealed unsafe class WeightedBag(Parameter table, int threads)
{
    private const int Chunk = 32;
    private readonly RowGroups _groups = new(table.Rows);

    /// <summary>Values of a batch, written over the first padded columns of rows of the given stride.</summary>
    public void Forward(FeatureBag[] bags, float[] values, int stride)
    {
        DeterministicParallel.For(bags.Length, Chunk, threads, (from, to) =>
        {
            fixed (float* rows = table.Value, sums = values)
            {
                for (int n = from; n < to; n++) WeightedRows.Sum(rows, table.Stride, bags[n].Rows, bags[n].Weights, sums + ((nint)n * stride));
            }
        });
    }

    /// <summary>Takes the gradient with respect to the values on to the rows.</summary>
    public void Backward(FeatureBag[] bags, float[] gradient, int stride)
    {
        int entries = bags.Sum(bag => bag.Rows.Length), at = 0;
        int[] rows = new int[entries], of = new int[entries];
        float[] weights = new float[entries];
        for (int n = 0; n < bags.Length; n++)
        {
            int length = bags[n].Rows.Length;
            bags[n].Rows.CopyTo(rows, at);
            bags[n].Weights.CopyTo(weights, at);
            Array.Fill(of, n, at, length);
            at += length;
        }

        _groups.Build(rows, of, weights);
        table.Touch(_groups.Distinct);
        DeterministicParallel.For(_groups.Distinct.Length, Chunk, threads, (from, to) =>
        {
            for (int n = from; n < to; n++)
            {
                Span<float> sum = table.Gradient.AsSpan(_groups.Distinct[n] * table.Stride, table.Columns);
                ReadOnlySpan<int> examples = _groups.ExamplesOf(n);
                ReadOnlySpan<float> factors = _groups.WeightsOf(n);
                for (int e = 0; e < examples.Length; e++) FixedLanes.Add(sum, factors[e], gradient.AsSpan(examples[e] * stride, table.Columns));
            }
        });
    }
}
