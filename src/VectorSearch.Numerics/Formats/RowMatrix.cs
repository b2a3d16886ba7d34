using System.Runtime.InteropServices;

namespace VectorSearch.Numerics.Formats;

/// <summary>
/// Rows of one length, contiguous in native memory and aligned to 64 bytes, so that a set beyond 2 GiB and a kernel
/// that wants a pointer are both served. Row i starts at element i × <see cref="Dimension"/>.
/// </summary>
/// <typeparam name="T">The element: float for vectors, int for the ids of a ground truth.</typeparam>
public sealed unsafe class RowMatrix<T> : IDisposable
    where T : unmanaged
{
    private const int Alignment = 64;
    private T* _data;

    /// <summary>Allocates zeroed rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative row count or a dimension below 1.</exception>
    public RowMatrix(int rows, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        Rows = rows;
        Dimension = dimension;
        Bytes = (long)rows * dimension * sizeof(T);
        _data = (T*)NativeMemory.AlignedAlloc((nuint)Math.Max(Bytes, Alignment), Alignment);
        NativeMemory.Clear(_data, (nuint)Bytes);
        if (Bytes > 0) GC.AddMemoryPressure(Bytes);
    }

    /// <summary>Gives back what was never disposed.</summary>
    ~RowMatrix() => Release();

    /// <summary>How many rows.</summary>
    public int Rows { get; }

    /// <summary>Elements a row.</summary>
    public int Dimension { get; }

    /// <summary>Bytes of all rows together.</summary>
    public long Bytes { get; }

    /// <summary>The first element; valid until <see cref="Dispose"/>.</summary>
    public T* Data => _data;

    /// <summary>One row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The row is not in [0, Rows).</exception>
    /// <exception cref="ObjectDisposedException">The memory has been given back.</exception>
    public Span<T> this[int row]
    {
        get
        {
            ObjectDisposedException.ThrowIf(_data is null, this);
            ArgumentOutOfRangeException.ThrowIfNegative(row);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
            return new Span<T>(_data + ((long)row * Dimension), Dimension);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (_data is null) return;
        NativeMemory.AlignedFree(_data);
        _data = null;
        if (Bytes > 0) GC.RemoveMemoryPressure(Bytes);
    }
}
