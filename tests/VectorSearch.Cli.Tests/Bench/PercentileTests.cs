using VectorSearch.Cli.Bench;

namespace VectorSearch.Cli.Tests.Bench;

public class PercentileTests
{
    [Theory]
    [InlineData(100, 0.5, 51)]
    [InlineData(100, 0.99, 100)]
    [InlineData(1000, 0.99, 991)]
    [InlineData(1, 0.99, 1)]
    [InlineData(0, 0.99, 0)]
    [InlineData(10, 1, 10)]
    public void A_percentile_of_the_first_numbers_is_the_one_of_its_rank(int numbers, double share, double expected) =>
        Assert.Equal(expected, Percentile.Of([.. Enumerable.Range(1, numbers)], share));
}
