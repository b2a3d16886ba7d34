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
        float[][] numbers = new float[rows][], words = new float[rows][], kernel = new float[rows][];
        double[] y = new double[rows], x = new double[rows];
        for (int n = 0; n < rows; n++)
        {
            (numbers[n], words[n], y[n]) = (new float[columns], new float[30], random.NextNormal());
            foreach (ref float value in numbers[n].AsSpan()) value = 3 * random.NextNormal();
            foreach (ref float value in words[n].AsSpan()) value = 0.2f * random.NextNormal();
        }

        for (int n = 0; n < rows; n++) kernel[n] = [.. Enumerable.Range(0, rows).Select(m => FixedLanes.Dot(numbers[n], numbers[m]) + FixedLanes.Dot(words[n], words[m]))];
        new RidgeSolver(numbers, 1).Solve(kernel, penalty, y, x);
        for (int n = 0; n < rows; n++)
        {
            double left = penalty * x[n];
            for (int m = 0; m < rows; m++) left += kernel[n][m] * x[m];
            Assert.True(Math.Abs(left - y[n]) < 1e-3, $"row {n}: {left} for {y[n]}; {TestSeed.Describe}");
        }
    }
}
