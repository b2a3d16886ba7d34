using VectorSearch.Numerics;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Learn;

/// <summary>Vectors of one dimension, one a row. Rows are padded with zeros to whole lanes of <see cref="NormalEquations"/>.</summary>
public sealed class VectorTable
{
    private readonly float[] _values;

    /// <summary>A table of zeros.</summary>
    /// <param name="rows">How many vectors.</param>
    /// <param name="dimension">Coordinates of each, at least 1.</param>
    public VectorTable(int rows, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        Rows = rows;
        Dimension = dimension;
        Stride = NormalEquations.Stride(dimension);
        long length = (long)rows * Stride;
        if (length > Array.MaxLength)
            throw new ArgumentException($"{rows} rows of {Stride} floats are {length}; a table holds at most {Array.MaxLength}.", nameof(rows));
        _values = new float[length];
    }

    /// <summary>A table with the rows of a matrix read from a file.</summary>
    public static VectorTable Of(RowMatrix<float> rows)
    {
        VectorTable table = new(rows.Rows, rows.Dimension);
        for (int row = 0; row < rows.Rows; row++) rows[row].CopyTo(table.Writable(row));
        return table;
    }

    /// <summary>A table of rows of one length.</summary>
    /// <exception cref="ArgumentException">There is none, or their lengths differ.</exception>
    public static VectorTable Of(IReadOnlyList<float[]> rows)
    {
        if (rows.Count == 0) throw new ArgumentException("There are no rows.", nameof(rows));
        VectorTable table = new(rows.Count, rows[0].Length);
        for (int row = 0; row < rows.Count; row++)
        {
            if (rows[row].Length != table.Dimension)
                throw new ArgumentException($"Row {row} has {rows[row].Length} coordinates: expected {table.Dimension}, as row 0.", nameof(rows));
            rows[row].CopyTo(table.Writable(row));
        }

        return table;
    }

    /// <summary>How many vectors.</summary>
    public int Rows { get; }

    /// <summary>Coordinates of a vector.</summary>
    public int Dimension { get; }

    /// <summary>Floats from one row to the next.</summary>
    public int Stride { get; }

    /// <summary>All rows with their padding.</summary>
    internal float[] Values => _values;

    /// <summary>One vector.</summary>
    public ReadOnlySpan<float> this[int row] => _values.AsSpan(row * Stride, Dimension);

    /// <summary>True when every coordinate is 0: the row of an item that no training data speaks of.</summary>
    public bool IsZero(int row) => !this[row].ContainsAnyExcept(0f);

    /// <summary>The first rows without padding, row-major.</summary>
    public float[] ToCompact(int rows)
    {
        float[] compact = new float[(long)rows * Dimension];
        for (int row = 0; row < rows; row++) this[row].CopyTo(compact.AsSpan(row * Dimension));
        return compact;
    }

    /// <summary>The same vectors, to be kept while this table changes.</summary>
    internal VectorTable Copy()
    {
        VectorTable copy = new(Rows, Dimension);
        _values.CopyTo(copy._values, 0);
        return copy;
    }

    /// <summary>The same rows, one coordinate shorter.</summary>
    internal VectorTable WithoutLastColumn()
    {
        VectorTable shorter = new(Rows, Dimension - 1);
        for (int row = 0; row < Rows; row++) this[row][..^1].CopyTo(shorter.Writable(row));
        return shorter;
    }

    /// <summary>This table with one more row.</summary>
    public VectorTable With(ReadOnlySpan<float> row)
    {
        if (row.Length != Dimension) throw new ArgumentException($"The row has {row.Length} coordinates, expected {Dimension}.", nameof(row));
        VectorTable longer = new(Rows + 1, Dimension);
        _values.CopyTo(longer._values, 0);
        row.CopyTo(longer.Writable(Rows));
        return longer;
    }

    /// <summary>One vector, to be written.</summary>
    internal Span<float> Writable(int row) => _values.AsSpan(row * Stride, Dimension);
}
