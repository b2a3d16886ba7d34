using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Digits;

/// <summary>Small pictures of strokes: upright, lying, and rings, at places and of sizes drawn at random.</summary>
internal static class InkSamples
{
    public const int Side = 12;

    public static LabelledImages Make(int count, int salt, bool dark = false)
    {
        Xoshiro256 random = new(TestSeed.Value, (ulong)salt);
        List<PixelImage> images = [];
        int[] labels = new int[count];
        for (int n = 0; n < count; n++)
        {
            labels[n] = n % 3;
            byte[] ink = Draw(labels[n], ref random);
            images.Add(new PixelImage(Side, Side, 1, dark ? [.. ink.Select(value => (byte)(255 - value))] : ink));
        }

        return new LabelledImages(new Vocabulary(["bar", "dash", "ring"]), new Vocabulary([]), images, [.. labels.Select(_ => Array.Empty<float>())], labels);
    }

    private static byte[] Draw(int kind, ref Xoshiro256 random)
    {
        byte[] ink = new byte[Side * Side];
        int x0 = 3 + random.NextInt(4), y0 = 3 + random.NextInt(4), size = 3 + random.NextInt(2);
        for (int t = -size; t <= size; t++)
        {
            if (kind == 0) Set(x0, y0 + t);
            else if (kind == 1) Set(x0 + t, y0);
            else if (Math.Abs(t) <= 2)
            {
                Set(x0 + t, y0 - 2);
                Set(x0 + t, y0 + 2);
                Set(x0 - 2, y0 + t);
                Set(x0 + 2, y0 + t);
            }
        }

        return ink;

        void Set(int x, int y)
        {
            if (x is >= 1 and < Side - 1 && y is >= 1 and < Side - 1) ink[(y * Side) + x] = 255;
        }
    }
}
