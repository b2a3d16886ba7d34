using FsCheck;
using FsCheck.Fluent;
using VectorSearch.Numerics;

namespace VectorSearch.Index.Tests;

/// <summary>Random sequences of operations against a plain list, and the codec as a function of what it wrote.</summary>
public sealed class IndexPropertyTests
{
    private const int Dimension = 5;

    [Theory]
    [InlineData(Metric.SquaredEuclidean)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.InnerProduct)]
    public void Any_sequence_of_operations_answers_as_a_plain_list(Metric metric) =>
        Prop.ForAll(Operations(), operations =>
        {
            using Model model = new(metric);
            foreach (int operation in operations) model.Do(operation);
            model.CheckAll();
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Saving_what_was_loaded_gives_the_same_bytes() =>
        Prop.ForAll(Operations(), operations =>
        {
            using Model model = new(Metric.SquaredEuclidean);
            foreach (int operation in operations) model.Do(operation);
            byte[] bytes = SaveLoadTests.Save(model.Index);
            using HnswIndex loaded = HnswIndex.Load(new MemoryStream(bytes));
            return bytes.AsSpan().SequenceEqual(SaveLoadTests.Save(loaded));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_are_refused_by_a_format_exception() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            Assert.Throws<IndexFormatException>(() => HnswIndex.Load(new MemoryStream(bytes)).Dispose());
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Packed_candidates_sort_as_distance_then_slot() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(float A, float B, NonNegativeInt X, NonNegativeInt Y)>(), pair =>
        {
            (float a, float b) = (float.IsNaN(pair.A) ? 0 : pair.A + 0f, float.IsNaN(pair.B) ? 0 : pair.B + 0f);
            long first = Candidate.Pack(a, pair.X.Get), second = Candidate.Pack(b, pair.Y.Get);
            bool roundTrip = Candidate.Distance(first).Equals(a) && Candidate.Slot(first) == pair.X.Get;
            return roundTrip && (a == b || first < second == a < b);
        }).QuickCheckThrowOnFailure();

    private static Arbitrary<int[]> Operations() =>
        Gen.Choose(0, int.MaxValue).ArrayOf().Resize(120).ToArbitrary();

    /// <summary>The index beside a dictionary of what must be in it.</summary>
    private sealed class Model(Metric metric) : IDisposable
    {
        private readonly Dictionary<int, float[]> _live = [];

        internal HnswIndex Index { get; } = new(new HnswOptions { Dimension = Dimension, Metric = metric, M = 3, EfConstruction = 8, MaxSlots = 500 });

        public void Dispose() => Index.Dispose();

        internal void Do(int operation)
        {
            Xoshiro256 random = new((ulong)operation);
            switch (operation % 8)
            {
                case 0 or 1 or 2 or 3:
                    float[] added = Vector(ref random);
                    _live.Add(Index.Add(added), added);
                    break;
                case 4:
                    float[] stored = Vector(ref random);
                    _live.Add(Index.Store(stored), stored);
                    break;
                case 5 when _live.Count > 0:
                    Index.Link(Pick(ref random));
                    break;
                case 6 when _live.Count > 0:
                    int gone = Pick(ref random);
                    Assert.True(Index.Remove(gone));
                    Assert.False(Index.Remove(gone));
                    _live.Remove(gone);
                    break;
                default:
                    CheckSearch(Vector(ref random), 1 + random.NextInt(4));
                    break;
            }

            Assert.Equal(_live.Count, Index.Count);
        }

        internal void CheckAll()
        {
            foreach ((int slot, float[] vector) in _live)
            {
                float[] kept = new float[Dimension];
                Assert.True(Index.ReadVector(slot, kept));
                if (metric != Metric.Cosine) Assert.Equal(vector, kept);
                CheckSearch(vector, 3);
            }

            Assert.True(Index.Validate().FaultCount == 0, Index.Validate().ToString());
            Index.Repair();
            Assert.True(Index.Validate().IsSound, Index.Validate().ToString());
        }

        private void CheckSearch(float[] query, int k)
        {
            // ef = k makes the index walk as soon as it holds more than 2k vectors; the walk may miss, but not lie.
            foreach (bool exact in new[] { true, false })
            {
                Neighbor[] hits = TestData.Search(Index, query, new SearchRequest(k) { Ef = k, Exact = exact });
                Assert.Equal(Math.Min(k, _live.Count), hits.Length);
                Assert.Equal(hits.Length, hits.Select(hit => hit.Slot).Distinct().Count());
                Assert.Equal(hits.Select(hit => hit.Distance).Order(), hits.Select(hit => hit.Distance));
                foreach (Neighbor hit in hits) Assert.Equal(Distance(query, _live[hit.Slot]), hit.Distance, 1e-4);
                if (!exact || hits.Length == 0) continue;
                double[] expected = [.. _live.Values.Select(vector => Distance(query, vector)).Order().Take(k)];
                for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], hits[i].Distance, 1e-4);
            }
        }

        private double Distance(float[] x, float[] y)
        {
            double dot = x.Zip(y).Sum(pair => (double)pair.First * pair.Second);
            return metric switch
            {
                Metric.SquaredEuclidean => x.Zip(y).Sum(pair => ((double)pair.First - pair.Second) * (pair.First - pair.Second)),
                Metric.Cosine => 1 - (dot / Math.Sqrt(x.Sum(value => (double)value * value) * y.Sum(value => (double)value * value))),
                _ => -dot,
            };
        }

        private int Pick(ref Xoshiro256 random) => _live.Keys.Order().ElementAt(random.NextInt(_live.Count));

        /// <summary>Small integers, so that equal vectors and equal distances happen; never zero.</summary>
        private static float[] Vector(ref Xoshiro256 random)
        {
            float[] vector = new float[Dimension];
            for (int i = 0; i < Dimension; i++) vector[i] = random.NextInt(5) - 2;
            vector[0] += 0.5f;
            return vector;
        }
    }
}
