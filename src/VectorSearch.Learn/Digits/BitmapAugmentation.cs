using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Strength of the random changes to a picture; 0 everywhere leaves it as it is.</summary>
/// <param name="Shift">Greatest shift, in pixels.</param>
/// <param name="Rotation">Greatest turn, in degrees.</param>
/// <param name="Scale">Greatest relative change of width and of height.</param>
/// <param name="Shear">Greatest slant.</param>
/// <param name="Elastic">Deviation of the shifts of a 5 × 5 grid laid over the picture, in pixels.</param>
/// <param name="Bold">Greatest change of the ink from which a pixel counts as inked, as a part of full ink.</param>
public readonly record struct BitmapAugmentation(double Shift, double Rotation, double Scale, double Shear, double Elastic, double Bold)
{
    /// <summary>Strengths found on a validation part of MNIST.</summary>
    public static BitmapAugmentation Default { get; } = new(1.5, 12, 0.12, 0.15, 0.8, 0.25);

    /// <summary>All strengths multiplied.</summary>
    public BitmapAugmentation Times(double factor) =>
        new(Shift * factor, Rotation * factor, Scale * factor, Shear * factor, Elastic * factor, Bold * Math.Min(1, factor));
}

/// <summary>
/// Draws a picture anew, moved, turned, stretched and bent at random (affine and elastic distortions: Simard, Steinkraus and
/// Platt, ICDAR 2003, with a coarse grid of random shifts in place of a blurred random field), and lists its inked pixels.
/// </summary>
internal sealed class BitmapDistortion
{
    private const int Grid = 5;

    private readonly int _width, _height;
    private readonly BitmapAugmentation _strength;
    private readonly (int Cell, float Across, float Down)[] _places;

    public BitmapDistortion(int width, int height, BitmapAugmentation strength)
    {
        (_width, _height, _strength) = (width, height, strength);
        _places = new (int, float, float)[width * height];
        for (int n = 0; n < _places.Length; n++)
        {
            float x = (float)(n % width) / Math.Max(1, width - 1) * (Grid - 1), y = (float)(n / width) / Math.Max(1, height - 1) * (Grid - 1);
            int column = Math.Min((int)x, Grid - 2), row = Math.Min((int)y, Grid - 2);
            _places[n] = ((row * Grid) + column, Smooth(x - column), Smooth(y - row));
        }
    }

    /// <summary>The inked pixels of a picture as it comes out this time.</summary>
    public FeatureBag Draw(byte[] ink, ref Xoshiro256 random)
    {
        // A turn by the tangent of half its angle: no sine, so the same bits on every machine.
        double half = Uniform(ref random, Math.PI / 360 * _strength.Rotation), cosine = (1 - (half * half)) / (1 + (half * half)), sine = 2 * half / (1 + (half * half));
        double wide = 1 + Uniform(ref random, _strength.Scale), high = 1 + Uniform(ref random, _strength.Scale), slant = Uniform(ref random, _strength.Shear);
        float xx = (float)(cosine * wide), xy = (float)((cosine * slant) - (sine * high)), yx = (float)(sine * wide), yy = (float)((sine * slant) + (cosine * high));
        float middleX = (_width - 1) / 2f, middleY = (_height - 1) / 2f;
        float dx = middleX + (float)Uniform(ref random, _strength.Shift), dy = middleY + (float)Uniform(ref random, _strength.Shift);
        Span<float> bendX = stackalloc float[Grid * Grid], bendY = stackalloc float[Grid * Grid];
        for (int n = 0; n < Grid * Grid; n++) (bendX[n], bendY[n]) = ((float)_strength.Elastic * random.NextNormal(), (float)_strength.Elastic * random.NextNormal());
        float threshold = BitmapOptions.Threshold + (float)Uniform(ref random, 255 * _strength.Bold);
        Span<int> inked = new int[ink.Length];
        int count = 0;
        for (int n = 0; n < ink.Length; n++)
        {
            (int cell, float across, float down) = _places[n];
            float x = (n % _width) - middleX, y = (n / _width) - middleY;
            float u = (xx * x) + (xy * y) + dx + At(bendX, cell, across, down), v = (yx * x) + (yy * y) + dy + At(bendY, cell, across, down);
            if (Sample(ink, u, v) >= threshold) inked[count++] = n;
        }

        return BitmapOptions.Weigh(inked[..count].ToArray());
    }

    private static float Smooth(float t) => t * t * (3 - (2 * t));

    private static double Uniform(ref Xoshiro256 random, double most) => ((2 * random.NextDouble()) - 1) * most;

    private static float At(ReadOnlySpan<float> grid, int cell, float across, float down)
    {
        float top = grid[cell] + ((grid[cell + 1] - grid[cell]) * across), bottom = grid[cell + Grid] + ((grid[cell + Grid + 1] - grid[cell + Grid]) * across);
        return top + ((bottom - top) * down);
    }

    /// <summary>Ink between the pixels, linearly; none beyond the edge.</summary>
    private float Sample(byte[] ink, float u, float v)
    {
        if (!(u > -1 && v > -1 && u < _width && v < _height)) return 0;
        int x = (int)MathF.Floor(u), y = (int)MathF.Floor(v);
        float right = u - x, down = v - y;
        float top = Pixel(x, y) + ((Pixel(x + 1, y) - Pixel(x, y)) * right), bottom = Pixel(x, y + 1) + ((Pixel(x + 1, y + 1) - Pixel(x, y + 1)) * right);
        return top + ((bottom - top) * down);

        float Pixel(int px, int py) => (uint)px < (uint)_width && (uint)py < (uint)_height ? ink[(py * _width) + px] : 0;
    }
}
