namespace VectorSearch.Learn;

/// <summary>A picture of 8-bit samples, rows from the top, samples of a pixel side by side.</summary>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
/// <param name="Channels">1 for grey, 3 for red, green and blue.</param>
/// <param name="Samples">Width × height × channels values.</param>
public sealed record PixelImage(int Width, int Height, int Channels, byte[] Samples)
{
    /// <summary>Size in words, such as <c>28 × 28 grey</c>.</summary>
    public string Size => $"{Width} × {Height} {(Channels == 1 ? "grey" : "colour")}";

    /// <summary>The picture in grey (Rec. 601 luma).</summary>
    public PixelImage ToGrey()
    {
        if (Channels == 1) return this;
        byte[] grey = new byte[Width * Height];
        for (int n = 0; n < grey.Length; n++) grey[n] = (byte)(((299 * Samples[3 * n]) + (587 * Samples[(3 * n) + 1]) + (114 * Samples[(3 * n) + 2]) + 500) / 1000);
        return new PixelImage(Width, Height, 1, grey);
    }

    /// <summary>The picture in colour.</summary>
    public PixelImage ToColour()
    {
        if (Channels == 3) return this;
        byte[] colour = new byte[3 * Samples.Length];
        for (int n = 0; n < colour.Length; n++) colour[n] = Samples[n / 3];
        return new PixelImage(Width, Height, 3, colour);
    }
}
