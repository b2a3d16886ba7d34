namespace VectorSearch.Learn;

/// <summary>How a picture becomes the list of its inked pixels. All are part of what a model file keeps.</summary>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
/// <param name="DarkInk">Whether ink is dark on a light ground.</param>
internal sealed record BitmapOptions(int Width, int Height, bool DarkInk)
{
    /// <summary>Ink of 0 to 255 from which a pixel counts as inked.</summary>
    public const int Threshold = 128;

    /// <summary>How the given pictures are to be read: the ground is what most pixels at the edge are.</summary>
    public static BitmapOptions Of(IReadOnlyList<PixelImage> images)
    {
        (int width, int height) = (images[0].Width, images[0].Height);
        long sum = 0, count = 0;
        foreach (PixelImage image in images)
        {
            for (int n = 0; n < image.Samples.Length; n++)
            {
                int x = n % width, y = n / width;
                if (x > 0 && y > 0 && x < width - 1 && y < height - 1) continue;
                sum += image.Samples[n];
                count++;
            }
        }

        return new BitmapOptions(width, height, sum > 127 * count);
    }

    /// <summary>The ink of each pixel, 0 to 255.</summary>
    public byte[] Ink(PixelImage image)
    {
        byte[] ink = (byte[])image.ToGrey().Samples.Clone();
        if (!DarkInk) return ink;
        foreach (ref byte value in ink.AsSpan()) value = (byte)(255 - value);
        return ink;
    }

    /// <summary>The inked pixels, each with the weight 1/√n, so that bold and thin strokes have values of like size.</summary>
    public static FeatureBag ToBag(ReadOnlySpan<byte> ink)
    {
        int count = 0;
        foreach (byte value in ink) count += value >= Threshold ? 1 : 0;
        int[] pixels = new int[count];
        count = 0;
        for (int n = 0; n < ink.Length; n++)
        {
            if (ink[n] >= Threshold) pixels[count++] = n;
        }

        return Weigh(pixels);
    }

    /// <summary>The bag of inked pixels.</summary>
    public static FeatureBag Weigh(int[] pixels)
    {
        float[] weights = new float[pixels.Length];
        Array.Fill(weights, EmbeddingBag.Scale(pixels.Length));
        return new FeatureBag(pixels, weights);
    }

    public IReadOnlyDictionary<string, double> ToParameters() => new Dictionary<string, double>
    {
        ["width"] = Width, ["height"] = Height, ["dark-ink"] = DarkInk ? 1 : 0, ["threshold"] = Threshold,
    };

    public static BitmapOptions OfParameters(IReadOnlyDictionary<string, double> parameters) => parameters["threshold"] == Threshold
        ? new BitmapOptions((int)parameters["width"], (int)parameters["height"], parameters["dark-ink"] != 0)
        : throw new FormatException($"threshold {parameters["threshold"]}: this version reads {Threshold}.");
}
