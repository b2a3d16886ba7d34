using VectorSearch.Collections;
using VectorSearch.Numerics;
using VectorSearch.Server.Bridges;

namespace VectorSearch.Server.Tests.Bridges;

/// <summary>Maps between spaces, fitted on points that have a vector of each.</summary>
public sealed class BridgeFitTests
{
    private static readonly SpaceId From = SpaceId.Parse("client:old@1"), To = SpaceId.Parse("client:new@1");

    private static float[] Rows(int count, int dimension, ulong seed)
    {
        Xoshiro256 random = new(seed);
        float[] rows = new float[count * dimension];
        for (int i = 0; i < rows.Length; i++) rows[i] = random.NextNormal();
        return rows;
    }

    private static float[] Times(float[] rows, int dimension, float[] matrix, int to) =>
        SmallMatrix.TimesTransposed(rows, SmallMatrix.Transpose(matrix, to), dimension);

    private static BridgePairs Pairs(float[] old, int oldDimension, float[] young, int newDimension) =>
        new(From, oldDimension, old, To, newDimension, young, old.Length / oldDimension);

    [Theory]
    [InlineData(12, 12)]
    [InlineData(8, 20)]
    [InlineData(20, 8)]
    public void The_polar_factor_is_orthonormal_and_the_nearest(int rows, int columns)
    {
        float[] matrix = Rows(rows, columns, 5);
        float[] factor = PolarFactor.Of(matrix, columns, default);
        float[] gram = rows <= columns ? SmallMatrix.TimesTransposed(factor, factor, columns)
            : SmallMatrix.TimesTransposed(SmallMatrix.Transpose(factor, columns), SmallMatrix.Transpose(factor, columns), rows);
        int n = Math.Min(rows, columns);
        for (int i = 0; i < n * n; i++) Assert.Equal(i / n == i % n ? 1f : 0f, gram[i], 1e-4f);

        // Of all such matrices it has the greatest inner product with the given one: tr(Qᵀ M) ≥ tr(Qᵀ' M) for others.
        float best = VectorMath.Dot(factor, matrix);
        for (ulong seed = 1; seed < 20; seed++)
            Assert.True(VectorMath.Dot(PolarFactor.Of(Rows(rows, columns, seed + 100), columns, default), matrix) <= best + 1e-3f);
    }

    [Fact]
    public void Ridge_regression_solves_its_equations()
    {
        float[] x = Rows(50, 6, 1), y = Rows(50, 3, 2);
        float[] gram = SmallMatrix.TimesTransposed(SmallMatrix.Transpose(x, 6), SmallMatrix.Transpose(x, 6), 50);
        float[] right = SmallMatrix.TimesTransposed(SmallMatrix.Transpose(x, 6), SmallMatrix.Transpose(y, 3), 50);
        float[] solved = SmallMatrix.SolveRidge(gram, 0.5, right, 6);
        for (int i = 0; i < 6; i++) gram[(i * 6) + i] += 0.5f;
        float[] back = SmallMatrix.TimesTransposed(gram, SmallMatrix.Transpose(solved, 3), 6);
        for (int i = 0; i < back.Length; i++) Assert.Equal(right[i], back[i], 1e-3f);
    }

    [Theory]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.InnerProduct)]
    [InlineData(Metric.SquaredEuclidean)]
    public void A_rotated_space_is_mapped_back_exactly(Metric metric)
    {
        const int Dimension = 16;
        float[] old = Rows(600, Dimension, 1), rotation = PolarFactor.Of(Rows(Dimension, Dimension, 2), Dimension, default);
        float[] young = Times(old, Dimension, rotation, Dimension);
        if (metric == Metric.SquaredEuclidean)
        {
            for (int i = 0; i < young.Length; i++) young[i] = (3 * young[i]) + 7; // stretched, and elsewhere
        }

        BridgeMap map = BridgeChooser.Choose(Pairs(old, Dimension, young, Dimension), metric, [], default)!;
        float[] fresh = Rows(1, Dimension, 9), mapped = new float[Dimension], expected = Times(fresh, Dimension, rotation, Dimension);
        map.Map(fresh, mapped);
        if (metric == Metric.SquaredEuclidean)
        {
            for (int i = 0; i < Dimension; i++) Assert.Equal((3 * expected[i]) + 7, mapped[i], 0.05f);
            return;
        }

        double cosine = VectorMath.Dot(expected, mapped) / Math.Sqrt(VectorMath.NormSquared(expected) * VectorMath.NormSquared(mapped));
        Assert.True(cosine > 0.999, $"{map.Kind}: {cosine}");
    }

    [Theory]
    [InlineData(24, 10)]
    [InlineData(10, 24)]
    public void Spaces_of_other_dimension_are_mapped_where_one_is_a_linear_image_of_the_other(int fromDimension, int toDimension)
    {
        float[] hidden = Rows(800, 10, 1);
        float[] old = Times(hidden, 10, Rows(10, fromDimension, 2), fromDimension), young = Times(hidden, 10, Rows(10, toDimension, 3), toDimension);
        BridgeMap map = BridgeChooser.Choose(Pairs(old, fromDimension, young, toDimension), Metric.SquaredEuclidean, [], default)!;
        Assert.Equal((fromDimension, toDimension), (map.FromDimension, map.ToDimension));
        float[] mapped = new float[toDimension];
        double mean = 0;
        for (int i = 0; i < 800; i++)
        {
            ReadOnlySpan<float> expected = young.AsSpan(i * toDimension, toDimension);
            map.Map(old.AsSpan(i * fromDimension, fromDimension), mapped);
            mean += VectorMath.Dot(expected, mapped) / Math.Sqrt(VectorMath.NormSquared(expected) * VectorMath.NormSquared(mapped)) / 800;
        }

        Assert.True(mean > 0.98, $"{map.Kind}: {mean}");
    }

    [Fact]
    public void Queries_of_a_stretched_space_are_mapped_so_that_scores_stay()
    {
        // Items y = T x, so that queries q must become T⁻ᵀ q to keep q·x: no fit of the items alone finds that.
        const int Dimension = 8;
        float[] old = Rows(600, Dimension, 1), stretch = new float[Dimension * Dimension];
        for (int i = 0; i < Dimension; i++) stretch[(i * Dimension) + i] = i < 4 ? 5 : 0.2f;
        float[] young = Times(old, Dimension, stretch, Dimension);
        (float[] Old, float[] New)[] queries = [.. Enumerable.Range(0, 200).Select(i =>
        {
            float[] query = Rows(1, Dimension, (ulong)(1000 + i));
            return (query, query.Select((value, at) => value / stretch[(at * Dimension) + at]).ToArray());
        })];
        Assert.Equal(BridgeKind.Scores, BridgeChooser.Choose(Pairs(old, Dimension, young, Dimension), Metric.InnerProduct, queries, default)!.Kind);
    }

    [Fact]
    public void Unrelated_spaces_and_few_points_have_no_bridge()
    {
        Assert.Null(BridgeChooser.Choose(Pairs(Rows(3000, 32, 1), 32, Rows(3000, 32, 2), 32), Metric.Cosine, [], default));
        float[] few = Rows(60, 4, 1);
        Assert.Null(BridgeChooser.Choose(Pairs(few, 4, few, 4), Metric.Cosine, [], default));
    }

    [Fact]
    public void About_a_fifth_is_held_out_and_always_the_same()
    {
        float[] rows = Rows(5000, 4, 3);
        int held = Enumerable.Range(0, 5000).Count(i => BridgeFit.IsHeldOut(rows.AsSpan(i * 4, 4)));
        Assert.InRange(held, 850, 1150);
        Assert.Equal(held, Enumerable.Range(0, 5000).Count(i => BridgeFit.IsHeldOut(rows.AsSpan(i * 4, 4).ToArray())));
    }

    [Fact]
    public void A_map_is_the_same_after_its_bytes_and_damage_is_told()
    {
        BridgeMap map = new(BridgeKind.Linear, From, To, Rows(3, 5, 1), Rows(1, 3, 2));
        byte[] bytes = map.ToBytes();
        BridgeMap back = BridgeMap.Parse(bytes);
        float[] one = new float[3], other = new float[3], query = Rows(1, 5, 4);
        map.Map(query, one);
        back.Map(query, other);
        Assert.Equal(one, other);
        Assert.Equal((BridgeKind.Linear, From, To, 5, 3), (back.Kind, back.From, back.To, back.FromDimension, back.ToDimension));
        Assert.Contains("version", Assert.Throws<InvalidDataException>(() => BridgeMap.Parse(new byte[] { 9, 1 })).Message, StringComparison.Ordinal);
        for (int length = 0; length < bytes.Length; length++)
            Assert.Throws<InvalidDataException>(() => BridgeMap.Parse(bytes.AsMemory(0, length)));
    }
}
