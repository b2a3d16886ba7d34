using System.Buffers.Binary;
using System.Runtime.InteropServices;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// Writes bytes in blocks: payload length (u32, 1 to <see cref="MaxPayload"/>), payload, CRC-32C of both (u32), all
/// little-endian. A damaged byte is found within its block, and a reader needs memory for one block.
/// </summary>
internal sealed class BlockWriter(Stream stream)
{
    /// <summary>Greatest payload of a block.</summary>
    internal const int MaxPayload = 1 << 18;

    private readonly byte[] _block = new byte[sizeof(uint) + MaxPayload + sizeof(uint)];
    private int _length;

    internal void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int part = Math.Min(bytes.Length, MaxPayload - _length);
            bytes[..part].CopyTo(_block.AsSpan(sizeof(uint) + _length));
            _length += part;
            bytes = bytes[part..];
            if (_length == MaxPayload) Flush();
        }
    }

    internal void WriteByte(byte value) => Write([value]);

    internal void WriteInt32(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        Write(bytes);
    }

    internal void WriteInt64(long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        Write(bytes);
    }

    internal void WriteInts(ReadOnlySpan<int> values)
    {
        if (BitConverter.IsLittleEndian) Write(MemoryMarshal.AsBytes(values));
        else foreach (int value in values) WriteInt32(value);
    }

    internal void WriteFloats(ReadOnlySpan<float> values) => WriteInts(MemoryMarshal.Cast<float, int>(values));

    /// <summary>Ends the block, so that what follows begins a new one.</summary>
    internal void Flush()
    {
        if (_length == 0) return;
        BinaryPrimitives.WriteInt32LittleEndian(_block, _length);
        int end = sizeof(uint) + _length;
        BinaryPrimitives.WriteUInt32LittleEndian(_block.AsSpan(end), Crc32C.Compute(_block.AsSpan(0, end)));
        stream.Write(_block, 0, end + sizeof(uint));
        _length = 0;
    }
}
