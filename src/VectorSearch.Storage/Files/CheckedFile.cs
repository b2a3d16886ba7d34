using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace VectorSearch.Storage;

/// <summary>
/// A small file written once: magic u32, version u16, zero u16, body length u32, CRC32C u32 of the other fields and the
/// body (all little-endian), body. It appears whole or not at all.
/// </summary>
public static class CheckedFile
{
    private const int HeaderBytes = 16;
    private const int ChecksumAt = 12;

    /// <summary>Writes the file aside, forces it to the disk and renames it into place.</summary>
    /// <exception cref="StorageException">The disk refused; what had the name before is still there.</exception>
    public static void Write(FileDurability disk, string path, uint magic, ushort version, ReadOnlySpan<byte> body)
    {
        byte[] bytes = new byte[HeaderBytes + body.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, magic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), body.Length);
        body.CopyTo(bytes.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(ChecksumAt), Checksum(bytes));
        string aside = path + ".tmp";
        using (SafeFileHandle file = disk.OpenForWriting(aside, create: true))
        {
            disk.Write(file, aside, bytes, 0);
            RandomAccess.SetLength(file, bytes.Length);
            disk.Flush(file, aside);
        }

        disk.Rename(aside, path);
    }

    /// <summary>Reads the body.</summary>
    /// <exception cref="StorageException">Missing, damaged, foreign or newer.</exception>
    public static byte[] Read(string path, uint magic, ushort version)
    {
        if (!File.Exists(path)) throw StorageException.Damaged(path, -1, "the file", "none");
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StorageException.Refused(path, "reading it", e);
        }

        if (bytes.Length < HeaderBytes) throw StorageException.Damaged(path, 0, $"a header of {HeaderBytes} bytes", $"{bytes.Length} bytes");
        uint foundMagic = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (foundMagic != magic) throw StorageException.Damaged(path, 0, $"magic {magic:x8}", $"{foundMagic:x8}");
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8));
        if (length != bytes.Length - HeaderBytes)
            throw StorageException.Damaged(path, 8, $"a body of {bytes.Length - HeaderBytes} bytes", $"{length}");
        uint expected = Checksum(bytes), found = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(ChecksumAt));
        if (found != expected) throw StorageException.Damaged(path, ChecksumAt, $"CRC32C {expected:x8}", $"{found:x8}");
        ushort foundVersion = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(4));
        return foundVersion <= version
            ? bytes[HeaderBytes..]
            : throw new StorageException(StorageFailure.Foreign, path, 4, $"format version {version} or older", $"version {foundVersion}");
    }

    private static uint Checksum(byte[] bytes) =>
        Crc32C.Append(Crc32C.Compute(bytes.AsSpan(0, ChecksumAt)), bytes.AsSpan(HeaderBytes));
}
