using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Strength of the changes that augmentation makes to a spectrum; 0 everywhere leaves it as it is.</summary>
/// <param name="Crop">Greatest part cut off, or added, at each end.</param>
/// <param name="Warp">Greatest stretch of the frequency axis: another length of vocal tract (Jaitly and Hinton, 2013).</param>
/// <param name="Bend">Greatest shift of the middle of the clip against its ends.</param>
/// <param name="Mask">Greatest part of bands, and of frames, set to the mean (Park et al., SpecAugment, 2019).</param>
/// <param name="Noise">Standard deviation of noise on every value.</param>
public readonly record struct SpectrumAugmentation(double Crop, double Warp, double Bend, double Mask, double Noise)
{
    /// <summary>Strengths found on validation parts of spoken digits.</summary>
    public static SpectrumAugmentation Default { get; } = new(0.12, 0.12, 0.1, 0.2, 0.3);
}

/// <summary>
/// Brings a spectrum of any length to a fixed grid of frames × bands by linear interpolation, less the mean of each band;
/// beside it stand these means less their own mean (so that loudness does not matter) and the logarithm of the clip's
/// length. In training it is changed at random.
/// </summary>
internal static class SpectrumGrid
{
    /// <summary>Values of the grid, frame by frame, then the means of the bands, then the logarithm of the clip's length.</summary>
    public static int Width(SpectrumOptions options) => ((options.Frames + 1) * options.Bands) + 1;

    /// <summary>The grid as it is.</summary>
    public static void Fill(float[][] frames, SpectrumOptions options, Span<float> grid) =>
        Sample(frames, options, 0, frames.Length - 1, 0, 1, grid);

    /// <summary>The grid changed at random.</summary>
    public static void Fill(float[][] frames, SpectrumOptions options, SpectrumAugmentation strength, ref Xoshiro256 random, Span<float> grid)
    {
        double last = frames.Length - 1;
        double from = Uniform(ref random, strength.Crop) * last, to = last + (Uniform(ref random, strength.Crop) * last);
        double warp = 1 + Uniform(ref random, strength.Warp), bend = Uniform(ref random, strength.Bend) * last;
        Sample(frames, options, from, to, bend, warp, grid);
        for (int n = 0; n < grid.Length; n++) grid[n] += (float)strength.Noise * ((2 * random.NextSingle()) - 1) * 1.7f;
        int bands = (int)(random.NextDouble() * strength.Mask * options.Bands), firstBand = random.NextInt(options.Bands - bands + 1);
        int rows = (int)(random.NextDouble() * strength.Mask * options.Frames), firstRow = random.NextInt(options.Frames - rows + 1);
        for (int row = 0; row < options.Frames; row++)
        {
            Span<float> line = grid.Slice(row * options.Bands, options.Bands);
            line.Slice(firstBand, bands).Clear();
            if (row >= firstRow && row < firstRow + rows) line.Clear();
        }
    }

    private static double Uniform(ref Xoshiro256 random, double most) => ((2 * random.NextDouble()) - 1) * most;

    private static void Sample(float[][] frames, SpectrumOptions options, double from, double to, double bend, double warp, Span<float> grid)
    {
        for (int row = 0; row < options.Frames; row++)
        {
            double part = options.Frames == 1 ? 0.5 : (double)row / (options.Frames - 1);
            double at = Math.Clamp(from + ((to - from) * part) + (bend * 4 * part * (1 - part)), 0, frames.Length - 1);
            int frame = (int)at, next = Math.Min(frame + 1, frames.Length - 1);
            float right = (float)(at - frame);
            for (int band = 0; band < options.Bands; band++)
            {
                double wanted = Math.Clamp(band * warp, 0, options.Bands - 1);
                int low = (int)wanted, high = Math.Min(low + 1, options.Bands - 1);
                float up = (float)(wanted - low);
                float here = (frames[frame][low] * (1 - up)) + (frames[frame][high] * up);
                float there = (frames[next][low] * (1 - up)) + (frames[next][high] * up);
                grid[(row * options.Bands) + band] = (here * (1 - right)) + (there * right);
            }
        }

        Span<float> means = grid.Slice(options.Frames * options.Bands, options.Bands);
        float level = 0;
        for (int band = 0; band < options.Bands; band++)
        {
            float mean = 0;
            for (int row = 0; row < options.Frames; row++) mean += grid[(row * options.Bands) + band];
            means[band] = mean / options.Frames;
            level += means[band] / options.Bands;
            for (int row = 0; row < options.Frames; row++) grid[(row * options.Bands) + band] -= means[band];
        }

        foreach (ref float mean in means) mean -= level;
        grid[^1] = VectorFunctions.Log((float)Math.Max(1, to - from + 1));
    }
}
