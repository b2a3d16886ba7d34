using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace VectorSearch.Numerics.Formats;

/// <summary>A vector file whose rows are read one by one where they lie, so that it never has to fit in memory.</summary>
public sealed class VectorRowFile : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly VectorLayout _layout;
    private readonly string _path;

    private VectorRowFile(string path, SafeFileHandle file, VectorLayout layout)
    {
        _path = path;
        _file = file;
        _layout = layout;
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

    /// <summary>Reads a row. Any number of threads may.</summary>
    /// <param name="row">Its number.</param>
    /// <param name="to">Receives Dimension floats.</param>
    /// <exception cref="VectorFormatException">The file ends early.</exception>
    public void Read(int row, Span<float> to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        var offset = _layout.FirstRow + ((long)row * _layout.Stride);
        var rented = ArrayPool<byte>.Shared.Rent(_layout.Stride);
        try
        {
            var bytes = rented.AsSpan(0, _layout.Stride);
            var got = RandomAccess.Read(_file, bytes, offset);
            if (got < bytes.Length) throw new VectorFormatException(_path, offset + got, "the end of the file", $"row {row}");
            FloatConversion.Convert(bytes[_layout.RowPrefix..], _layout.Element, to[.._layout.Dimension], _path, offset);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
