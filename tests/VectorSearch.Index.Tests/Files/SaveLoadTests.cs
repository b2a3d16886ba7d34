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

    [Fact]
    public void What_is_written_meanwhile_waits_for_nothing_and_leaves_a_sound_file_of_one_moment()
    {
        float[][] rows = TestData.RandomClusters(3_000, 20, 10, TestSeed.Value);
        using HnswIndex index = TestData.Build(rows[..1_000], Metric.SquaredEuclidean);
        for (int slot = 0; slot < 1_000; slot += 7) index.Remove(slot);
        int waiting = index.Store(rows[1_000]);
        HashSet<int> live = [.. Enumerable.Range(0, 1_001).Where(index.Contains)];
        int written = 0, blocks = 0;
        using BetweenWritesStream stream = new(() =>
        {
            // Between any two blocks of the file: new vectors in reused and new slots, old ones gone, the tail linked.
            blocks++;
            index.Link(waiting);
            for (int i = 0; i < 200; i++) index.Add(rows[1_001 + written++]);
            for (int slot = blocks; slot < 1_000; slot += 11) index.Remove(slot);
        });
        index.Save(stream);
        Assert.InRange(blocks, 4, 9);
        stream.Position = 0;
        using HnswIndex loaded = HnswIndex.Load(stream);
        loaded.Repair();
        Assert.True(loaded.Validate().IsSound, loaded.Validate().ToString());
        Assert.Equal(live, [.. Enumerable.Range(0, loaded.SlotCount).Where(loaded.Contains)]);
        float[] vector = new float[20], now = new float[20];
        int missed = 0;
        foreach (int slot in live)
        {
            Assert.True(loaded.ReadVector(slot, vector));
            Assert.Equal(rows[slot == waiting ? 1_000 : slot], vector);
            Assert.Equal(slot, TestData.Search(loaded, vector, new SearchRequest(1) { Exact = true })[0].Slot);
            bool isStillThere = index.ReadVector(slot, now) && now.AsSpan().SequenceEqual(vector);
            if (isStillThere && TestData.Search(loaded, vector, new SearchRequest(1))[0].Slot != slot) missed++;
        }

        Assert.True(missed == 0, $"walks missed {missed} that are still there; {TestSeed.Describe}");
        Assert.True(index.Validate().FaultCount == 0, index.Validate().ToString());
    }

    [Fact]
    public void Every_vector_of_a_ring_is_found_in_a_file_that_was_written_beside_churn()
    {
        for (int round = 0; round < TestScale.Pick(10, 100); round++)
        {
            Random random = TestSeed.Random(round);
            using HnswIndex index = new(new HnswOptions { Dimension = 16, Metric = Metric.SquaredEuclidean, MaxSlots = 10_000 });
            List<int> live = [.. Enumerable.Range(0, 800).Select(_ => index.Add(OnRing(random)))];
            using BetweenWritesStream stream = new(() =>
            {
                for (int i = 0; i < 100; i++)
                {
                    int gone = random.Next(live.Count);
                    index.Remove(live[gone]);
                    live[gone] = index.Add(OnRing(random));
                }
            });
            index.Save(stream);
            stream.Position = 0;
            using HnswIndex loaded = HnswIndex.Load(stream);
            loaded.Repair();
            float[] vector = new float[16];
            for (int slot = 0; slot < loaded.SlotCount; slot++)
            {
                if (loaded.ReadVector(slot, vector))
                    Assert.True(TestData.Search(loaded, vector, new SearchRequest(1))[0].Distance == 0, $"slot {slot} of round {round}; {TestSeed.Describe}");
            }
        }
    }

    private static float[] OnRing(Random random)
    {
        double turn = random.NextDouble() * Math.Tau;
        return [.. Enumerable.Range(0, 16).Select(i => (float)Math.Sin(turn + i))];
    }

    private sealed class BetweenWritesStream(Action act) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            base.Write(buffer, offset, count);
            act();
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
