using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// The inner products of rows among themselves, K = γ² words·wordsᵀ + names·namesᵀ + numbers·numbersᵀ, never written out: K v = X (Xᵀ v)
/// takes a pass over what the rows contain, where the table of all pairs would grow with the square of the rows.
/// </summary>
internal sealed class RidgeKernel
{
    private const int ChunkFeatures = 1024, ChunkRows = 64;

    private readonly RidgeInputs _inputs;
    private readonly FeatureBag[] _rowsOf;
    private readonly double _wordSquare;
    private readonly int _threads;

    /// <summary>The kernel of rows with γ = 1.</summary>
    public RidgeKernel(RidgeInputs inputs, int threads)
        : this(inputs, Transpose(inputs), 1, threads)
    {
    }

    private RidgeKernel(RidgeInputs inputs, FeatureBag[] rowsOf, double wordSquare, int threads) =>
        (_inputs, _rowsOf, _wordSquare, _threads) = (inputs, rowsOf, wordSquare, threads);

    /// <summary>The kernel of the same rows with another γ.</summary>
    public RidgeKernel Weigh(double wordWeight) => new(_inputs, _rowsOf, wordWeight * wordWeight, _threads);

    /// <summary>K v.</summary>
    public double[] Multiply(double[] vector)
    {
        double[] features = new double[_rowsOf.Length], numbers = new double[_inputs.Numbers[0].Length], product = new double[vector.Length];
        DeterministicParallel.For(features.Length, ChunkFeatures, _threads, (from, to) =>
        {
            for (int f = from; f < to; f++) features[f] = Sum(_rowsOf[f], vector) * (f < _inputs.Words ? _wordSquare : 1);
        });
        for (int n = 0; n < vector.Length; n++)
        {
            float[] row = _inputs.Numbers[n];
            for (int c = 0; c < numbers.Length; c++) numbers[c] += vector[n] * row[c];
        }

        DeterministicParallel.For(product.Length, ChunkRows, _threads, (from, to) =>
        {
            for (int n = from; n < to; n++)
            {
                double sum = Sum(_inputs.Bags[n], features);
                float[] row = _inputs.Numbers[n];
                for (int c = 0; c < numbers.Length; c++) sum += row[c] * numbers[c];
                product[n] = sum;
            }
        });
        return product;
    }

    private static double Sum(FeatureBag bag, double[] values)
    {
        (int[] rows, float[] weights) = (bag.Rows, bag.Weights);
        double sum = 0;
        for (int e = 0; e < rows.Length; e++) sum += weights[e] * values[rows[e]];
        return sum;
    }

    /// <summary>For each feature the rows that have it, with their weights.</summary>
    private static FeatureBag[] Transpose(RidgeInputs inputs)
    {
        int[] counts = new int[inputs.Features];
        foreach (int feature in inputs.Bags.SelectMany(bag => bag.Rows)) counts[feature]++;
        FeatureBag[] rowsOf = [.. counts.Select(count => new FeatureBag(new int[count], new float[count]))];
        Array.Clear(counts);
        for (int n = 0; n < inputs.Bags.Length; n++)
        {
            FeatureBag bag = inputs.Bags[n];
            for (int e = 0; e < bag.Rows.Length; e++)
            {
                int at = counts[bag.Rows[e]]++;
                (rowsOf[bag.Rows[e]].Rows[at], rowsOf[bag.Rows[e]].Weights[at]) = (n, bag.Weights[e]);
            }
        }

        return rowsOf;
    }
}
