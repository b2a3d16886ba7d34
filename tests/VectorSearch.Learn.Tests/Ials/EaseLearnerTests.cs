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

    [Fact]
    public void Weights_fulfil_the_optimality_condition_with_a_zero_diagonal()
    {
        InteractionDataset data = Samples.Grouped(60, 20, 6);
        const double Lambda = 3;
        VectorTable weights = EaseLearner.Train(data, new EaseOptions { Regularisation = Lambda }).Question("history").Items;
        double[,] gram = new double[20, 20];
        for (int user = 0; user < 60; user++)
        {
            foreach (int i in data.ItemsOf(user))
            {
                foreach (int j in data.ItemsOf(user)) gram[i, j]++;
            }
        }

        // Row j of the table is column j of B: (G + λI)b must equal g off the diagonal, where the constraint acts.
        for (int j = 0; j < 20; j++)
        {
            Assert.Equal(0, weights[j][j]);
            for (int i = 0; i < 20; i++)
            {
                if (i == j) continue;
                double left = Lambda * weights[j][i];
                for (int p = 0; p < 20; p++) left += gram[i, p] * weights[j][p];
                Assert.Equal(gram[i, j], left, 1e-2);
            }
        }
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
