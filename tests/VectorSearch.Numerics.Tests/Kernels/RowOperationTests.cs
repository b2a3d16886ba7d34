using VectorSearch.Testing;

namespace VectorSearch.Numerics.Tests;

public sealed class RowOperationTests
{
    [Theory]
    [InlineData(1f)]
    [InlineData(1e38f)]
    [InlineData(float.Epsilon)]
    public void Normalize_gives_a_unit_vector_at_any_scale(float scale)
    {
        for (int n = 1; n < 40; n++)
        {
            float[] x = new float[n];
            for (int i = 0; i < n; i++) x[i] = i % 3 == 0 ? scale : -scale;
            double norm = VectorMath.Normalize(x, x);
            Assert.Equal(scale * Math.Sqrt(n), norm, scale * 1e-6);
            Assert.Equal(1.0, VectorMath.NormSquaredDouble(x), 1e-6);
        }
    }

    [Fact]
    public void Normalize_leaves_the_zero_vector_alone()
    {
        float[] x = new float[5];
        Assert.Equal(0, VectorMath.Normalize(x, x));
        Assert.All(x, value => Assert.Equal(0f, value));
    }

    [Fact]
    public void Scaling_and_adding_match_their_definition_at_every_length()
    {
        Random random = TestSeed.Random(4);
        for (int n = 0; n < 70; n++)
        {
            float[] x = new float[n], y = new float[n], sum = new float[n], scaled = new float[n];
            for (int i = 0; i < n; i++)
            {
                x[i] = random.NextSingle() - 0.5f;
                y[i] = random.NextSingle() - 0.5f;
            }

            y.CopyTo(sum, 0);
            x.CopyTo(scaled, 0);
            VectorMath.AddScaled(0.75f, x, sum);
            VectorMath.Scale(-2f, scaled);
            for (int i = 0; i < n; i++)
            {
                Assert.Equal(y[i] + (0.75 * x[i]), sum[i], 1e-6);
                Assert.Equal(-2f * x[i], scaled[i]);
            }
        }
    }

    [Fact]
    public void Padding_rounds_up_to_whole_vectors()
    {
        Assert.Equal(0, VectorMath.PaddedLength(0));
        Assert.Equal(16, VectorMath.PaddedLength(1));
        Assert.Equal(16, VectorMath.PaddedLength(16));
        Assert.Equal(112, VectorMath.PaddedLength(100));
    }

    [Fact]
    public void Crc32C_gives_the_check_value_of_its_definition()
    {
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));
        Assert.Equal(0u, Crc32C.Compute([]));
        uint state = Crc32C.Append(Crc32C.Start, "1234"u8);
        Assert.Equal(0xE3069283u, Crc32C.Finish(Crc32C.Append(state, "56789"u8)));
    }
}
