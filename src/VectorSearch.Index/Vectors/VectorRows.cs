using System.Runtime.CompilerServices;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// The rows, one a slot: float32, padded with zeros to a multiple of 64 bytes and aligned to it, so that a kernel has no
/// remainder and a row touches no cache line in vain. Under cosine rows are unit vectors.
/// </summary>
internal sealed unsafe class VectorRows : IDisposable
{
    private readonly NativeBuffer _buffer;
    private readonly bool _normalizes;

    internal VectorRows(int dimension, Metric metric, int maxSlots)
    {
        Dimension = dimension;
        PaddedDimension = VectorMath.PaddedLength(dimension);
        RowBytes = (long)PaddedDimension * sizeof(float);
        _normalizes = metric == Metric.Cosine;
        _buffer = new NativeBuffer(maxSlots * RowBytes);
        Base = (float*)_buffer.Start;
    }

    /// <summary>Coordinates of a vector.</summary>
    internal int Dimension { get; }

    /// <summary>Floats from one row to the next.</summary>
    internal int PaddedDimension { get; }

    /// <summary>Bytes of a row.</summary>
    internal long RowBytes { get; }

    /// <summary>Row 0.</summary>
    internal float* Base { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal float* Row(int slot) => Base + ((nint)slot * PaddedDimension);

    /// <summary>Makes room for slots below <paramref name="slots"/>. The caller serialises.</summary>
    internal void EnsureSlots(int slots) => _buffer.Commit(slots * RowBytes);

    /// <summary>Stores a vector that <see cref="VectorGuard"/> let pass.</summary>
    internal void Write(int slot, ReadOnlySpan<float> vector) => Prepare(vector, Row(slot));

    /// <summary>Writes the padded form of a vector, normalised under cosine: of rows and queries alike.</summary>
    internal void Prepare(ReadOnlySpan<float> vector, float* target)
    {
        Span<float> row = new(target, PaddedDimension);
        if (_normalizes) VectorMath.Normalize(vector, row);
        else vector.CopyTo(row);
        row[Dimension..].Clear();
    }

    public void Dispose() => _buffer.Dispose();
}
