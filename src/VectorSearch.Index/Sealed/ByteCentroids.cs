using System.Runtime.CompilerServices;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Codes;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// Centroids in one signed byte a coordinate, ĉ: a quarter of the memory that finding lists reads. ‖q−ĉ‖² stands for ‖q−c‖²,
/// from which it differs by about 2‖q−c‖‖c‖ · 0.007/√dimension: no more than the rounding of a query's tables adds to every
/// estimate anyway (<see cref="QueryTables.Uncertainty"/>), and a fiftieth of what a code leaves of a row's residual.
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
        for (var c = 0; c < Count; c++)
        {
            var centroid = centroids.Slice(c * dimension, dimension);
            var scale = SignedByteRows.Encode(centroid, _bytes[c]);
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
    }

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
