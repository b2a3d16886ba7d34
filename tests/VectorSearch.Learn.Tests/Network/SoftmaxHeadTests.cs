using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed class SoftmaxHeadTests
{
    private const int Users = 5, Items = 40, Dimension = 6;
    private static readonly int Stride = NormalEquations.Stride(Dimension);
    private static readonly int[][] Positives = [[3, 7], [39], [0, 1, 2], [5, 39], [7]];
    private static readonly float[] Weights = [0.5f, 1, 0.2f, 0.7f, 1.5f];
    private static readonly float[] Bias = [.. Enumerable.Range(0, Items).Select(item => MathF.Log(1 + (item * item % 17)))];

    [Theory]
    [InlineData(true, true, false)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, false)]
    [InlineData(true, true, true)]
    [InlineData(true, false, true)]
    public void Gradients_equal_finite_differences(bool cosine, bool compete, bool biased)
    {
        float[]? bias = biased ? Bias : null;
        SoftmaxForm form = new(cosine, cosine ? 4 : 1, compete);
        float[] users = Random(Users, 1), items = Random(Items, 2);
        int[] candidates = [.. Enumerable.Range(0, Items).Where(item => item % 3 != 1)];

        (_, float[] userGradient, float[] itemGradient) = Run(form, users, items, candidates, null, bias);

        const float Step = 1e-2f;
        for (int row = 0; row < Users; row++) Check(users, userGradient, (row * Stride) + (row % Dimension));
        foreach (int row in new[] { 0, 3, 7, 10, 39, 1 }) Check(items, itemGradient, (row * Stride) + (row % Dimension));

        void Check(float[] values, float[] gradient, int at)
        {
            float kept = values[at];
            values[at] = kept + Step;
            double up = Run(form, users, items, candidates, null, bias).Loss;
            values[at] = kept - Step;
            double down = Run(form, users, items, candidates, null, bias).Loss;
            values[at] = kept;
            Assert.Equal((up - down) / (2 * Step), gradient[at], 2e-3);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_full_softmax_is_that_of_its_formula(bool biased)
    {
        float[] users = Random(Users, 1), items = Random(Items, 2);
        double expected = 0;
        for (int u = 0; u < Users; u++)
        {
            double[] s = [.. Enumerable.Range(0, Items).Select(i => (double)FixedLanes.Dot(users.AsSpan(u * Stride, Stride), items.AsSpan(i * Stride, Stride)) + (biased ? Bias[i] : 0))];
            double log = Math.Log(s.Sum(Math.Exp));
            expected += Positives[u].Sum(p => Weights[u] * (log - s[p]));
        }

        Assert.Equal(expected, Run(new SoftmaxForm(false, 1, true), users, items, [.. Enumerable.Range(0, Items)], null, biased ? Bias : null).Loss, 1e-4);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.7, false)]
    [InlineData(0.7, true)]
    public void The_sampled_softmax_converges_to_the_full_one(double power, bool biased)
    {
        float[]? bias = biased ? Bias : null;
        float[] users = Random(Users, 1), items = Random(Items, 2);
        SoftmaxForm form = new(false, 1, true);
        (double full, float[] fullGradient, _) = Run(form, users, items, [.. Enumerable.Range(0, Items)], null, bias);
        int[] counts = [.. Enumerable.Range(0, Items).Select(i => 1 + (i * i % 17))];
        (double Mean, double Spread)[] errors = [.. new[] { 6, 20, 36, 40 }.Select(wanted => Errors(new CandidateSampler(counts, wanted, power)))];

        for (int n = 1; n < errors.Length; n++) Assert.True(errors[n].Spread < errors[n - 1].Spread, $"spreads {string.Join(", ", errors)}; {TestSeed.Describe}");
        Assert.Equal(0, errors[3].Spread, 1e-6);
        Assert.True(Math.Abs(errors[1].Mean) < 0.05 * full, $"bias {errors[1].Mean} of {full}; {TestSeed.Describe}");
        Assert.NotEqual(0, fullGradient[0]);

        (double, double) Errors(CandidateSampler sampler)
        {
            Xoshiro256 random = new(TestSeed.Value, 7);
            double[] errors = [.. Enumerable.Range(0, 300).Select(_ => Run(form, users, items, sampler.Draw(ref random), sampler, bias).Loss - full)];
            return (errors.Average(), Math.Sqrt(errors.Average(error => error * error)));
        }
    }

    [Fact]
    public void A_batch_leaves_nothing_behind_for_the_next()
    {
        float[] users = Random(Users, 1), items = Random(Items, 2), gradient = new float[items.Length];
        SoftmaxForm form = new(true, 4, false);
        SoftmaxHead used = new(form, Stride, Items, 1);
        used.Run([.. users], Users, Positives, Weights, items, [1, 2, 3, 4, 30, 31, 32], null, gradient);

        double again = used.Run([.. users], Users, Positives, Weights, items, [0, 8, 9], null, gradient);

        Assert.Equal(Run(form, users, items, [0, 8, 9], null).Loss, again);
    }

    [Fact]
    public void Candidates_are_drawn_with_their_probabilities()
    {
        int[] counts = [.. Enumerable.Range(0, 50).Select(i => i == 0 ? 0 : i == 1 ? 10_000 : i)];
        CandidateSampler sampler = new(counts, 10, 1);
        Xoshiro256 random = new(TestSeed.Value, 8);
        int[] drawn = new int[50];
        for (int n = 0; n < 4000; n++)
        {
            foreach (int item in sampler.Draw(ref random)) drawn[item]++;
        }

        Assert.Equal(0, drawn[0]);
        Assert.Equal(4000, drawn[1]);
        for (int item = 2; item < 50; item++) Assert.Equal(sampler.Probability(item), drawn[item] / 4000.0, 0.05);
        Assert.Equal(10, Enumerable.Range(0, 50).Sum(sampler.Probability), 1e-9);
    }

    [Fact]
    public void Exp_and_log_are_near_those_of_double_precision()
    {
        for (float x = -87; x < 88; x += 0.0371f)
            Assert.InRange(VectorFunctions.Exp(x) / Math.Exp(x), 1 - 3e-7, 1 + 3e-7);
        for (float x = 1e-30f; x < 1e30f; x *= 1.013f)
            Assert.InRange(VectorFunctions.Log(x) - Math.Log(x), -4e-7 * Math.Max(1, Math.Abs(Math.Log(x))), 4e-7 * Math.Max(1, Math.Abs(Math.Log(x))));
    }

    private static (double Loss, float[] Users, float[] Items) Run(
        SoftmaxForm form, float[] users, float[] items, int[] candidates, CandidateSampler? sampler, float[]? bias = null)
    {
        float[] batch = [.. users], gradient = new float[items.Length];
        double loss = new SoftmaxHead(form, Stride, Items, 2, bias).Run(batch, Users, Positives, Weights, items, candidates, sampler, gradient);
        return (loss, batch, gradient);
    }

    private static float[] Random(int rows, ulong salt) => new Parameter("p", rows, Dimension, false).Initialise(TestSeed.Value, salt, 0.7).Value;
}
