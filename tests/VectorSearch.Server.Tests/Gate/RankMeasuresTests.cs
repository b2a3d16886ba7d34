using VectorSearch.Numerics;
using VectorSearch.Server.Gate;

namespace VectorSearch.Server.Tests.Gate;

public sealed class RankMeasuresTests
{
    [Fact]
    public void Churn_is_the_share_of_answers_that_are_others()
    {
        Assert.Equal(0, RankMeasures.Churn([1, 2, 3], [3, 2, 1]));
        Assert.Equal(0.5, RankMeasures.Churn([1, 2, 3, 4], [3, 4, 5, 6]));
        Assert.Equal(1, RankMeasures.Churn([1], [2]));
        Assert.Equal(0.5, RankMeasures.Churn([1, 2], [1]));
        Assert.Equal(0, RankMeasures.Churn(Array.Empty<int>(), []));
    }

    [Fact]
    public void Recall_counts_answers_as_good_as_the_last_true_one()
    {
        Assert.Equal(1, RankMeasures.Recall([0.9f, 0.8f], [0.9f, 0.8f], smallestFirst: false));
        Assert.Equal(0.5, RankMeasures.Recall([0.9f, 0.1f], [0.9f, 0.8f], smallestFirst: false));
        Assert.Equal(0.5, RankMeasures.Recall([1, 9], [1, 4], smallestFirst: true));
        Assert.Equal(1, RankMeasures.Recall([1, 4.00001f], [1, 4], smallestFirst: true));
        Assert.Equal(1, RankMeasures.Recall([], [], smallestFirst: true));
    }

    [Fact]
    public void Ndcg_is_as_in_its_definition()
    {
        HashSet<int> one = [7], two = [7, 8];
        Assert.Equal(1, RankMeasures.Ndcg([7, 1, 2], one, 3));
        Assert.Equal(1 / Math.Log2(3), RankMeasures.Ndcg([1, 7, 2], one, 3), 12);
        Assert.Equal(0, RankMeasures.Ndcg([1, 2, 3, 7], one, 3));
        Assert.Equal((1 + (1 / Math.Log2(4))) / (1 + (1 / Math.Log2(3))), RankMeasures.Ndcg([8, 1, 7], two, 3), 12);
    }

    [Fact]
    public void Skewness_is_zero_for_even_counts_and_great_where_one_point_is_answered_to_everybody()
    {
        Assert.Equal(0, Hubness.Skewness([5, 5, 5, 5]));
        Assert.Equal(0, Hubness.Skewness([4, 6]), 12);
        Assert.Equal(2.0 / Math.Sqrt(2), Hubness.Skewness([0, 0, 9]) * 2, 12); // of (0, 0, 9): 1/√2
    }

    [Fact]
    public void A_point_near_all_others_shows_as_a_hub()
    {
        const int Points = 200, Dimension = 24;
        Xoshiro256 random = new(3);
        float[] even = new float[Points * Dimension];
        for (int i = 0; i < even.Length; i++) even[i] = random.NextNormal();
        float[] withHubs = [.. even];
        for (int hub = 0; hub < 5; hub++) withHubs.AsSpan(hub * Dimension, Dimension).Fill(0.001f * (hub + 1));
        double before = Hubness.Skewness(even, Dimension, Metric.SquaredEuclidean, 10, default)!.Value;
        double after = Hubness.Skewness(withHubs, Dimension, Metric.SquaredEuclidean, 10, default)!.Value;
        Assert.True(after > 2 * Math.Max(1, before), $"{before} → {after}");
    }

    [Fact]
    public void Too_few_points_tell_nothing_of_hubs() => Assert.Null(Hubness.Skewness(new float[2 * 49], 2, Metric.Cosine, 10, default));

    [Fact]
    public void The_margin_is_that_of_the_paired_difference()
    {
        MeanDifference same = MeanDifference.Of([0.1, 0.9, 0.5], [0.0, 0.8, 0.4]);
        Assert.Equal(0.1, same.Loss, 12);
        Assert.Equal(0, same.Margin, 12);
        MeanDifference noisy = MeanDifference.Of([1, 0, 1, 0], [0, 1, 0, 1]);
        Assert.Equal(0, noisy.Loss, 12);
        Assert.Equal(1.96 * Math.Sqrt(4.0 / 3) / 2, noisy.Margin, 12);
    }
}
