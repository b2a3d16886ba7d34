using VectorSearch.Testing;

namespace VectorSearch.Numerics.Tests;

/// <summary>Every width against a reference in double precision, within the stated bound.</summary>
public sealed unsafe class KernelPathsTests
{
    private const int LongestDimension = 300;

    /// <summary>The four widths; the wide ones run in software where the CPU lacks them.</summary>
    public static TheoryData<int> Widths => [0, 128, 256, 512];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Dot_is_within_the_bound_at_every_dimension(int width)
    {
        Random random = TestSeed.Random(1);
        for (int n = 0; n <= LongestDimension; n++)
        {
            float[] x = Vector(random, n), y = Vector(random, n);
            double exact = 0, absolute = 0;
            for (int i = 0; i < n; i++)
            {
                exact += (double)x[i] * y[i];
                absolute += Math.Abs((double)x[i] * y[i]);
            }

            AssertWithin(exact, Dot(width, x, y), VectorMath.ErrorBound(n, absolute), n);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Squared_distance_is_within_the_bound_at_every_dimension(int width)
    {
        Random random = TestSeed.Random(2);
        for (int n = 0; n <= LongestDimension; n++)
        {
            float[] x = Vector(random, n), y = Vector(random, n);
            double exact = 0;
            for (int i = 0; i < n; i++) exact += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
            AssertWithin(exact, SquaredDistance(width, x, y), VectorMath.ErrorBound(n, exact), n);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_bad_value_shows_up_whatever_lane_it_is_in(int width)
    {
        foreach (float bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            for (int lane = 0; lane < 70; lane++)
            {
                float[] x = new float[70], y = new float[70];
                Array.Fill(y, 1f);
                x[lane] = bad;
                Assert.False(float.IsFinite(Dot(width, x, y)), $"{bad} in lane {lane} vanished from the dot product");
                Assert.False(float.IsFinite(SquaredDistance(width, x, y)), $"{bad} in lane {lane} vanished from the distance");
                Assert.False(VectorMath.AllFinite(x));
            }
        }
    }

    [Fact]
    public void The_dispatching_entry_agrees_with_one_of_the_paths()
    {
        Random random = TestSeed.Random(3);
        float[] x = Vector(random, 131), y = Vector(random, 131);
        Assert.Contains(VectorMath.Dot(x, y), new[] { Dot(0, x, y), Dot(128, x, y), Dot(256, x, y), Dot(512, x, y) });
        Assert.Contains(
            VectorMath.SquaredDistance(x, y),
            new[] { SquaredDistance(0, x, y), SquaredDistance(128, x, y), SquaredDistance(256, x, y), SquaredDistance(512, x, y) });
    }

    [Fact]
    public void Vectors_of_different_length_are_refused()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => VectorMath.Dot(new float[3], new float[4]));
        Assert.Contains("3 and 4", error.Message, StringComparison.Ordinal);
    }

    private static float Dot(int width, float[] x, float[] y)
    {
        fixed (float* px = x, py = y)
        {
            return width switch
            {
                512 => Kernels512.Dot(px, py, x.Length),
                256 => Kernels256.Dot(px, py, x.Length),
                128 => Kernels128.Dot(px, py, x.Length),
                _ => ScalarKernels.Dot(px, py, x.Length),
            };
        }
    }

    private static float SquaredDistance(int width, float[] x, float[] y)
    {
        fixed (float* px = x, py = y)
        {
            return width switch
            {
                512 => Kernels512.SquaredDistance(px, py, x.Length),
                256 => Kernels256.SquaredDistance(px, py, x.Length),
                128 => Kernels128.SquaredDistance(px, py, x.Length),
                _ => ScalarKernels.SquaredDistance(px, py, x.Length),
            };
        }
    }

    private static float[] Vector(Random random, int n)
    {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) x[i] = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-3, 3)));
        return x;
    }

    private static void AssertWithin(double exact, float got, double bound, int n) =>
        Assert.True(Math.Abs(exact - got) <= bound, $"n = {n}: expected {exact} ± {bound}, got {got}; {TestSeed.Describe}");
}
