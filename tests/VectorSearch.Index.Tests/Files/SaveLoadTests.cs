using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests;

public sealed class SaveLoadTests
{
    [Theory]
    [InlineData(Metric.SquaredEuclidean)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.InnerProduct)]
    public void A_loaded_index_answers_as_the_saved_one_and_goes_on(Metric metric)
    {
        float[][] rows = TestData.RandomClusters(1_000, 20, 10, TestSeed.Value);
        using HnswIndex index = TestData.Build(rows[..800], metric);
        for (int slot = 0; slot < 800; slot += 5) index.Remove(slot);
        int waiting = index.Store(rows[900]);
        using HnswIndex loaded = Reload(index);

        Assert.Equal(index.Count, loaded.Count);
        Assert.Equal(index.Options, loaded.Options);
        Assert.Equal(1, loaded.GetStatistics().Unlinked);
        for (int i = 800; i < 900; i++)
        {
            SearchRequest request = new(10) { Ef = 50 };
            Assert.Equal(TestData.Search(index, rows[i], request), TestData.Search(loaded, rows[i], request));
        }

        Assert.True(loaded.Validate().FaultCount == 0, loaded.Validate().ToString());
        loaded.Link(waiting);
        for (int i = 0; i < 160; i++) Assert.InRange(loaded.Add(rows[800 + i]), 0, 800 + 1);
        loaded.Remove(1);
        Assert.True(loaded.Validate().FaultCount == 0, loaded.Validate().ToString());
    }

    [Fact]
    public void An_empty_index_survives_the_round_trip()
    {
        using HnswIndex index = new(new HnswOptions { Dimension = 3, Metric = Metric.Cosine, MaxSlots = 10 });
        using HnswIndex loaded = Reload(index);
        Assert.Equal(0, loaded.Count);
        Assert.Equal(0, loaded.Add([1, 2, 3]));
    }

    [Fact]
    public void The_same_writes_give_the_same_bytes()
    {
        float[][] rows = TestData.RandomClusters(500, 10, 10, TestSeed.Value);
        Assert.Equal(Bytes(), Bytes());

        byte[] Bytes()
        {
            using HnswIndex index = TestData.Build(rows, Metric.SquaredEuclidean);
            return Save(index);
        }
    }

    internal static byte[] Save(HnswIndex index)
    {
        using MemoryStream stream = new();
        index.Save(stream);
        return stream.ToArray();
    }

    private static HnswIndex Reload(HnswIndex index) => HnswIndex.Load(new MemoryStream(Save(index)));
}
