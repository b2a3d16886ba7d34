namespace VectorSearch.Numerics.Formats;

/// <summary>
/// Where the rows of a vector file lie. Every format handled here is a header, then rows of one stride: a prefix that
/// repeats the dimension (4 bytes in .fvecs/.ivecs, none elsewhere) and <see cref="Dimension"/> elements.
/// </summary>
internal readonly record struct VectorLayout(
    VectorElement Element, long Rows, int Dimension, long FirstRow, int RowPrefix)
{
    public int PayloadBytes => Dimension * Element.Size();

    public int Stride => RowPrefix + PayloadBytes;

    public long FileBytes => FirstRow + (Rows * Stride);
}
