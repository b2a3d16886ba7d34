using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed class MapTests
{
    [Fact]
    public void The_area_under_the_curve_counts_pairs_in_order_and_ties_half()
    {
        Assert.Equal(1, RankStatistics.Auc([1, 2, 3, 4], [false, false, true, true]));
        Assert.Equal(0, RankStatistics.Auc([4, 3, 2, 1], [false, false, true, true]));
        Assert.Equal(0.625, RankStatistics.Auc([1, 2, 2, 3], [false, true, false, false]) + 0.125, 12);
        Assert.Equal(0.5, RankStatistics.Auc([7, 7, 7], [true, false, false]));
    }

    [Fact]
    public void Spearman_sees_order_alone()
    {
        Assert.Equal(1, RankStatistics.Spearman([1, 2, 3, 9], [1, 10, 100, 101]), 12);
        Assert.Equal(-1, RankStatistics.Spearman([1, 2, 3], [5, 4, 3]), 12);
        // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / √(4.5 · 5).
        Assert.Equal(4.5 / Math.Sqrt(22.5), RankStatistics.Spearman([1, 2, 2, 3], [1, 2, 3, 4]), 12);
    }

    [Fact]
    public void Principal_axes_are_the_directions_of_greatest_variance()
    {
        // Twice as wide along (3, 4)/5 as along (−4, 3)/5, and flat in the third dimension.
        Xoshiro256 random = new(TestSeed.Value, 1);
        VectorTable points = VectorTable.Of(Enumerable.Range(0, 4000).Select(_ =>
        {
            float along = 2 * random.NextNormal(), across = random.NextNormal();
            return new[] { (0.6f * along) - (0.8f * across) + 5, (0.8f * along) + (0.6f * across) - 3, 1f };
        }).ToArray());

        PrincipalAxes axes = PrincipalAxes.Of(points, 2);
        double[] place = axes.Project(VectorTable.Of([[5.6f, -2.2f, 1f]]))[0];

        Assert.InRange(axes.Shares[0], 0.77, 0.83);
        Assert.Equal(1, axes.Shares.Sum(), 6);
        Assert.InRange(place[0], 0.85, 1.15);
        Assert.InRange(place[1], -0.15, 0.15);
    }

    [Fact]
    public void An_axis_finds_a_planted_direction_and_says_how_well_on_items_it_was_not_fitted_on()
    {
        Xoshiro256 random = new(TestSeed.Value, 2);
        VectorTable points = Points(ref random, 400, 10);
        double[] loud = new double[400], label = new double[400], noise = new double[400];
        for (int n = 0; n < 400; n++)
        {
            loud[n] = points[n][3] + (0.1 * random.NextNormal());
            label[n] = points[n][3] > 0 ? 1 : 0;
            noise[n] = random.NextNormal();
        }

        AttributeAxis axis = AttributeAxis.Fit(points, loud), binary = AttributeAxis.Fit(points, label), nothing = AttributeAxis.Fit(points, noise);

        Assert.InRange(axis.Quality, 0.95, 1);
        Assert.False(axis.IsBinary);
        Assert.InRange(binary.Quality, 0.95, 1);
        Assert.True(binary.IsBinary);
        // Fitted on themselves, ten coordinates would explain some of the noise.
        Assert.InRange(nothing.Quality, -0.25, 0.25);
        Assert.Equal(400, axis.Fitted + axis.HeldOut);
        Assert.True(RankStatistics.Spearman(axis.Project(points), loud) > 0.95);
    }

    [Fact]
    public void An_axis_leaves_out_what_is_not_known_and_refuses_too_little()
    {
        Xoshiro256 random = new(TestSeed.Value, 3);
        VectorTable points = Points(ref random, 100, 4);
        double[] half = [.. Enumerable.Range(0, 100).Select(n => n < 50 ? points[n][0] : double.NaN)];

        Assert.Equal(50, AttributeAxis.Fit(points, half).Fitted + AttributeAxis.Fit(points, half).HeldOut);
        Assert.Contains("10 items", Assert.Throws<ArgumentException>(() => AttributeAxis.Fit(points, [.. Enumerable.Range(0, 100).Select(n => n < 10 ? n : double.NaN)])).Message, StringComparison.Ordinal);
        Assert.Contains("the same", Assert.Throws<ArgumentException>(() => AttributeAxis.Fit(points, [.. Enumerable.Repeat(1.0, 100)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_layout_keeps_more_neighbours_than_principal_components_do()
    {
        // Twenty groups in twelve dimensions do not fit into two principal components.
        Xoshiro256 random = new(TestSeed.Value, 4);
        VectorTable centres = Points(ref random, 20, 12);
        VectorTable points = new(400, 12);
        for (int n = 0; n < points.Rows; n++)
        {
            Span<float> point = points.Writable(n);
            for (int i = 0; i < point.Length; i++) point[i] = centres[n % 20][i] + (0.2f * random.NextNormal());
        }

        double[][] start = PrincipalAxes.Of(points, 2).Project(points);
        double[][] places = NeighbourLayout.Place(points, start);

        double before = NeighbourLayout.Preserved(points, start), after = NeighbourLayout.Preserved(points, places);
        Assert.True(after > 1.15 * before, $"{after:f3} against {before:f3}");
        Assert.Equal(places, NeighbourLayout.Place(points, start));
    }

    private static VectorTable Points(ref Xoshiro256 random, int rows, int dimension)
    {
        VectorTable points = new(rows, dimension);
        for (int row = 0; row < rows; row++)
        {
            foreach (ref float x in points.Writable(row)) x = random.NextNormal();
        }

        return points;
    }
}
