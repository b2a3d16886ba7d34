namespace VectorSearch.Learn.Tests.Regression;

public sealed class NumberBinsTests
{
    [Fact]
    public void A_number_fills_the_ranges_below_it_and_a_part_of_its_own()
    {
        NumberBins bins = NumberBins.Of([.. Enumerable.Range(0, 101).Select(n => new[] { (float)n })], 1)!;
        Assert.Equal(10, bins.Count);
        Assert.Equal([1, 1, 0.5f, 0, 0, 0, 0, 0, 0, 0], Fill(bins, 25));
        Assert.Equal([.. Enumerable.Repeat(0f, 10)], Fill(bins, -5));
        Assert.Equal([.. Enumerable.Repeat(1f, 10)], Fill(bins, 1e9f));
        Assert.Equal([.. Enumerable.Repeat(0f, 10)], Fill(bins, float.NaN));
    }

    [Fact]
    public void Ranges_hold_as_many_rows_each_and_a_column_of_two_values_has_none()
    {
        NumberBins bins = NumberBins.Of([.. Enumerable.Range(0, 1000).Select(n => new[] { n % 2, n < 500 ? 1f : n })], 2)!;
        Assert.Equal(5, bins.Count);
        Assert.Equal([1, 0.5f, 0, 0, 0], Fill(bins, 1, 650));
        Assert.Null(NumberBins.Of([[1], [2], [1]], 1));
        Assert.Null(NumberBins.Of([[float.NaN], [float.NaN]], 1));
        Assert.Null(NumberBins.Of([[], []], 0));
    }

    private static float[] Fill(NumberBins bins, params float[] numbers)
    {
        float[] ranges = new float[bins.Count];
        bins.Fill(numbers, ranges);
        return [.. ranges.Select(value => MathF.Round(value, 1))];
    }
}
