using VectorSearch.Numerics.Codes;
using VectorSearch.Testing;

namespace VectorSearch.Numerics.Tests.Codes;

public sealed unsafe class RowKernelTests
{
    [Fact]
    public void Byte_rows_equal_the_scalar_reference_at_every_length()
    {
        var random = TestSeed.Random(1);
        for (var n = 1; n <= 130; n++)
        {
            var query = Floats(random, n, 100);
            var scale = Floats(random, n, 1);
            var row = new byte[n];
            random.NextBytes(row);
            double squared = 0, dot = 0, magnitude = 0;
            for (var j = 0; j < n; j++)
            {
                squared += Math.Pow(query[j] - ((double)row[j] * scale[j]), 2);
                dot += (double)query[j] * row[j];
                magnitude += Math.Abs((double)query[j] * row[j]);
            }

            fixed (float* q = query, s = scale)
            fixed (byte* r = row)
            {
                Assert.Equal(squared, ByteRows.SquaredDistance(q, s, r, n), Bound(n, 4 * squared) + 1e-3);
                Assert.Equal(dot, ByteRows.Dot(q, r, n), Bound(n, magnitude));
            }
        }
    }

    [Fact]
    public void Whole_byte_rows_are_measured_exactly_at_every_length()
    {
        var random = TestSeed.Random(5);
        foreach (var n in Enumerable.Range(1, 200).Append(1000))
        {
            var query = Enumerable.Range(0, n).Select(_ => (float)random.Next(-200, 400)).ToArray();
            var row = new byte[n];
            random.NextBytes(row);
            var whole = new short[n];
            long squared = 0;
            for (var j = 0; j < n; j++) squared += ((long)query[j] - row[j]) * ((long)query[j] - row[j]);
            fixed (float* q = query)
            fixed (short* w = whole)
            fixed (byte* r = row)
            {
                Assert.True(ByteRows.TryWhole(q, w, n));
                Assert.Equal((float)squared, ByteRows.SquaredDistance(w, r, n));
            }
        }
    }

    [Theory]
    [InlineData(0.5f, 20)]
    [InlineData(-17_000f, 20)]
    [InlineData(float.PositiveInfinity, 20)]
    [InlineData(1_100f, 4_000)]
    public void Coordinates_that_are_not_whole_or_could_overflow_are_told(float odd, int n)
    {
        for (var at = 0; at < n; at += 7)
        {
            var query = new float[n];
            query[at] = odd;
            var whole = new short[n];
            fixed (float* q = query)
            fixed (short* w = whole) Assert.False(ByteRows.TryWhole(q, w, n));
        }
    }

    [Fact]
    public void Half_rows_equal_the_scalar_reference_at_every_length()
    {
        var random = TestSeed.Random(2);
        for (var n = 1; n <= 70; n++)
        {
            var query = Floats(random, n, 1);
            var row = Floats(random, n, 1).Select(v => (Half)v).ToArray();
            double squared = 0, dot = 0, magnitude = 0;
            for (var j = 0; j < n; j++)
            {
                squared += Math.Pow(query[j] - (double)row[j], 2);
                dot += query[j] * (double)row[j];
                magnitude += Math.Abs(query[j] * (double)row[j]);
            }

            fixed (float* q = query)
            fixed (Half* r = row)
            {
                Assert.Equal(squared, HalfRows.SquaredDistance(q, r, n), Bound(n, squared));
                Assert.Equal(dot, HalfRows.Dot(q, r, n), Bound(n, magnitude));
            }
        }
    }

    [Fact]
    public void Every_half_is_widened_exactly()
    {
        var query = new float[16];
        query[0] = 1;
        var row = new Half[16];
        fixed (float* q = query)
        fixed (Half* r = row)
        {
            for (var bits = 0; bits <= ushort.MaxValue; bits++)
            {
                r[0] = BitConverter.UInt16BitsToHalf((ushort)bits);
                if (Half.IsFinite(r[0])) Assert.Equal((float)r[0], HalfRows.Dot(q, r, 16));
            }
        }
    }

    [Fact]
    public void The_nearest_centroid_is_the_one_a_plain_search_finds()
    {
        var random = TestSeed.Random(3);
        foreach (var (count, dimension) in new[] { (1, 3), (5, 1), (16, 8), (17, 9), (100, 33) })
        {
            var centroids = Floats(random, count * dimension, 1);
            using var panels = new CentroidPanels(centroids, dimension);
            var rows = Floats(random, 7 * dimension, 1);
            var nearest = new int[7];
            var scores = new float[7];
            fixed (float* r = rows)
            {
                panels.Nearest(r, 7, nearest, scores);
                for (var i = 0; i < 7; i++)
                {
                    var plain = Enumerable.Range(0, count).MinBy(c => Enumerable.Range(0, dimension).Sum(j =>
                        Math.Pow(rows[(i * dimension) + j] - (double)centroids[(c * dimension) + j], 2)));
                    Assert.Equal(plain, nearest[i]);
                }
            }
        }
    }

    [Fact]
    public void The_Hadamard_transform_keeps_lengths_and_undoes_itself()
    {
        var random = TestSeed.Random(4);
        for (var n = 1; n <= 1024; n *= 2)
        {
            var x = Floats(random, n, 1);
            var y = x.ToArray();
            var weights = new float[n];
            Array.Fill(weights, 1 / MathF.Sqrt(n));
            fixed (float* p = y, w = weights)
            {
                HadamardTransform.Apply(p, w, n);
                Assert.Equal(x.Sum(v => (double)v * v), y.Sum(v => (double)v * v), 1e-3);
                for (var k = 0; k < n; k++)
                {
                    // Entry (k, j) of the matrix is −1 where k and j share an odd number of bits.
                    var entry = Enumerable.Range(0, n).Sum(j => x[j] * (System.Numerics.BitOperations.PopCount((uint)(k & j)) % 2 == 0 ? 1.0 : -1));
                    Assert.Equal(entry / Math.Sqrt(n), y[k], 1e-4);
                }

                HadamardTransform.Apply(p, w, n);
            }

            for (var j = 0; j < n; j++) Assert.Equal(x[j], y[j], 1e-4);
        }
    }

    [Fact]
    public void A_length_that_is_no_power_of_two_is_refused()
    {
        var x = new float[3];
        Assert.Throws<ArgumentException>(() =>
        {
            fixed (float* p = x) HadamardTransform.Apply(p, p, 3);
        });
    }

    /// <summary>How far a float32 sum of n terms may be from the exact one, with some room for the order of summation.</summary>
    private static double Bound(int n, double magnitude) => (n + 4) * magnitude / (1 << 23);

    private static float[] Floats(Random random, int n, double reach)
    {
        var values = new float[n];
        for (var i = 0; i < n; i++) values[i] = (float)((random.NextDouble() - 0.5) * 2 * reach);
        return values;
    }
}
