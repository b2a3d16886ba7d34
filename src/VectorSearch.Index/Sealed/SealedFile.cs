using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using VectorSearch.Numerics;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// The file of a sealed index. All numbers are little-endian; every part starts at a multiple of <see cref="BlockBytes"/>
/// so that it can be mapped:
/// <list type="number">
/// <item>the header, one block: magic, version, offsets and lengths of the parts, and the root, a CRC-32C of the header
/// and of the checksum table;</item>
/// <item>the small parts: mean, centroids, list bounds, spreads, efforts, byte scales;</item>
/// <item>row numbers; coded blocks; rows;</item>
/// <item>the checksum table: a CRC-32C of each block after the header.</item>
/// </list>
/// One root covers all: it vouches for the table, and the table for each block before its first use.
/// </summary>
internal static class SealedFile
{
    /// <summary>Bytes under one checksum.</summary>
    public const int BlockBytes = 1 << 16;

    /// <summary>Parts, in file order.</summary>
    public const int PartCount = 4;

    /// <summary>Files of other versions are refused: what is drawn from the seed again on opening has to be drawn alike.</summary>
    private const int Version = 4;

    private const ulong Magic = 0x3130_4C41_4553_5356; // "VSSEAL01"
    private const int RootOffset = 8 + 4 + 4 + (PartCount * 16) + 16;

    /// <summary>Where the parts of a file lie.</summary>
    public readonly record struct Layout(long[] Offsets, long[] Lengths, long TableOffset, int TableEntries)
    {
        public long FileBytes => TableOffset + ((long)TableEntries * sizeof(uint));
    }

    /// <summary>Where parts of these lengths will lie.</summary>
    public static Layout Plan(ReadOnlySpan<long> lengths)
    {
        var offsets = new long[lengths.Length];
        long at = BlockBytes;
        for (var i = 0; i < lengths.Length; i++)
        {
            offsets[i] = at;
            at += (lengths[i] + BlockBytes - 1) / BlockBytes * BlockBytes;
        }

        return new Layout(offsets, lengths.ToArray(), at, (int)((at / BlockBytes) - 1));
    }

    /// <summary>The header block, root included.</summary>
    public static byte[] Header(in Layout layout, ReadOnlySpan<byte> table)
    {
        var header = new byte[BlockBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), PartCount);
        for (var i = 0; i < PartCount; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(16 + (i * 16)), layout.Offsets[i]);
            BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(24 + (i * 16)), layout.Lengths[i]);
        }

        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(16 + (PartCount * 16)), layout.TableOffset);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(24 + (PartCount * 16)), layout.TableEntries);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(RootOffset), Root(header, table));
        return header;
    }

    /// <summary>Reads the header of a file of a known length and checks that its parts tile the file.</summary>
    public static Layout ReadHeader(ReadOnlySpan<byte> header, long fileBytes)
    {
        if (header.Length < BlockBytes) throw new IndexFormatException(header.Length, $"the bytes end here; expected a header of {BlockBytes}.");
        if (BinaryPrimitives.ReadUInt64LittleEndian(header) is var magic && magic != Magic)
            throw new IndexFormatException(0, $"magic {magic:x16}; expected {Magic:x16}.");
        if (BinaryPrimitives.ReadInt32LittleEndian(header[8..]) is var version && version != Version)
            throw new IndexFormatException(8, $"version {version}; expected {Version}.");
        if (BinaryPrimitives.ReadInt32LittleEndian(header[12..]) is var parts && parts != PartCount)
            throw new IndexFormatException(12, $"{parts} parts; expected {PartCount}.");
        var lengths = new long[PartCount];
        for (var i = 0; i < PartCount; i++)
        {
            lengths[i] = BinaryPrimitives.ReadInt64LittleEndian(header[(24 + (i * 16))..]);
            if (lengths[i] < 0 || lengths[i] > fileBytes)
                throw new IndexFormatException(24 + (i * 16), $"part {i} says it has {lengths[i]} bytes; expected 0 to {fileBytes}.");
        }

        var layout = Plan(lengths);
        if (layout.FileBytes != fileBytes)
            throw new IndexFormatException(Math.Min(fileBytes, layout.FileBytes), $"{fileBytes} bytes in all; expected {layout.FileBytes}.");
        return layout;
    }

    /// <summary>Checks the root over header and table.</summary>
    public static void CheckRoot(ReadOnlySpan<byte> header, ReadOnlySpan<byte> table)
    {
        var expected = BinaryPrimitives.ReadUInt32LittleEndian(header[RootOffset..]);
        var actual = Root(header, table);
        if (actual != expected) throw new IndexFormatException(RootOffset, $"the root is {actual:x8}; expected {expected:x8}.");
    }

    /// <summary>Checks one block against the table; block 0 is the one after the header.</summary>
    public static void CheckBlock(ReadOnlySpan<byte> block, int number, ReadOnlySpan<uint> table)
    {
        var actual = Crc32C.Compute(block);
        if (actual == table[number]) return;
        throw new IndexFormatException(
            (number + 1L) * BlockBytes, $"a block of {block.Length} bytes has checksum {actual:x8}; expected {table[number]:x8}.");
    }

    private static uint Root(ReadOnlySpan<byte> header, ReadOnlySpan<byte> table)
    {
        Span<byte> zero = stackalloc byte[sizeof(uint)];
        zero.Clear();
        var state = Crc32C.Append(Crc32C.Start, header[..RootOffset]);
        state = Crc32C.Append(state, zero);
        state = Crc32C.Append(state, header[(RootOffset + sizeof(uint))..]);
        return Crc32C.Finish(Crc32C.Append(state, table));
    }

    /// <summary>SHA-256 over header and table, lower-case hexadecimal: what tells one file from all others.</summary>
    public static string Digest(ReadOnlySpan<byte> header, ReadOnlySpan<byte> table)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header[..BlockBytes]);
        hash.AppendData(table);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The checksum table as bytes.</summary>
    public static ReadOnlySpan<byte> Bytes(ReadOnlySpan<uint> table) => MemoryMarshal.AsBytes(table);
}
