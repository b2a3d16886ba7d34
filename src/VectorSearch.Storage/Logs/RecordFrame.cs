using System.Buffers.Binary;

namespace VectorSearch.Storage;

/// <summary>
/// A record as it lies in a log: a fixed header and a body under one CRC32C.
/// <para>Header, little-endian: magic u32, version u16, kind u8, flags u8, body length u32, generation u32, sequence u64,
/// durable sequence u64, CRC32C u32 of everything else, zero u32.</para>
/// <para>The durable sequence is the newest one the writer knew to be on disk. It is what makes a lost tail provable: a
/// frame that says 90 is durable in a log that ends at 80 testifies that ten acknowledged records are gone.</para>
/// </summary>
/// <param name="Kind">What the body is; the log does not look into it.</param>
/// <param name="Flags">For the owner of the log.</param>
/// <param name="Generation">The generation of the collection that the record was written for.</param>
/// <param name="Sequence">1 for the first record of a log, then one more each.</param>
/// <param name="DurableSequence">Newest sequence known to be on disk when this record was written.</param>
public readonly record struct RecordFrame(byte Kind, byte Flags, uint Generation, ulong Sequence, ulong DurableSequence)
{
    /// <summary>Bytes before the body.</summary>
    public const int HeaderBytes = 40;

    /// <summary>The first four bytes: "VSR1".</summary>
    public const uint Magic = 0x31525356;

    /// <summary>The version of the frame that this code writes.</summary>
    public const ushort Version = 1;

    private const int ChecksumAt = 32;

    /// <summary>Writes header and body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="destination">At least <see cref="HeaderBytes"/> and the body's length.</param>
    public void Write(ReadOnlySpan<byte> body, Span<byte> destination)
    {
        Span<byte> header = destination[..HeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], Version);
        header[6] = Kind;
        header[7] = Flags;
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], body.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], DurableSequence);
        BinaryPrimitives.WriteUInt32LittleEndian(header[36..], 0);
        body.CopyTo(destination[HeaderBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[ChecksumAt..], Checksum(destination[..(HeaderBytes + body.Length)]));
    }

    /// <summary>Reads a frame that fills <paramref name="bytes"/> exactly.</summary>
    /// <param name="bytes">The frame.</param>
    /// <param name="file">Where it came from, for the error.</param>
    /// <param name="offset">Its offset there, for the error.</param>
    /// <param name="body">The body, within <paramref name="bytes"/>.</param>
    /// <exception cref="StorageException">Anything is not as it was written; or the frame is of a newer version.</exception>
    public static RecordFrame Read(ReadOnlySpan<byte> bytes, string file, long offset, out ReadOnlySpan<byte> body)
    {
        if (bytes.Length < HeaderBytes)
            throw StorageException.Damaged(file, offset, $"a record header of {HeaderBytes} bytes", $"{bytes.Length} bytes");
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (magic != Magic) throw StorageException.Damaged(file, offset, $"record magic {Magic:x8}", $"{magic:x8}");
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (length != bytes.Length - HeaderBytes)
            throw StorageException.Damaged(file, offset + 8, $"a body of {bytes.Length - HeaderBytes} bytes", $"{length}");
        uint expected = Checksum(bytes), found = BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumAt..]);
        if (found != expected) throw StorageException.Damaged(file, offset + ChecksumAt, $"CRC32C {expected:x8}", $"{found:x8}");
        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
        if (version > Version)
            throw new StorageException(StorageFailure.Foreign, file, offset + 4, $"record version {Version} or older", $"version {version}");
        body = bytes[HeaderBytes..];
        return new RecordFrame(
            bytes[6],
            bytes[7],
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]));
    }

    /// <summary>The length of the whole frame that starts here, or 0 if no frame can start here.</summary>
    internal static int PeekLength(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic) return 0;
        int body = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        return body >= 0 && body <= bytes.Length - HeaderBytes ? HeaderBytes + body : 0;
    }

    private static uint Checksum(ReadOnlySpan<byte> frame)
    {
        uint crc = Crc32C.Compute(frame[..ChecksumAt]);
        return Crc32C.Append(crc, frame[(ChecksumAt + sizeof(uint))..]);
    }
}
