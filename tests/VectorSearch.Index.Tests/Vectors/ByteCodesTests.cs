using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests;

public sealed unsafe class ByteCodesTests
{
    [Theory]
    [InlineData(Metric.SquaredEuclidean)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.InnerProduct)]
    public void The_distance_of_two_codes_is_that_of_the_vectors_they_stand_for(Metric metric)
    {
        const int Dimension = 50;
        float[][] rows = TestData.RandomClusters(200, Dimension, 3, TestSeed.Value);
        using HnswGraph graph = new(new HnswOptions { Dimension = Dimension, Metric = metric, MaxSlots = 300 });
        graph.Grow(rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            graph.Rows.Write(i, rows[i]);
            graph.Nodes.SetState(i, NodeTable.Linked);
        }

        ByteCodes codes = graph.Codes = CodeTrainer.Train(graph, metric, 1);
        ByteScorer scorer = ByteScorer.ForRow(graph, 0);
        for (int i = 0; i < rows.Length; i++)
        {
            double dot = 0, squared = 0, error = 0;
            for (int d = 0; d < Dimension; d++)
            {
                double x = Decoded(0, d), y = Decoded(i, d);
                dot += x * y;
                squared += (x - y) * (x - y);
                error = Math.Max(error, Math.Abs(y - graph.Rows.Row(i)[d]));
            }

            double expected = metric switch { Metric.SquaredEuclidean => squared, Metric.Cosine => 1 - dot, _ => -dot };
            Assert.Equal(expected, scorer.To(i), 1e-3);
            Assert.Equal(scorer.To(i), scorer.Between(0, i));
            Assert.InRange(error, 0, (codes.Scale(i) / 2) + 1e-6);
        }

        double Decoded(int slot, int d) => codes.Center[d] + ((double)codes.Scale(slot) * codes.Code(slot)[d]);
    }

    [Fact]
    public void Answers_carry_exact_distances_though_the_walk_went_over_codes()
    {
        float[][] rows = TestData.RandomClusters(3_000, 48, 30, TestSeed.Value + 1);
        using HnswIndex index = TestData.Build(rows, Metric.SquaredEuclidean);
        Assert.True(index.GetStatistics().WalksOverCodes);
        for (int i = 0; i < 100; i++)
        {
            foreach (Neighbor hit in TestData.Search(index, rows[i], new SearchRequest(10) { Ef = 50 }))
                Assert.Equal(VectorMath.SquaredDistance(rows[i], rows[hit.Slot]), hit.Distance, 1e-3f * (1 + hit.Distance));
        }

        Assert.True(TestData.Recall(index, rows[..200], 10, 100) >= 0.95);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Codes_are_given_up_on_data_that_8_bits_cannot_tell_apart(bool bulk)
    {
        // Clusters a hundred thousand times farther apart than they are wide.
        float[][] rows = TestData.RandomClusters(4_000, 32, 40, TestSeed.Value + 2);
        Xoshiro256 random = new(3);
        foreach (float[] row in rows)
        {
            int cluster = random.NextInt(8);
            for (int d = 0; d < row.Length; d++) row[d] = (float)(random.NextGaussian() * 0.01) + (((cluster >> (d % 3)) & 1) * 1000);
        }

        using HnswIndex index = bulk
            ? HnswIndex.Build(new HnswOptions { Dimension = 32, Metric = Metric.SquaredEuclidean, MaxSlots = 5_000 }, rows.Length, (row, into) => rows[row].CopyTo(into), 1)
            : TestData.Build(rows, Metric.SquaredEuclidean);
        Assert.False(index.GetStatistics().WalksOverCodes);
        double recall = TestData.Recall(index, rows[..100], 10, 200);
        Assert.True(recall >= 0.9, $"recall {recall}; {TestSeed.Describe}");
        using HnswIndex loaded = HnswIndex.Load(new MemoryStream(SaveLoadTests.Save(index)));
        Assert.False(loaded.GetStatistics().WalksOverCodes);
    }

    [Fact]
    public void Codes_can_be_ruled_out()
    {
        float[][] rows = TestData.RandomClusters(2_000, 48, 30, TestSeed.Value + 3);
        using HnswIndex index = new(new HnswOptions { Dimension = 48, Metric = Metric.Cosine, ByteCodes = false, MaxSlots = 3_000, EfConstruction = 40 });
        foreach (float[] row in rows) index.Add(row);
        Assert.Equal(0, index.GetStatistics().CodeBytes);
        Assert.True(TestData.Recall(index, rows[..100], 10, 100) >= 0.95);
    }
}
