using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.MetricLearning;

public sealed class PairLossesTests
{
    private static readonly int[] Labels = [0, 1, 0, 2, 1, 0, 2];

    [Theory]
    [InlineData(MetricLoss.SupervisedContrastive)]
    [InlineData(MetricLoss.Triplet)]
    public void The_gradient_is_the_slope_of_the_loss(MetricLoss loss)
    {
        float[] cosines = Cosines(), gradient = (float[])cosines.Clone();
        Run(loss, gradient);
        const float Step = 1e-3f;
        for (int at = 0; at < cosines.Length; at++)
        {
            float[] up = (float[])cosines.Clone(), down = (float[])cosines.Clone();
            up[at] += Step;
            down[at] -= Step;
            double slope = (Run(loss, up) - Run(loss, down)) / (2 * Step);
            Assert.True(Math.Abs(slope - gradient[at]) < 5e-3, $"entry {at}: slope {slope}, gradient {gradient[at]}; {TestSeed.Describe}");
        }
    }

    [Fact]
    public void An_example_without_a_positive_in_its_batch_asks_for_nothing()
    {
        float[] cosines = [1, 0.5f, 0.5f, 1];
        Assert.Equal(0, PairLosses.SupervisedContrastive(cosines, [0, 1], 0.1f));
        Assert.All(cosines, value => Assert.Equal(0, value));
    }

    private static double Run(MetricLoss loss, float[] cosines) =>
        loss == MetricLoss.Triplet ? PairLosses.Triplet(cosines, Labels, 0.5f) : PairLosses.SupervisedContrastive(cosines, Labels, 0.3f);

    private static float[] Cosines()
    {
        // Spaced far enough apart that the small steps above change no order of mining.
        float[] cosines = [.. Enumerable.Range(0, Labels.Length * Labels.Length).Select(n => -0.9f + (1.8f * n / (Labels.Length * Labels.Length)))];
        new Xoshiro256(TestSeed.Value, 77).Shuffle(cosines.AsSpan());
        return cosines;
    }
}
