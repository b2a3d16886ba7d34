using VectorSearch.Numerics;

namespace VectorSearch.Index.Tests;

/// <summary>Algorithm 4 on points in the plane whose right answer can be seen.</summary>
public sealed unsafe class NeighborSelectorTests
{
    [Fact]
    public void Of_two_near_each_other_only_the_nearer_is_kept_and_the_far_side_gets_a_link()
    {
        // The base is the origin. B lies just behind A; C is farther than B but in the opposite direction.
        int[] chosen = Select(10, (0, 0), A: (1, 0), B: (1.5f, 0), C: (-2, 0));
        Assert.Equal(["A", "C"], Names(chosen));
    }

    [Fact]
    public void A_candidate_is_compared_with_each_of_those_kept_before()
    {
        // D is far from A and near C; comparing it with the nearest or the last only, or with the base, would keep it.
        int[] chosen = Select(10, (0, 0), A: (1, 0), B: (0, 1.1f), C: (-1.2f, 0), D: (-1.3f, 0.2f));
        Assert.Equal(["A", "B", "C"], Names(chosen));
    }

    [Fact]
    public void At_equal_distance_to_base_and_neighbour_the_candidate_is_kept()
    {
        // |AB| = |B0| = 2: "closer to the base than to any element" fails only for strictly nearer neighbours.
        int[] chosen = Select(10, (0, 0), A: (1, 0), B: (-1, 1.7320508f));
        Assert.Equal(["A", "B"], Names(chosen));
    }

    [Fact]
    public void No_more_than_m_are_chosen_nearest_first()
    {
        int[] chosen = Select(2, (0, 0), A: (1, 0), B: (0, 1.1f), C: (-1.2f, 0), D: (0, -1.3f));
        Assert.Equal(["A", "B"], Names(chosen));
    }

    private static string[] Names(int[] slots) => [.. slots.Select(slot => ((char)('A' + slot - 1)).ToString())];

    private static int[] Select(
        int m, (float X, float Y) origin, (float X, float Y) A, (float X, float Y) B, (float X, float Y)? C = null, (float X, float Y)? D = null)
    {
        (float X, float Y)[] points = [.. new[] { origin, A, B, C, D }.Where(point => point is not null).Select(point => point!.Value)];
        using VectorRows rows = new(2, Metric.SquaredEuclidean, 16);
        rows.EnsureSlots(points.Length);
        for (int i = 0; i < points.Length; i++) rows.Write(i, [points[i].X, points[i].Y]);
        FloatScorer<SquaredEuclideanMetric> scorer = FloatScorer<SquaredEuclideanMetric>.Create(rows, rows.Row(0));
        long[] candidates = new long[points.Length - 1];
        for (int i = 1; i < points.Length; i++) candidates[i - 1] = Candidate.Pack(scorer.To(i), i);
        Array.Sort(candidates);
        int[] chosen = new int[m];
        return chosen[..NeighborSelector.Select(scorer, 0, 0, candidates, m, chosen)];
    }
}
