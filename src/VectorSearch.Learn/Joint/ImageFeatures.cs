using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Strength of the random changes to a picture in training; 0 everywhere leaves it as it is.</summary>
/// <param name="Shift">Greatest shift, as a part of the side.</param>
/// <param name="Scale">Greatest relative change of size.</param>
/// <param name="Rotation">Greatest turn, in degrees.</param>
/// <param name="Colour">Greatest relative change of each colour's strength, and shift of its level.</param>
internal readonly record struct ImageAugmentation(double Shift, double Scale, double Rotation, double Colour)
{
    public ImageAugmentation Times(double factor) => new(Shift * factor, Scale * factor, Rotation * factor, Colour * factor);
}

/// <summary>
/// A picture as numbers that forgive small shifts: it is brought to a fixed side, and then read as mean colours of blocks beside
/// histograms of the directions of edges in cells (Dalal and Triggs, "Histograms of Oriented Gradients", CVPR 2005).
/// </summary>
internal sealed class ImageFeatures(int channels)
{
    /// <summary>Pixels to which each side is brought.</summary>
    public const int Side = 32;

    private const int Cell = 4, Cells = Side / Cell, Directions = 9, Block = 4, Blocks = Side / Block;
    private const float Floor = 0.02f;

    // Unit vectors of the directions from 0° to 180° in steps of 20°, written out so that they are the same on every machine.
    private static readonly (float X, float Y)[] Compass =
    [
        (1, 0), (0.9396926f, 0.3420201f), (0.7660444f, 0.6427876f), (0.5f, 0.8660254f), (0.1736482f, 0.9848078f), (-0.1736482f, 0.9848078f),
        (-0.5f, 0.8660254f), (-0.7660444f, 0.6427876f), (-0.9396926f, 0.3420201f),
    ];

    /// <summary>1 for grey, 3 for colour.</summary>
    public int Channels => channels;

    /// <summary>How many numbers.</summary>
    public int Width => (Cells * Cells * Directions) + (Blocks * Blocks * channels);

    /// <summary>The picture as it is.</summary>
    public void Fill(PixelImage image, Span<float> features) => Read(Resample(Suited(image), 1, 0, 0, 0), features);

    /// <summary>The picture changed at random.</summary>
    public void Fill(PixelImage image, ImageAugmentation strength, ref Xoshiro256 random, Span<float> features)
    {
        double size = 1 + Uniform(ref random, strength.Scale), half = Uniform(ref random, Math.PI / 360 * strength.Rotation);
        double dx = Uniform(ref random, strength.Shift), dy = Uniform(ref random, strength.Shift);
        float[] pixels = Resample(Suited(image), size, half, dx, dy);
        for (int c = 0; c < channels; c++)
        {
            float gain = 1 + (float)Uniform(ref random, strength.Colour), level = (float)Uniform(ref random, strength.Colour / 2);
            for (int n = c; n < pixels.Length; n += channels) pixels[n] = Math.Clamp((pixels[n] * gain) + level, 0, 1);
        }

        Read(pixels, features);
    }

    private static double Uniform(ref Xoshiro256 random, double most) => ((2 * random.NextDouble()) - 1) * most;

    private PixelImage Suited(PixelImage image) => channels == 1 ? image.ToGrey() : image.ToColour();

    /// <summary>Side × side pixels of 0 to 1, turned about the middle by twice the angle whose tangent is <paramref name="half"/>.</summary>
    private float[] Resample(PixelImage image, double size, double half, double dx, double dy)
    {
        double cosine = (1 - (half * half)) / (1 + (half * half)) * size, sine = 2 * half / (1 + (half * half)) * size;
        double stepX = (double)image.Width / Side, stepY = (double)image.Height / Side;
        float[] pixels = new float[Side * Side * channels];
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                double u = x - ((Side - 1) / 2.0), v = y - ((Side - 1) / 2.0);
                double across = (((cosine * u) - (sine * v) + ((Side - 1) / 2.0) + (dx * Side) + 0.5) * stepX) - 0.5;
                double down = (((sine * u) + (cosine * v) + ((Side - 1) / 2.0) + (dy * Side) + 0.5) * stepY) - 0.5;
                for (int c = 0; c < channels; c++) pixels[(((y * Side) + x) * channels) + c] = Sample(image, across, down, c);
            }
        }

        return pixels;
    }

    /// <summary>Between the pixels, linearly; beyond the edge the nearest pixel goes on.</summary>
    private static float Sample(PixelImage image, double across, double down, int channel)
    {
        across = Math.Clamp(across, 0, image.Width - 1);
        down = Math.Clamp(down, 0, image.Height - 1);
        int x = (int)across, y = (int)down, right = Math.Min(x + 1, image.Width - 1), below = Math.Min(y + 1, image.Height - 1);
        float fx = (float)(across - x), fy = (float)(down - y);
        float top = At(x, y) + ((At(right, y) - At(x, y)) * fx), bottom = At(x, below) + ((At(right, below) - At(x, below)) * fx);
        return (top + ((bottom - top) * fy)) / 255;

        float At(int px, int py) => image.Samples[(((py * image.Width) + px) * image.Channels) + channel];
    }

    private void Read(float[] pixels, Span<float> features)
    {
        features.Clear();
        Span<float> blocks = features[(Cells * Cells * Directions)..];
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                for (int c = 0; c < channels; c++)
                    blocks[((((y / Block) * Blocks) + (x / Block)) * channels) + c] += pixels[(((y * Side) + x) * channels) + c] / (Block * Block);
                AddEdge(pixels, x, y, features);
            }
        }

        for (int cell = 0; cell < Cells * Cells; cell++) Normalise(features.Slice(cell * Directions, Directions));
    }

    /// <summary>The steepest channel's gradient votes for the two nearest directions, in the four nearest cells.</summary>
    private void AddEdge(float[] pixels, int x, int y, Span<float> features)
    {
        float gx = 0, gy = 0, steepest = 0;
        for (int c = 0; c < channels; c++)
        {
            float across = At(Math.Min(x + 1, Side - 1), y, c) - At(Math.Max(x - 1, 0), y, c), down = At(x, Math.Min(y + 1, Side - 1), c) - At(x, Math.Max(y - 1, 0), c);
            float steep = (across * across) + (down * down);
            if (steep > steepest) (gx, gy, steepest) = (across, down, steep);
        }

        if (steepest == 0) return;
        float cellX = ((x + 0.5f) / Cell) - 0.5f, cellY = ((y + 0.5f) / Cell) - 0.5f;
        int left = (int)MathF.Floor(cellX), top = (int)MathF.Floor(cellY);
        for (int direction = 0; direction < Directions; direction++)
        {
            // |cosine| to the direction, sharpened so that only the nearest two count.
            float along = Math.Abs((gx * Compass[direction].X) + (gy * Compass[direction].Y)), vote = (along * along / steepest) - 0.75f;
            if (vote <= 0) continue;
            vote *= MathF.Sqrt(steepest);
            for (int corner = 0; corner < 4; corner++)
            {
                int column = left + (corner & 1), row = top + (corner >> 1);
                if ((uint)column >= Cells || (uint)row >= Cells) continue;
                float weight = (1 - Math.Abs(cellX - column)) * (1 - Math.Abs(cellY - row));
                features[(((row * Cells) + column) * Directions) + direction] += vote * weight;
            }
        }

        float At(int px, int py, int channel) => pixels[(((py * Side) + px) * channels) + channel];
    }

    /// <summary>Roots of the shares of the directions, so that a faint edge counts nearly as a strong one, and none as none.</summary>
    private static void Normalise(Span<float> cell)
    {
        float sum = Floor;
        foreach (float value in cell) sum += value;
        foreach (ref float value in cell) value = MathF.Sqrt(value / sum);
    }
}
