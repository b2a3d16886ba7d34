using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace VectorSearch.Numerics.Formats;

/// <summary>Writes a vector file (.fvecs, .fbin, .npy) row by row; how many rows there are is told by its end.</summary>
public sealed class VectorRowWriter : IDisposable
{
    private readonly FileStream _file;
    private readonly string _ending;
    private readonly int _dimension;

    /// <summary>Makes the file.</summary>
    /// <param name="path">Its name, whose ending is the format.</param>
    /// <param name="dimension">Numbers of a row.</param>
    /// <exception cref="ArgumentException">The ending is none of .fvecs, .fbin and .npy.</exception>
    public VectorRowWriter(string path, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        _ending = VectorFormat.Ending(path);
        if (!Takes(path)) throw new ArgumentException($"'{path}' ends in '{_ending}', expected .fvecs, .fbin or .npy.", nameof(path));
        _dimension = dimension;
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        _file.Write(Head());
    }

    /// <summary>Rows written so far.</summary>
    public long Rows { get; private set; }

    /// <summary>True if the ending of a file is one that this class writes.</summary>
    public static bool Takes(string path) => VectorFormat.Ending(path) is ".fvecs" or ".fbin" or ".npy";

    /// <summary>Writes a row.</summary>
    /// <param name="row">As many numbers as the dimension.</param>
    public void Write(ReadOnlySpan<float> row)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(row.Length, _dimension, nameof(row));
        if (_ending == ".fvecs") _file.Write(Number(_dimension));
        if (BitConverter.IsLittleEndian)
        {
            _file.Write(MemoryMarshal.AsBytes(row));
        }
        else
        {
            foreach (float value in row) _file.Write(Number(BitConverter.SingleToInt32Bits(value)));
        }

        Rows++;
    }

    /// <summary>Ends the file with the number of its rows.</summary>
    public void Dispose()
    {
        _file.Position = 0;
        _file.Write(Head());
        _file.Dispose();
    }

    /// <summary>As long for any number of rows: NumPy's header is padded to 128 bytes from one row to 10¹⁸.</summary>
    private byte[] Head() => _ending switch
    {
        ".fbin" => [.. Number(checked((int)Rows)), .. Number(_dimension)],
        ".npy" => NpyHeader.Write("<f4", Rows, _dimension),
        _ => [],
    };

    private static byte[] Number(int number)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }
}
