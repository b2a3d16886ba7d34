using Microsoft.Win32.SafeHandles;

namespace VectorSearch.Numerics.Formats;

/// <summary>A vector file whose rows are read one by one where they lie, so that it never has to fit in memory.</summary>
public sealed class VectorRowFile : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly VectorLayout _layout;
    private readonly string _path;
    private readonly byte[] _row;

    private VectorRowFile(string path, SafeFileHandle file, VectorLayout layout)
    {
        _path = path;
        _file = file;
        _layout = layout;
        _row = new byte[layout.Stride];
    }

    /// <summary>How many rows.</summary>
    public int Rows => (int)_layout.Rows;

    /// <summary>Elements a row.</summary>
    public int Dimension => _layout.Dimension;

    /// <summary>Opens a file and checks its header against its length.</summary>
    /// <exception cref="VectorFormatException">The file is not what its ending says.</exception>
    public static VectorRowFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using (var head = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read))
        {
            var layout = VectorFormat.ReadLayout(head, path);
            return new VectorRowFile(path, File.OpenHandle(path, options: FileOptions.RandomAccess), layout);
        }
    }

    /// <summary>Reads a row. Not for several threads at once.</summary>
    /// <param name="row">Its number.</param>
    /// <param name="to">Receives Dimension floats.</param>
    /// <exception cref="VectorFormatException">The file ends early.</exception>
    public void Read(int row, Span<float> to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        var offset = _layout.FirstRow + ((long)row * _layout.Stride);
        var got = RandomAccess.Read(_file, _row, offset);
        if (got < _row.Length) throw new VectorFormatException(_path, offset + got, "the end of the file", $"row {row}");
        FloatConversion.Convert(_row.AsSpan(_layout.RowPrefix), _layout.Element, to[.._layout.Dimension], _path, offset);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
