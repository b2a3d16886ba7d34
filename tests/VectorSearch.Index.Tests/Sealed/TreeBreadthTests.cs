using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;

namespace VectorSearch.Index.Tests.Sealed;

public sealed class TreeBreadthTests
{
    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 5)]
    [InlineData(3, 9)]
    [InlineData(4, 9)]
    [InlineData(5, 12)]
    [InlineData(1_000_000, 12)]
    public void Each_number_of_lists_takes_the_entry_of_the_next_power_of_two(int probes, int uppers) =>
        Assert.Equal(uppers, TreeBreadth.For([3, 5, 9, 12], probes));

    [Fact]
    public void Rows_near_a_line_need_few_upper_lists_and_rows_without_structure_most_of_them()
    {
        var random = VectorSearch.Testing.TestSeed.Random(5);
        using var line = Build(i => [i * 0.01f, random.NextSingle(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        using var noise = Build(_ => [.. Enumerable.Range(0, 12).Select(_ => random.NextSingle())]);
        Assert.InRange(TreeBreadth.For(line.Parts.Tree.Breadth, 4), 1, line.Parts.Tree.TopCount / 3);
        Assert.InRange(TreeBreadth.For(noise.Parts.Tree.Breadth, 32), noise.Parts.Tree.TopCount / 2, noise.Parts.Tree.TopCount);
    }

    [Fact]
    public void What_was_measured_is_kept_in_the_file()
    {
        using var index = Build(i => [i, i % 7, i % 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        using var file = new MemoryStream();
        index.Save(file);
        file.Position = 0;
        using var loaded = SealedIndex.Load(file);
        Assert.Equal(index.Parts.Tree.Breadth, loaded.Parts.Tree.Breadth);
    }

    private static SealedIndex Build(Func<int, float[]> row) => SealedBuilder.Build(
        SealedSamples.Matrix([.. Enumerable.Range(0, 6_000).Select(row)]),
        new SealedOptions { Metric = Metric.SquaredEuclidean, Lists = 400, CalibrationQueries = 100 });
}
