using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Regression;

public sealed class RidgeSolverTests
{
    [Theory]
    [InlineData(100, 5, 0.03)]
    [InlineData(60, 90, 1)]
    [InlineData(40, 0, 10)]
    public void What_is_solved_satisfies_the_equations_however_small_the_penalty(int rows, int columns, double penalty)
    {
        Xoshiro256 random = new(TestSeed.Value, 77);
        const int Words = 20, Features = 30;
        float[][] numbers = new float[rows][];
        FeatureBag[] bags = new FeatureBag[rows];
        double[] y = new double[rows], x = new double[rows];
        for (int n = 0; n < rows; n++)
        {
            (numbers[n], y[n]) = (new float[columns], random.NextNormal());
            foreach (ref float value in numbers[n].AsSpan()) value = 3 * random.NextNormal();
            int[] some = [.. Enumerable.Range(0, Features).Where(_ => random.NextInt(3) == 0)];
            bags[n] = new FeatureBag(some, [.. some.Select(_ => 0.3f * random.NextNormal())]);
        }

        RidgeKernel kernel = new RidgeKernel(new RidgeInputs(bags, numbers, Words, Features), 1).Weigh(2);
        new RidgeSolver(numbers).Solve(kernel, penalty, y, x);
        for (int n = 0; n < rows; n++)
        {
            double left = penalty * x[n];
            for (int m = 0; m < rows; m++) left += Product(n, m) * x[m];
            Assert.True(Math.Abs(left - y[n]) < 1e-3, $"row {n}: {left} for {y[n]}; {TestSeed.Describe}");
        }

        double Product(int n, int m)
        {
            double sum = FixedLanes.Dot(numbers[n], numbers[m]);
            for (int e = 0; e < bags[n].Rows.Length; e++)
            {
                int at = Array.IndexOf(bags[m].Rows, bags[n].Rows[e]);
                if (at >= 0) sum += (bags[n].Rows[e] < Words ? 4 : 1) * bags[n].Weights[e] * bags[m].Weights[at];
            }

            return sum;
        }
    }
}
