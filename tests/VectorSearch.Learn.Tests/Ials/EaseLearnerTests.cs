using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed unsafe class EaseLearnerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(150)]
    public void A_matrix_times_its_inverse_is_one(int n)
    {
        Xoshiro256 random = new(TestSeed.Value, (ulong)n);
        float[] x = [.. Enumerable.Range(0, n * n).Select(_ => random.NextNormal())], a = new float[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int p = 0; p < n; p++) a[(i * n) + j] += x[(i * n) + p] * x[(j * n) + p] / n;
            }

            a[(i * n) + i] += 1;
        }

        float[] one = [.. a], three = [.. a];
        fixed (float* pOne = one, pThree = three)
        {
            Assert.True(SymmetricInverse.TryInvert(pOne, n, 1));
            Assert.True(SymmetricInverse.TryInvert(pThree, n, 3));
        }

        Assert.Equal(one, three);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = 0;
                for (int p = 0; p < n; p++) sum += (double)a[(i * n) + p] * one[(p * n) + j];
                Assert.Equal(i == j ? 1 : 0, sum, 1e-4);
            }
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.4, 0)]
    [InlineData(0.2, 0.5)]
    public void Weights_fulfil_the_optimality_condition_with_a_zero_diagonal(double dropout, double balance)
    {
        InteractionDataset data = Samples.Grouped(60, 20, 6);
        const double Lambda = 3;
        EaseOptions options = new() { Regularisation = Lambda, Dropout = dropout, UserBalance = balance };
        VectorTable weights = EaseLearner.Train(data, options).Question("history").Items;
        double mean = data.InteractionCount / 60.0;
        double[,] gram = new double[20, 20];
        for (int user = 0; user < 60; user++)
        {
            foreach (int i in data.ItemsOf(user))
            {
                foreach (int j in data.ItemsOf(user)) gram[i, j] += Math.Pow(data.ItemsOf(user).Length / mean, -balance);
            }
        }

        // Row j of the table is column j of B: (G + Λ)b must equal g off the diagonal, where the constraint acts.
        for (int j = 0; j < 20; j++)
        {
            Assert.Equal(0, weights[j][j]);
            for (int i = 0; i < 20; i++)
            {
                if (i == j) continue;
                double left = (Lambda + (dropout / (1 - dropout) * gram[i, i])) * weights[j][i];
                for (int p = 0; p < 20; p++) left += gram[i, p] * weights[j][p];
                Assert.Equal(gram[i, j], left, 1e-2);
            }
        }
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        InteractionDataset data = Samples.Grouped(200, 70, 6);
        EaseOptions options = new() { Regularisation = 5, Dropout = 0.3, UserBalance = 0.5 };

        float[][] weights = [.. new[] { 1, 2, 4 }.Select(threads => EaseLearner.Train(data, options with { Threads = threads }).Question("history").Items.ToCompact(70))];

        Assert.Equal(weights[0], weights[1]);
        Assert.Equal(weights[0], weights[2]);
    }

    [Fact]
    public void Options_out_of_range_are_all_named()
    {
        EaseOptions wrong = new() { Regularisation = 0, Dropout = 1, UserBalance = double.NaN };

        ArgumentException fault = Assert.Throws<ArgumentException>(() => EaseLearner.Train(Samples.Grouped(60, 20, 6), wrong));

        foreach (string part in new[] { "Regularisation is 0", "Dropout is 1", "UserBalance is NaN" }) Assert.Contains(part, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_items_than_memory_holds_are_refused_with_the_estimate()
    {
        InteractionDatasetBuilder builder = new();
        builder.Add(0, 0);
        InteractionDataset data = builder.Build(Samples.Names("u", 1), Samples.Names("i", 300_000));

        LearningException fault = Assert.Throws<LearningException>(() => EaseLearner.Train(data, new EaseOptions()));

        Assert.Contains("1080.0 GB", fault.Message, StringComparison.Ordinal);
    }
}
