using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Reads the sections of a <see cref="ModelFile"/>; every length is checked against the file before memory is taken.</summary>
internal sealed class ModelSectionReader : IDisposable
{
    private const int MaxSections = 1000;
    private const int MaxNameBytes = 200;

    private readonly FileStream _stream;
    private readonly string _path;
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly int _sections;
    private string _section = "header";
    private long _start, _left;
    private uint _crc;
    private int _read;
    private bool _inDigest;

    public ModelSectionReader(FileStream stream, string path, int version)
    {
        _stream = stream;
        _path = path;
        byte[] header = Raw(20);
        if (!header.AsSpan(0, 8).SequenceEqual(ModelSectionWriter.Magic)) throw Fault("this is not a model file: it does not begin with VSMODEL.");
        Require(Crc32C.Compute(header.AsSpan(0, 16)), header.AsSpan(16));
        int found = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8));
        if (found != version) throw Fault($"format version {found}: this program reads version {version}.");
        _sections = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12));
        if (_sections is < 0 or > MaxSections) throw Fault($"{_sections} sections: expected at most {MaxSections}.");
    }

    public bool TryNext(out string section)
    {
        section = "";
        if (_read == _sections) return false;
        _start = _stream.Position;
        byte[] size = Raw(2);
        int nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(size);
        if (nameBytes is 0 or > MaxNameBytes) throw Fault($"a section name of {nameBytes} bytes: expected 1 to {MaxNameBytes}.");
        byte[] rest = Raw(nameBytes + 8 + 4);
        byte[] header = [.. size, .. rest];
        Require(Crc32C.Compute(header.AsSpan(0, header.Length - 4)), header.AsSpan(header.Length - 4));
        _section = section = Encoding.UTF8.GetString(header.AsSpan(2, nameBytes));
        _left = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(2 + nameBytes));
        if (_left < 0 || _left > _stream.Length - _stream.Position)
            throw Fault($"{_left} bytes announced, the file has {_stream.Length - _stream.Position} more.");
        _inDigest = section != ModelFile.CardSection;
        if (_inDigest) _digest.AppendData(header.AsSpan(0, header.Length - 4));
        _crc = Crc32C.Start;
        _read++;
        _start = _stream.Position;
        return true;
    }

    public byte[] ReadBytes()
    {
        if (_left > Array.MaxLength) throw Fault($"{_left} bytes are too many for a text section.");
        byte[] bytes = Payload((int)_left);
        Close();
        return bytes;
    }

    public Vocabulary ReadVocabulary()
    {
        int count = Count();
        // An id takes at least its length and one byte.
        if (count > _left / 5) throw Fault($"{count} ids announced in {_left} bytes.");
        string[] ids = new string[count];
        for (int row = 0; row < count; row++)
        {
            int length = Count();
            if (length > _left) throw Fault($"an id of {length} bytes announced, {_left} left.");
            ids[row] = Encoding.UTF8.GetString(Payload(length));
        }

        Close();
        try
        {
            return new Vocabulary(ids);
        }
        catch (ArgumentException e)
        {
            throw Fault(e.Message, e);
        }
    }

    public VectorTable ReadTable()
    {
        int rows = Count(), dimension = Count();
        if (dimension == 0 || _left != (long)rows * dimension * sizeof(float)) throw Fault($"a table of {rows} × {dimension} floats announced in {_left} bytes.");
        VectorTable table = new(rows, dimension);
        for (int row = 0; row < rows; row++)
        {
            Payload(MemoryMarshal.AsBytes(table.Writable(row)));
            foreach (float value in table[row])
            {
                if (!float.IsFinite(value)) throw Fault($"row {row} holds {value}.");
            }
        }

        Close();
        return table;
    }

    /// <summary>Checks the trailer; returns the digest in hex.</summary>
    public string Finish()
    {
        _section = "trailer";
        _start = _stream.Position;
        byte[] trailer = Raw(44);
        Require(Crc32C.Compute(trailer.AsSpan(0, 40)), trailer.AsSpan(40));
        if (!trailer.AsSpan(0, 8).SequenceEqual(ModelSectionWriter.End)) throw Fault("VSMODEND was expected.");
        byte[] digest = _digest.GetHashAndReset();
        if (!trailer.AsSpan(8, 32).SequenceEqual(digest)) throw Fault("the digest is not that of the sections.");
        if (_stream.Position != _stream.Length) throw Fault($"{_stream.Length - _stream.Position} bytes follow the end.");
        return Convert.ToHexStringLower(digest);
    }

    public ModelFileException Fault(string problem, Exception? inner = null) => new(_path, _section, _start, problem, inner);

    public void Dispose() => _digest.Dispose();

    private int Count()
    {
        int count = BinaryPrimitives.ReadInt32LittleEndian(Payload(sizeof(int)));
        return count >= 0 ? count : throw Fault($"a count of {count}.");
    }

    private byte[] Payload(int length)
    {
        if (length > _left) throw Fault($"{length} bytes expected, {_left} left.");
        byte[] bytes = new byte[length];
        Payload(bytes);
        return bytes;
    }

    private void Payload(Span<byte> bytes)
    {
        ReadExactly(bytes);
        _left -= bytes.Length;
        if (_inDigest) _digest.AppendData(bytes);
        _crc = Crc32C.Append(_crc, bytes);
    }

    private void Close()
    {
        if (_left != 0) throw Fault($"{_left} bytes too many.");
        Require(Crc32C.Finish(_crc), Raw(sizeof(uint)));
    }

    private byte[] Raw(int length)
    {
        byte[] bytes = new byte[length];
        ReadExactly(bytes);
        return bytes;
    }

    private void ReadExactly(Span<byte> bytes)
    {
        if (_stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw Fault($"the file ends at {_stream.Length}.");
    }

    private void Require(uint computed, ReadOnlySpan<byte> stored)
    {
        uint expected = BinaryPrimitives.ReadUInt32LittleEndian(stored);
        if (computed != expected) throw Fault($"damaged: checksum {computed:x8}, expected {expected:x8}.");
    }
}
