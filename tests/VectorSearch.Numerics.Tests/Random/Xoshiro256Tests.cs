namespace VectorSearch.Numerics.Tests;

public sealed class Xoshiro256Tests
{
    [Fact]
    public void The_same_seed_gives_the_same_numbers_and_another_seed_others()
    {
        Xoshiro256 a = new(7), b = new(7), c = new(8), d = new(7, 1);
        ulong first = a.NextUInt64();
        Assert.Equal(first, b.NextUInt64());
        Assert.NotEqual(first, c.NextUInt64());
        Assert.NotEqual(first, d.NextUInt64());
    }

    [Fact]
    public void The_first_numbers_never_change()
    {
        // Indexes and models on disk were drawn from this sequence.
        Xoshiro256 random = new(1);
        Assert.Equal([0xB3F2AF6D0FC710C5, 0x853B559647364CEA, 0x92F89756082A4514], [random.NextUInt64(), random.NextUInt64(), random.NextUInt64()]);
    }

    [Fact]
    public void Numbers_below_a_bound_are_uniform()
    {
        Xoshiro256 random = new(3);
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++) counts[random.NextInt(7)]++;
        Assert.All(counts, count => Assert.InRange(count, 9_500, 10_500));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextInt(0));
    }

    [Fact]
    public void Gaussians_have_mean_zero_and_variance_one()
    {
        Xoshiro256 random = new(4);
        double sum = 0, squares = 0;
        for (int i = 0; i < 100_000; i++)
        {
            double x = random.NextGaussian();
            sum += x;
            squares += x * x;
        }

        Assert.Equal(0, sum / 100_000, 0.02);
        Assert.Equal(1, squares / 100_000, 0.02);
    }

    [Fact]
    public void A_shuffle_is_a_permutation()
    {
        Xoshiro256 random = new(5);
        int[] items = [.. Enumerable.Range(0, 100)];
        random.Shuffle<int>(items);
        Assert.NotEqual(Enumerable.Range(0, 100), items);
        Assert.Equal(Enumerable.Range(0, 100), items.Order());
    }
}
