using VectorSearch.Numerics;

namespace VectorSearch.Index.Tests;

/// <summary>Bad vectors, absurd k and ef: an error that says what is wrong, or the right answer.</summary>
public sealed class InputTests
{
    public static TheoryData<Metric> Metrics => [Metric.SquaredEuclidean, Metric.Cosine, Metric.InnerProduct];

    [Theory]
    [MemberData(nameof(Metrics))]
    public void A_vector_that_is_not_finite_is_refused_in_every_lane(Metric metric)
    {
        const int Dimension = 40;
        using HnswIndex index = new(new HnswOptions { Dimension = Dimension, Metric = metric, MaxSlots = 100 });
        index.Add(Ones(Dimension));
        foreach (float bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            for (int lane = 0; lane < Dimension; lane++)
            {
                float[] vector = Ones(Dimension);
                vector[lane] = bad;
                Assert.Contains($"Coordinate {lane}", Assert.Throws<ArgumentException>(() => index.Add(vector)).Message, StringComparison.Ordinal);
                Assert.Throws<ArgumentException>(() => TestData.Search(index, vector, new SearchRequest(1)));
            }
        }

        Assert.Equal(1, index.Count);
        Assert.Equal(1, index.SlotCount);
    }

    [Theory]
    [MemberData(nameof(Metrics))]
    public void Huge_subnormal_and_zero_vectors_are_answered_with_finite_distances_or_refused(Metric metric)
    {
        using HnswIndex index = new(new HnswOptions { Dimension = 20, Metric = metric, MaxSlots = 1000 });
        int kept = 0;
        foreach (float scale in new[] { 0f, float.Epsilon, 1e-40f, 1e-20f, 1, 1e10f, 1e18f, 1e19f, 1e38f, float.MaxValue })
        {
            for (int lane = 0; lane < 20; lane++)
            {
                float[] vector = new float[20];
                vector[lane] = lane % 2 == 0 ? scale : -scale;
                string? fault = VectorGuard.FindFault(vector, 20, metric);
                if (fault is null)
                {
                    index.Add(vector);
                    kept++;
                }
                else
                {
                    Assert.Equal(fault, Assert.Throws<ArgumentException>(() => index.Add(vector)).Message.Replace(" (Parameter 'vector')", "", StringComparison.Ordinal));
                }
            }
        }

        Assert.Equal(metric == Metric.Cosine ? 180 : 140, kept);
        float[] query = new float[20];
        query[3] = 1e18f;
        Neighbor[] hits = TestData.Search(index, query, new SearchRequest(kept) { Exact = true });
        Assert.Equal(kept, hits.Length);
        Assert.All(hits, hit => Assert.True(float.IsFinite(hit.Distance)));
    }

    [Fact]
    public void The_zero_vector_is_refused_under_cosine_only()
    {
        Assert.Contains("direction", VectorGuard.FindFault(new float[3], 3, Metric.Cosine), StringComparison.Ordinal);
        Assert.Null(VectorGuard.FindFault(new float[3], 3, Metric.SquaredEuclidean));
        Assert.Null(VectorGuard.FindFault(new float[3], 3, Metric.InnerProduct));
    }

    [Fact]
    public void A_wrong_dimension_names_both()
    {
        using HnswIndex index = new(new HnswOptions { Dimension = 4, Metric = Metric.SquaredEuclidean, MaxSlots = 10 });
        string message = Assert.Throws<ArgumentException>(() => index.Add(new float[5])).Message;
        Assert.Contains("5 coordinates; expected 4", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => index.Search([], new SearchRequest(1), new Neighbor[1]));
    }

    [Fact]
    public void Options_report_all_their_faults_at_once()
    {
        HnswOptions options = new() { Dimension = 0, Metric = (Metric)9, M = 1, EfConstruction = 0, EfSearch = -1, MaxSlots = 0 };
        Assert.Equal(6, options.Faults().Count);
        string message = Assert.Throws<ArgumentException>(() => new HnswIndex(options)).Message;
        Assert.Contains("M is 1; expected 2 to 100.", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(1000)]
    public void Any_k_and_ef_give_min_of_k_and_n_distinct_sorted_finite_hits(int n)
    {
        float[][] rows = n == 0 ? [] : TestData.RandomClusters(n, 8, 5, 77);
        using HnswIndex index = new(new HnswOptions { Dimension = 8, Metric = Metric.SquaredEuclidean, M = 4, MaxSlots = 2000 });
        foreach (float[] row in rows) index.Add(row);
        float[] query = new float[8];
        int[] sizes = [1, 2, 3, 4, 5, 10, 63, 64, 65, 999, 1000, 1001, 1_000_000, int.MaxValue];
        foreach (int k in sizes)
        {
            foreach (int ef in new[] { 0, 1, 2, 10, 1000, 1001, int.MaxValue })
            {
                Neighbor[] hits = TestData.Search(index, query, new SearchRequest(k) { Ef = ef });
                Assert.Equal(Math.Min(k, n), hits.Length);
                Assert.Equal(hits.Length, hits.Select(hit => hit.Slot).Distinct().Count());
                Assert.Equal(hits.Select(hit => hit.Distance).Order(), hits.Select(hit => hit.Distance));
                Assert.All(hits, hit => Assert.True(float.IsFinite(hit.Distance)));
            }
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => index.Search(query, new SearchRequest(0), new Neighbor[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Search(query, new SearchRequest(1) { Ef = -1 }, new Neighbor[1]));
    }

    [Fact]
    public void A_full_index_says_so_and_stays_usable()
    {
        using HnswIndex index = new(new HnswOptions { Dimension = 2, Metric = Metric.SquaredEuclidean, MaxSlots = 3 });
        for (int i = 0; i < 3; i++) index.Add([i, 0]);
        Assert.Contains("MaxSlots is 3", Assert.Throws<InvalidOperationException>(() => index.Add([9, 9])).Message, StringComparison.Ordinal);
        Assert.Equal(3, TestData.Search(index, [0, 0], new SearchRequest(5)).Length);
    }

    [Fact]
    public void Unknown_slots_are_told_apart()
    {
        using HnswIndex index = new(new HnswOptions { Dimension = 2, Metric = Metric.SquaredEuclidean, MaxSlots = 3 });
        Assert.False(index.Remove(0));
        Assert.False(index.Remove(-1));
        Assert.False(index.Contains(7));
        Assert.False(index.ReadVector(0, new float[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Link(0));
        Assert.Throws<ArgumentException>(() => index.ReadVector(0, new float[1]));
    }

    private static float[] Ones(int dimension)
    {
        float[] vector = new float[dimension];
        Array.Fill(vector, 1f);
        return vector;
    }
}
