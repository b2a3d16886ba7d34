using VectorSearch.Index.Sealed;
using VectorSearch.Index.Tests.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests.Layered;

public sealed class LayeredSealingTests
{
    private const int Dimension = 12;

    [Theory]
    [InlineData(Metric.SquaredEuclidean)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.InnerProduct)]
    public void Through_changes_sealings_and_files_the_index_holds_what_a_model_holds(Metric metric)
    {
        var rows = SealedSamples.Vectors(300, Dimension, salt: 101);
        var pool = SealedSamples.Vectors(400, Dimension, salt: 102);
        var queries = SealedSamples.Vectors(15, Dimension, salt: 103);
        var random = TestSeed.Random(104);
        var index = LayeredModel.Create(rows, metric, out var model);
        try
        {
            for (var round = 0; round < TestScale.Pick(8, 60); round++)
            {
                for (var i = 0; i < 150; i++) model.Change(index, pool, random);
                if (round % 2 == 0) SealAnew(index, () => model.Change(index, pool, random));
                if (round % 3 == 0) index = Reopen(index);
                model.Check(index, queries);
            }
        }
        finally
        {
            index.Dispose();
        }
    }

    [Fact]
    public void An_empty_index_takes_vectors_and_can_be_sealed_with_and_without_them()
    {
        var pool = SealedSamples.Vectors(300, Dimension, salt: 105);
        var queries = SealedSamples.Vectors(10, Dimension, salt: 106);
        foreach (var metric in Enum.GetValues<Metric>())
        {
            var model = new LayeredModel(metric);
            using var index = LayeredIndex.Empty(Dimension, metric);
            model.Check(index, queries);
            SealAnew(index, () => { });
            foreach (var vector in pool) model.Vectors.Add(index.Add(vector), vector);
            model.Check(index, queries);
            SealAnew(index, () => { });
            model.Check(index, queries);
            foreach (var slot in model.Vectors.Keys.ToArray())
            {
                Assert.True(index.Remove(slot));
                model.Vectors.Remove(slot);
            }

            SealAnew(index, () => { });
            model.Check(index, queries);
        }
    }

    [Fact]
    public void Sealing_gives_back_the_room_and_the_slots_of_what_was_removed()
    {
        var rows = SealedSamples.Vectors(500, Dimension, salt: 107);
        using var index = LayeredModel.Create(rows, Metric.SquaredEuclidean, out var model);
        for (var round = 0; round < 6; round++)
        {
            foreach (var (slot, vector) in model.Vectors.ToArray())
            {
                model.Vectors.Add(index.Replace(slot, vector), vector);
                model.Vectors.Remove(slot);
            }

            Assert.Equal(500, index.GetStatistics().Added);
            SealAnew(index, () => { });
            var counts = index.GetStatistics();
            Assert.Equal((500, 500, 0, 0), (counts.Live, counts.Sealed, counts.Added, counts.Removed));
        }

        Assert.InRange(index.SlotCount, 501, 1_500);
        model.Check(index, rows[..10]);
    }

    [Fact]
    public void A_slot_that_a_lease_may_know_is_not_given_to_another_vector()
    {
        var rows = SealedSamples.Vectors(50, Dimension, salt: 108);
        using var index = LayeredModel.Create(rows, Metric.SquaredEuclidean, out _);
        using (index.LeaseSlots())
        {
            for (var i = 0; i < 3; i++)
            {
                index.Remove(i);
                SealAnew(index, () => { });
                Assert.True(index.Add(rows[0]) >= 50);
            }

            Assert.Equal(0, index.GetStatistics().Reusable);
        }

        Assert.Equal([0, 1, 2], new[] { index.Add(rows[0]), index.Add(rows[1]), index.Add(rows[2]) }.Order());
    }

    [Fact]
    public void A_sealing_that_is_given_up_or_refused_changes_nothing()
    {
        var rows = SealedSamples.Vectors(200, Dimension, salt: 109);
        using var index = LayeredModel.Create(rows, Metric.SquaredEuclidean, out var model);
        index.Remove(7);
        model.Vectors.Remove(7);
        using (var sealing = index.BeginSealing())
        {
            Assert.Throws<InvalidOperationException>(index.BeginSealing);
            Assert.Contains("Cosine", Assert.Throws<ArgumentException>(() => sealing.Build(new SealedOptions { Metric = Metric.Cosine })).Message, StringComparison.Ordinal);
            using var others = LayeredModel.Seal(rows[..199], Metric.SquaredEuclidean);
            Assert.Contains("slot 7", Assert.Throws<ArgumentException>(() => sealing.Adopt(others)).Message, StringComparison.Ordinal);
            using var fewer = LayeredModel.Seal(rows[..20], Metric.SquaredEuclidean);
            Assert.Contains("20 rows", Assert.Throws<ArgumentException>(() => sealing.Adopt(fewer)).Message, StringComparison.Ordinal);
        }

        model.Check(index, rows[..10]);
        SealAnew(index, () => { });
        model.Check(index, rows[..10]);
    }

    [Fact]
    public void Writers_and_searchers_go_on_while_the_index_is_sealed_anew()
    {
        const int Writers = 3;
        var rows = SealedSamples.Vectors(600, Dimension, salt: 110);
        var pool = SealedSamples.Vectors(TestScale.Pick(1_500, 20_000), Dimension, salt: 111);
        using var index = new LayeredIndex(LayeredModel.Seal(rows, Metric.SquaredEuclidean));
        var left = new Dictionary<int, float[]>[Writers];
        using var stop = new CancellationTokenSource();
        var sealer = new Thread(() =>
        {
            while (!stop.IsCancellationRequested) SealAnew(index, () => { });
        });
        sealer.Start();
        try
        {
            Parallel.For(0, Writers, new ParallelOptions { MaxDegreeOfParallelism = Writers }, writer => left[writer] = Write(index, pool, writer));
        }
        finally
        {
            stop.Cancel();
            sealer.Join();
        }

        var model = new LayeredModel(Metric.SquaredEuclidean);
        for (var i = 0; i < rows.Length; i++) model.Vectors.Add(i, rows[i]);
        foreach (var (slot, vector) in left.SelectMany(l => l)) model.Vectors.Add(slot, vector);
        model.Check(index, rows[..20]);

        static Dictionary<int, float[]> Write(LayeredIndex index, float[][] pool, int writer)
        {
            var random = TestSeed.Random(112 + writer);
            var mine = new Dictionary<int, float[]>();
            var hits = new Neighbor[1];
            for (var i = writer; i < pool.Length; i += Writers)
            {
                var slot = index.Add(pool[i]);
                mine.Add(slot, pool[i]);
                Assert.True(index.Contains(slot));
                Assert.Equal(1, index.Search(pool[i], new SealedRequest(1) { TargetRecall = 0.9 }, hits).Count);
                Assert.Equal(0, hits[0].Distance, 1e-3);
                if (random.Next(2) == 0) continue;
                var gone = mine.Keys.First();
                Assert.True(index.Remove(gone));
                Assert.False(index.Contains(gone));
                mine.Remove(gone);
            }

            return mine;
        }
    }

    [Fact]
    public void A_sealed_index_keeps_the_slots_it_was_given()
    {
        var rows = SealedSamples.Vectors(300, Dimension, salt: 113);
        int[] slots = [.. Enumerable.Range(0, rows.Length).Select(i => (7 * i) + 3)];
        using var index = LayeredModel.Seal(rows, Metric.SquaredEuclidean, slots);
        Assert.Equal((7 * 299) + 4, index.SlotBound);
        var hits = new Neighbor[1];
        var read = new float[Dimension];
        for (var i = 0; i < rows.Length; i++)
        {
            index.Search(rows[i], new SealedRequest(1) { Filter = new SlotSet([slots[i]]) }, hits);
            Assert.Equal(slots[i], hits[0].Slot);
            index.ReadVector(slots[i], read);
            Assert.Equal(rows[i], read);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => index.ReadVector(4, read));
    }

    [Theory]
    [InlineData(new[] { 1, 1, 2 }, "Two rows have slot 1")]
    [InlineData(new[] { 0, -1, 2 }, "slot -1")]
    [InlineData(new[] { 0, 1 << 28, 2 }, "slot 268435456")]
    [InlineData(new[] { 0, 1 }, "2 slots")]
    public void Slots_that_cannot_be_are_refused(int[] slots, string fault) => Assert.Contains(
        fault,
        Assert.Throws<ArgumentException>(() => LayeredModel.Seal(SealedSamples.Vectors(3, Dimension, salt: 114), Metric.SquaredEuclidean, slots)).Message,
        StringComparison.Ordinal);

    private static void SealAnew(LayeredIndex index, Action meanwhile)
    {
        using var sealing = index.BeginSealing();
        for (var i = 0; i < 40; i++) meanwhile();
        var built = sealing.Build(new SealedOptions { Metric = index.Metric, Threads = 1, CalibrationQueries = 50 });
        for (var i = 0; i < 40; i++) meanwhile();
        sealing.Adopt(built);
    }

    private static LayeredIndex Reopen(LayeredIndex index)
    {
        using var rows = new MemoryStream();
        using var changes = new MemoryStream();
        index.Sealed.Save(rows);
        index.Save(changes);
        index.Dispose();
        (rows.Position, changes.Position) = (0, 0);
        return LayeredIndex.Load(changes, SealedIndex.Load(rows));
    }
}
