using System.Buffers.Binary;
using System.Text;

namespace VectorSearch.Collections;

/// <summary>
/// Reads what <see cref="ByteWriter"/> wrote. Every length is checked against the bytes that are left before anything is
/// allocated; what does not fit is an <see cref="InvalidDataException"/>, which the caller turns into file and offset.
/// </summary>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Position { get; private set; }

    public readonly int Left => _bytes.Length - Position;

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public double Double() => BitConverter.Int64BitsToDouble(Int64());

    /// <summary>A count of things that take at least <paramref name="bytesEach"/> bytes each.</summary>
    public int Count(int bytesEach)
    {
        uint value = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            byte part = Byte();
            value |= (uint)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value <= (uint)(Left / Math.Max(1, bytesEach))
                    ? (int)value
                    : throw new InvalidDataException($"{value} things of at least {bytesEach} bytes in {Left} bytes");
            }
        }

        throw new InvalidDataException("a count of more than 32 bits");
    }

    public string Text()
    {
        ReadOnlySpan<byte> utf8 = Bytes();
        try
        {
            return StrictUtf8.GetString(utf8);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("a text that is not UTF-8", e);
        }
    }

    public ReadOnlySpan<byte> Bytes() => Take(Count(1));

    public void Floats(Span<float> values)
    {
        ReadOnlySpan<byte> bytes = Take(values.Length * sizeof(float));
        for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
    }

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > Left) throw new InvalidDataException($"{count} bytes where {Left} are left");
        Position += count;
        return _bytes.Slice(Position - count, count);
    }

    public readonly void End()
    {
        if (Left > 0) throw new InvalidDataException($"{Left} bytes too many");
    }
}
