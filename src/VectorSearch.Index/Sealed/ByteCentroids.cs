using System.Runtime.CompilerServices;
using VectorSearch.Numerics.Codes;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// Centroids in one signed byte a coordinate, ĉ: a quarter of the memory that finding lists reads. ‖q−ĉ‖² stands for ‖q−c‖².
/// The difference is about a fiftieth of what codes leave unknown where lists are as large as their distance from the mean, and
/// about what the rounding of a query's tables adds anyway where they are small beside it (<see cref="Variance"/>).
/// </summary>
internal sealed unsafe class ByteCentroids : IDisposable
{
    private readonly RowMatrix<sbyte> _bytes;
    private readonly RowMatrix<CentroidTerms> _terms;

    /// <summary>Codes centroids given row after row.</summary>
    public ByteCentroids(ReadOnlySpan<float> centroids, int dimension)
    {
        Count = centroids.Length / dimension;
        Dimension = dimension;
        _bytes = new RowMatrix<sbyte>(Count, SignedByteRows.PaddedLength(dimension));
        _terms = new RowMatrix<CentroidTerms>(Count, 1);
        var squares = 0.0;
        for (var c = 0; c < Count; c++)
        {
            var centroid = centroids.Slice(c * dimension, dimension);
            var scale = SignedByteRows.Encode(centroid, _bytes[c]);
            squares += (double)scale * scale;
            double norm = 0, lost = 0;
            for (var j = 0; j < dimension; j++)
            {
                var value = (double)scale * _bytes[c][j];
                norm += value * value;
                lost += (centroid[j] - value) * (centroid[j] - value);
            }

            // The rounding points in no direction that a query knows, so on average it makes distances longer by its square.
            _terms.Data[c] = new CentroidTerms((float)(norm - lost), -2 * scale);
        }

        Variance = (float)(squares / (3 * Math.Max(1, Count)));
    }

    /// <summary>
    /// The variance of ‖q−ĉ‖² for ‖q−c‖², over the latter: 2⟨q−c, c−ĉ⟩, where each coordinate is rounded by up to half a step,
    /// has 4‖q−c‖² · step² / 12. The mean over all centroids.
    /// </summary>
    public float Variance { get; }

    /// <summary>How many.</summary>
    public int Count { get; }

    /// <summary>Coordinates.</summary>
    public int Dimension { get; }

    /// <summary>Bytes held.</summary>
    public long Bytes => _bytes.Bytes + _terms.Bytes;

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.Dispose();
        _terms.Dispose();
    }

    /// <summary>Measures centroids for one query.</summary>
    public ByteCentroidReader For(in RotatedQuery query) => new(query, _bytes.Data, _terms.Data, _bytes.Dimension);
}

/// <summary>What a distance needs beside the bytes: ‖ĉ‖² and −2·scale.</summary>
internal readonly struct CentroidTerms(float norm, float scale)
{
    public readonly float Norm = norm;
    public readonly float Scale = scale;
}

/// <summary>‖q−ĉ‖² of centroids.</summary>
internal readonly unsafe struct ByteCentroidReader(RotatedQuery query, sbyte* bytes, CentroidTerms* terms, int padded) : IRowReader
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Distance(int row)
    {
        var dot = SignedByteRows.Dot(query.Whole, bytes + ((long)row * padded), padded);
        return MathF.Max(0, query.NormSquared + terms[row].Norm + (terms[row].Scale * query.Step * dot));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int row) => Numerics.Prefetch.Range(bytes + ((long)row * padded), padded);
}
