using System.Runtime.Intrinsics.X86;
using VectorSearch.Numerics.Codes;
using VectorSearch.Testing;

namespace VectorSearch.Numerics.Tests.Codes;

public sealed unsafe class SignedByteRowsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(100)]
    [InlineData(784)]
    public void Inner_products_are_those_of_the_rounded_row(int dimension)
    {
        var random = TestSeed.Random(dimension);
        var (query, row) = (Floats(random, dimension), Floats(random, dimension));
        var padded = SignedByteRows.PaddedLength(dimension);
        var bytes = new sbyte[padded];
        var whole = new short[padded];
        Array.Fill(whole, (short)9);
        var scale = SignedByteRows.Encode(row, bytes);
        fixed (float* q = query)
        fixed (short* w = whole)
        fixed (sbyte* b = bytes)
        {
            var step = SignedByteRows.EncodeQuery(q, dimension, w);
            var exact = Enumerable.Range(0, dimension).Sum(j => (double)query[j] * bytes[j] * scale);
            var reach = Math.Sqrt(query.Sum(x => (double)x * x)) * Math.Sqrt(row.Sum(x => (double)x * x));
            Assert.InRange((scale * step * SignedByteRows.Dot(w, b, padded)) - exact, -2e-4 * reach, 2e-4 * reach);
        }

        for (var j = 0; j < padded; j++)
            Assert.InRange(j < dimension ? row[j] - (scale * bytes[j]) : bytes[j] + whole[j], -0.501f * scale, 0.501f * scale);
    }

    [Fact]
    public void Every_path_gives_the_same_sum()
    {
        var random = TestSeed.Random(12);
        for (var padded = 0; padded <= 512; padded += SignedByteRows.LengthMultiple)
        {
            var query = Enumerable.Range(0, padded).Select(_ => (short)random.Next(-short.MaxValue, short.MaxValue + 1)).ToArray();
            var row = Enumerable.Range(0, padded).Select(_ => (sbyte)random.Next(-127, 128)).ToArray();
            var exact = query.Zip(row).Sum(pair => (long)pair.First * pair.Second);
            fixed (short* q = query)
            fixed (sbyte* r = row)
            {
                Assert.Equal(exact, SignedByteRows.DotScalar(q, r, padded));
                if (Avx2.IsSupported) Assert.Equal(exact, SignedByteRows.Dot256(q, r, padded));
                if (Avx512BW.IsSupported) Assert.Equal(exact, SignedByteRows.Dot512(q, r, padded));
                Assert.Equal(exact, SignedByteRows.Dot(q, r, padded));
            }
        }
    }

    [Theory]
    [InlineData(64)]
    [InlineData(4096)]
    [InlineData(65_535)]
    public void The_longest_sums_fit(int dimension)
    {
        var query = new float[dimension];
        Array.Fill(query, 3f);
        var padded = SignedByteRows.PaddedLength(dimension);
        var bytes = new sbyte[padded];
        var whole = new short[padded];
        var scale = SignedByteRows.Encode(query, bytes);
        fixed (float* q = query)
        fixed (short* w = whole)
        fixed (sbyte* b = bytes)
        {
            var step = SignedByteRows.EncodeQuery(q, dimension, w);
            Assert.Equal(9.0 * dimension, (double)scale * step * SignedByteRows.Dot(w, b, padded), 9.0 * dimension * 1e-3);
        }
    }

    [Fact]
    public void Zeros_stay_zeros()
    {
        var bytes = new sbyte[SignedByteRows.LengthMultiple];
        Assert.Equal(0, SignedByteRows.Encode(new float[5], bytes));
        var whole = new short[SignedByteRows.LengthMultiple];
        var query = new float[5];
        fixed (float* q = query)
        fixed (short* w = whole) Assert.Equal(0, SignedByteRows.EncodeQuery(q, 5, w));
        Assert.All(whole, x => Assert.Equal(0, x));
    }

    private static float[] Floats(Random random, int n) => [.. Enumerable.Range(0, n).Select(_ => (random.NextSingle() - 0.5f) * 20)];
}
