using System.Buffers.Binary;
using System.Runtime.InteropServices;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>Reads what <see cref="BlockWriter"/> wrote, and checks a block before any of its bytes is used.</summary>
internal sealed class BlockReader(Stream stream)
{
    private readonly byte[] _block = new byte[sizeof(uint) + BlockWriter.MaxPayload + sizeof(uint)];
    private int _next;
    private int _end;
    private long _blockOffset;
    private long _offset;

    /// <summary>Where the next byte comes from, counted from where reading began.</summary>
    internal long Offset => _blockOffset + _next;

    internal void Read(Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_next == _end) ReadBlock();
            int part = Math.Min(bytes.Length, _end - _next);
            _block.AsSpan(_next, part).CopyTo(bytes);
            _next += part;
            bytes = bytes[part..];
        }
    }

    internal byte ReadByte()
    {
        if (_next == _end) ReadBlock();
        return _block[_next++];
    }

    internal int ReadInt32()
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        Read(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    internal long ReadInt64()
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        Read(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    internal void ReadInts(Span<int> values)
    {
        Read(MemoryMarshal.AsBytes(values));
        if (BitConverter.IsLittleEndian) return;
        for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReverseEndianness(values[i]);
    }

    internal void ReadFloats(Span<float> values) => ReadInts(MemoryMarshal.Cast<float, int>(values));

    /// <summary>Requires that the block is used up, as it is where the writer ended one on purpose.</summary>
    internal void EndBlock(string section)
    {
        if (_next != _end) throw new IndexFormatException(Offset, $"{_end - _next} bytes are left over after the {section}; expected none.");
    }

    private void ReadBlock()
    {
        _blockOffset = _offset;
        _next = _end = 0;
        Fill(0, sizeof(uint));
        int length = BinaryPrimitives.ReadInt32LittleEndian(_block);
        if (length is < 1 or > BlockWriter.MaxPayload)
            throw new IndexFormatException(_blockOffset, $"a block says it has {length} bytes; expected 1 to {BlockWriter.MaxPayload}.");
        Fill(sizeof(uint), length + sizeof(uint));
        int end = sizeof(uint) + length;
        uint expected = BinaryPrimitives.ReadUInt32LittleEndian(_block.AsSpan(end));
        uint actual = Crc32C.Compute(_block.AsSpan(0, end));
        if (actual != expected) throw new IndexFormatException(_blockOffset, $"a block of {length} bytes has checksum {actual:x8}; expected {expected:x8}.");
        _next = sizeof(uint);
        _end = end;
    }

    private void Fill(int at, int count)
    {
        int got = stream.ReadAtLeast(_block.AsSpan(at, count), count, throwOnEndOfStream: false);
        _offset += got;
        if (got < count) throw new IndexFormatException(_offset, $"the bytes end here; expected {count - got} more in this block.");
    }
}
