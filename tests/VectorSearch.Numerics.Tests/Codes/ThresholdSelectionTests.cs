using VectorSearch.Numerics.Codes;
using VectorSearch.Testing;

namespace VectorSearch.Numerics.Tests.Codes;

public sealed unsafe class ThresholdSelectionTests
{
    [Fact]
    public void At_least_k_numbers_and_few_more_are_within_the_threshold()
    {
        var random = TestSeed.Random(1);
        foreach (var n in new[] { 1, 2, 15, 16, 17, 100, 256 })
        {
            foreach (var k in new[] { 1, 3, 10, 100 }.Where(k => k <= n))
            {
                var values = Enumerable.Range(0, n).Select(_ => (float)((random.NextDouble() - 0.3) * 1e3)).ToArray();
                var within = values.Count(v => v <= Select(values, k));
                Assert.InRange(within, k, k + (k / 4));
            }
        }
    }

    [Fact]
    public void Equal_numbers_are_all_within()
    {
        Assert.Equal(7f, Select([.. Enumerable.Repeat(7f, 50)], 10));
        Assert.Equal(2f, Select([.. Enumerable.Repeat(1f, 9), .. Enumerable.Repeat(2f, 40)], 10), 1e-3f);
    }

    [Fact]
    public void Infinite_numbers_do_not_stretch_the_range()
    {
        float[] values = [3, float.PositiveInfinity, 1, 2, float.PositiveInfinity, 5, 4];
        Assert.Equal(2, values.Count(v => v <= Select(values, 2)));
        Assert.Equal(5f, Select(values, 5));
    }

    [Fact]
    public void The_numbers_at_most_a_threshold_are_found_in_their_order()
    {
        var random = TestSeed.Random(2);
        foreach (var n in new[] { 0, 8, 32, 256 })
        {
            var values = Enumerable.Range(0, n).Select(i => i % 7 == 3 ? float.PositiveInfinity : random.Next(-5, 6)).ToArray();
            var places = new int[n];
            foreach (var limit in new[] { float.NegativeInfinity, -5, 0.5f, 5, float.MaxValue })
            {
                int count;
                fixed (float* v = values)
                fixed (int* p = places) count = ThresholdSelection.AtMost(v, n, limit, p);
                Assert.Equal(Enumerable.Range(0, n).Where(i => values[i] <= limit), places[..count]);
            }
        }
    }

    private static float Select(float[] values, int k)
    {
        var room = new float[ThresholdSelection.Padded(values.Length)];
        values.CopyTo(room, 0);
        fixed (float* p = room) return ThresholdSelection.AtLeast(p, values.Length, k);
    }
}
