using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Dense;

/// <summary>Tables made for tests.</summary>
internal static class DenseSamples
{
    /// <summary>Three classes that differ in the product of two features only, which no linear map sees.</summary>
    public static DenseTable Clusters(int count, int width, int salt)
    {
        Xoshiro256 random = new(TestSeed.Value, (ulong)salt);
        VectorTable rows = new(count, width);
        int[] labels = new int[count];
        for (int n = 0; n < count; n++)
        {
            labels[n] = n % 3;
            Span<float> row = rows.Writable(n);
            for (int c = 0; c < width; c++) row[c] = 10 * c + (float)random.NextGaussian() * 0.3f;
            float sign = random.NextInt(2) == 0 ? 1 : -1;
            row[0] += 2 * sign;
            row[1] += labels[n] == 2 ? 0 : 2 * (labels[n] == 0 ? sign : -sign);
        }

        return new DenseTable(new Vocabulary(Enumerable.Range(0, width).Select(n => $"f{n}")), new Vocabulary(["same", "opposite", "none"]), rows, labels);
    }
}
