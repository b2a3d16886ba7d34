using VectorSearch.Numerics.Formats;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// Rows kept in one byte a coordinate, each with a scale of its own: the sample that centroids are trained on. What that moves
/// a row is nothing beside its distance from any centroid (after the rotation all coordinates are of one size), and the sample
/// is the largest thing that a build holds beside the rows.
/// </summary>
internal sealed class PackedRows(int rows, int dimension) : IDisposable
{
    private const float Top = 127;
    private readonly RowMatrix<sbyte> _steps = new(rows, dimension);
    private readonly float[] _scales = new float[rows];

    /// <summary>How many rows.</summary>
    public int Rows => _steps.Rows;

    /// <summary>Elements a row.</summary>
    public int Dimension => _steps.Dimension;

    /// <summary>Keeps a row of finite numbers.</summary>
    public void Write(int row, ReadOnlySpan<float> from)
    {
        var greatest = 0f;
        foreach (var value in from) greatest = MathF.Max(greatest, MathF.Abs(value));
        _scales[row] = greatest / Top;
        var inverse = greatest > 0 ? Top / greatest : 0;
        var to = _steps[row];
        for (var j = 0; j < to.Length; j++) to[j] = (sbyte)Math.Clamp(MathF.Round(from[j] * inverse), -Top, Top);
    }

    /// <summary>Gives a row.</summary>
    public void Read(int row, Span<float> to)
    {
        var from = _steps[row];
        var scale = _scales[row];
        for (var j = 0; j < from.Length; j++) to[j] = from[j] * scale;
    }

    public void Dispose() => _steps.Dispose();
}
