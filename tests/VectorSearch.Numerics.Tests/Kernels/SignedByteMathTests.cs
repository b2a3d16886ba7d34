using System.Runtime.Intrinsics.X86;
using VectorSearch.Testing;

namespace VectorSearch.Numerics.Tests;

public sealed unsafe class SignedByteMathTests
{
    [Fact]
    public void Every_path_gives_the_same_integer_at_every_length()
    {
        Random random = TestSeed.Random(11);
        for (int n = 0; n <= 512; n += SignedByteMath.LengthMultiple)
        {
            sbyte[] x = new sbyte[n], y = new sbyte[n];
            for (int i = 0; i < n; i++)
            {
                // Extremes are frequent: that is where 16-bit sums would overflow.
                x[i] = (sbyte)(random.Next(3) == 0 ? 127 * (random.Next(2) == 0 ? 1 : -1) : random.Next(-127, 128));
                y[i] = (sbyte)(random.Next(3) == 0 ? 127 * (random.Next(2) == 0 ? 1 : -1) : random.Next(-127, 128));
            }

            long exact = x.Zip(y).Sum(pair => (long)pair.First * pair.Second);
            fixed (sbyte* px = x, py = y)
            {
                Assert.Equal(exact, SignedByteMath.DotScalar(px, py, n));
                Assert.Equal(exact, SignedByteMath.Dot128(px, py, n));
                if (Avx2.IsSupported) Assert.Equal(exact, SignedByteMath.Dot256(px, py, n));
                if (Avx512BW.IsSupported) Assert.Equal(exact, SignedByteMath.Dot512(px, py, n));
                Assert.Equal(exact, SignedByteMath.Dot(px, py, n));
            }
        }
    }

    [Fact]
    public void The_longest_vectors_do_not_overflow()
    {
        const int n = 1 << 16;
        sbyte[] x = new sbyte[n];
        Array.Fill(x, (sbyte)127);
        fixed (sbyte* p = x) Assert.Equal(n * 127 * 127, SignedByteMath.Dot(p, p, n));
    }
}
