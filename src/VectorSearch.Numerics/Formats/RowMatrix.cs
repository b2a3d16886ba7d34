namespace VectorSearch.Numerics.Formats;

/// <summary>
/// Rows of one length, contiguous in native memory (<see cref="NativeBuffer"/>), so that a set beyond 2 GiB and a kernel
/// that wants a pointer are both served. Row i starts at element i × <see cref="Dimension"/>.
/// </summary>
/// <typeparam name="T">The element: float for vectors, int for the ids of a ground truth.</typeparam>
public sealed unsafe class RowMatrix<T> : IDisposable
    where T : unmanaged
{
    private NativeBuffer? _buffer;

    /// <summary>Allocates zeroed rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative row count or a dimension below 1.</exception>
    public RowMatrix(int rows, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        Rows = rows;
        Dimension = dimension;
        Bytes = (long)rows * dimension * sizeof(T);
        _buffer = NativeBuffer.Allocate(Math.Max(Bytes, sizeof(T)));
        Data = (T*)_buffer.Start;
    }

    private RowMatrix(RowMatrix<T> from)
    {
        (Rows, Dimension, Bytes) = (from.Rows, from.Dimension, from.Bytes);
        _buffer = from._buffer;
        Data = from.Data;
        from._buffer = null;
        from.Data = null;
    }

    /// <summary>How many rows.</summary>
    public int Rows { get; }

    /// <summary>Elements a row.</summary>
    public int Dimension { get; }

    /// <summary>Bytes of all rows together.</summary>
    public long Bytes { get; }

    /// <summary>The first element; valid until <see cref="Dispose"/>.</summary>
    public T* Data { get; private set; }

    /// <summary>One row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The row is not in [0, Rows).</exception>
    /// <exception cref="ObjectDisposedException">The memory has been given back.</exception>
    public Span<T> this[int row]
    {
        get
        {
            ObjectDisposedException.ThrowIf(Data is null, this);
            ArgumentOutOfRangeException.ThrowIfNegative(row);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
            return new Span<T>(Data + ((long)row * Dimension), Dimension);
        }
    }

    /// <summary>All elements, row after row; there must be fewer than 2³¹.</summary>
    /// <exception cref="OverflowException">There are more.</exception>
    /// <exception cref="ObjectDisposedException">The memory has been given back.</exception>
    public Span<T> All()
    {
        ObjectDisposedException.ThrowIf(Data is null, this);
        return new Span<T>(Data, checked(Rows * Dimension));
    }

    /// <summary>Hands the rows over to a matrix of another owner; this one is as if it were disposed.</summary>
    /// <exception cref="ObjectDisposedException">The memory has been given back.</exception>
    public RowMatrix<T> HandOver()
    {
        ObjectDisposedException.ThrowIf(Data is null, this);
        return new RowMatrix<T>(this);
    }

    /// <summary>
    /// Gives back the memory behind a prefix, whose bytes are the caller's own from here on: rows cannot be read any more.
    /// </summary>
    /// <param name="bytes">Bytes that are kept.</param>
    /// <returns>The first of them; valid until <see cref="Dispose"/>.</returns>
    public byte* Shrink(long bytes)
    {
        ObjectDisposedException.ThrowIf(Data is null, this);
        _buffer!.Shrink(bytes);
        Data = null;
        return _buffer.Start;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Data = null;
        _buffer?.Dispose();
    }
}
