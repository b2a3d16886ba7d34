using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace VectorSearch.Storage;

/// <summary>
/// A small file that is replaced atomically in place: two slots, written in turn, each with a counter and a CRC32C. A torn
/// write spoils the older slot only, so the last completed write is always readable.
/// <para>Slot, little-endian: magic u32, version u16, zero u16, counter u64, body length u32, CRC32C u32 of all the slot's
/// other fields and the body, body. The file has exactly two slots of <see cref="SlotBytes"/>.</para>
/// </summary>
public sealed class TwoSlotFile : IDisposable
{
    /// <summary>Bytes of one slot.</summary>
    public const int SlotBytes = 4096;

    /// <summary>Largest body.</summary>
    public const int MaxBodyBytes = SlotBytes - HeaderBytes;

    private const int HeaderBytes = 24;
    private const int ChecksumAt = 20;

    private readonly FileDurability _disk;
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly uint _magic;
    private readonly ushort _version;
    private ulong _counter;

    private TwoSlotFile(FileDurability disk, SafeFileHandle file, string path, uint magic, ushort version, ulong counter)
    {
        _disk = disk;
        _file = file;
        _path = path;
        _magic = magic;
        _version = version;
        _counter = counter;
    }

    /// <summary>Makes the file with its first body and forces both to the disk.</summary>
    /// <exception cref="StorageException">The disk refused.</exception>
    public static TwoSlotFile Create(FileDurability disk, string path, uint magic, ushort version, ReadOnlySpan<byte> body)
    {
        SafeFileHandle file = disk.OpenForWriting(path, create: true);
        try
        {
            disk.Write(file, path, new byte[2 * SlotBytes], 0);
            TwoSlotFile made = new(disk, file, path, magic, version, 0);
            made.Write(body);
            disk.FlushDirectory(Path.GetDirectoryName(path)!);
            return made;
        }
        catch (StorageException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens the file and reads the newest good body.</summary>
    /// <exception cref="StorageException">Missing, empty, foreign, newer, or both slots damaged.</exception>
    public static TwoSlotFile Open(FileDurability disk, string path, uint magic, ushort version, out byte[] body)
    {
        if (!File.Exists(path)) throw StorageException.Damaged(path, -1, "the file", "none");
        SafeFileHandle file = disk.OpenForWriting(path, create: false);
        try
        {
            (ulong counter, body) = ReadNewest(disk, file, path, magic, version);
            return new TwoSlotFile(disk, file, path, magic, version, counter);
        }
        catch (StorageException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Replaces the body; when this returns the new body is on disk.</summary>
    /// <exception cref="ArgumentException">The body is larger than <see cref="MaxBodyBytes"/>.</exception>
    /// <exception cref="StorageException">The disk refused; the body before is still readable.</exception>
    public void Write(ReadOnlySpan<byte> body)
    {
        if (body.Length > MaxBodyBytes)
            throw new ArgumentException($"A slot holds {MaxBodyBytes} bytes, this body has {body.Length}.", nameof(body));
        ulong counter = _counter + 1;
        byte[] slot = new byte[SlotBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(slot, _magic);
        BinaryPrimitives.WriteUInt16LittleEndian(slot.AsSpan(4), _version);
        BinaryPrimitives.WriteUInt64LittleEndian(slot.AsSpan(8), counter);
        BinaryPrimitives.WriteInt32LittleEndian(slot.AsSpan(16), body.Length);
        body.CopyTo(slot.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(slot.AsSpan(ChecksumAt), Checksum(slot, body.Length));
        _disk.Write(_file, _path, slot, SlotOffset(counter));
        _disk.Flush(_file, _path);
        _counter = counter;
    }

    /// <summary>Names every slot that has been written and does not check.</summary>
    public static IEnumerable<StorageException> Verify(string path, uint magic, ushort version)
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length != 2 * SlotBytes)
        {
            yield return StorageException.Damaged(path, -1, $"{2 * SlotBytes} bytes", $"{bytes.Length}");
            yield break;
        }

        for (int at = 0; at < bytes.Length; at += SlotBytes)
        {
            byte[] slot = bytes[at..(at + SlotBytes)];
            if (slot.AsSpan().ContainsAnyExcept((byte)0) && Explain(slot, path, at, magic, version) is { } fault) yield return fault;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static long SlotOffset(ulong counter) => (long)(counter % 2) * SlotBytes;

    private static (ulong Counter, byte[] Body) ReadNewest(FileDurability disk, SafeFileHandle file, string path, uint magic, ushort version)
    {
        (ulong Counter, byte[] Body)? newest = null;
        StorageException? fault = null;
        for (int at = 0; at < 2 * SlotBytes; at += SlotBytes)
        {
            byte[] slot = new byte[SlotBytes];
            int read = disk.Read(file, path, slot, at);
            StorageException? wrong = read < SlotBytes
                ? StorageException.Damaged(path, at, $"a slot of {SlotBytes} bytes", $"{read} bytes")
                : Explain(slot, path, at, magic, version);
            if (wrong is { Failure: StorageFailure.Foreign }) throw wrong;
            if (wrong is not null)
            {
                fault ??= wrong;
                continue;
            }

            ulong counter = BinaryPrimitives.ReadUInt64LittleEndian(slot.AsSpan(8));
            if (newest is null || counter > newest.Value.Counter)
                newest = (counter, slot.AsSpan(HeaderBytes, BinaryPrimitives.ReadInt32LittleEndian(slot.AsSpan(16))).ToArray());
        }

        return newest ?? throw fault!;
    }

    private static StorageException? Explain(byte[] slot, string path, long offset, uint magic, ushort version)
    {
        uint foundMagic = BinaryPrimitives.ReadUInt32LittleEndian(slot);
        if (foundMagic != magic) return StorageException.Damaged(path, offset, $"magic {magic:x8}", $"{foundMagic:x8}");
        int length = BinaryPrimitives.ReadInt32LittleEndian(slot.AsSpan(16));
        if (length is < 0 or > MaxBodyBytes) return StorageException.Damaged(path, offset + 16, $"a length up to {MaxBodyBytes}", $"{length}");
        uint expected = Checksum(slot, length);
        uint found = BinaryPrimitives.ReadUInt32LittleEndian(slot.AsSpan(ChecksumAt));
        if (found != expected) return StorageException.Damaged(path, offset + ChecksumAt, $"CRC32C {expected:x8}", $"{found:x8}");

        // Only a slot whose checksum is right can be trusted about its version.
        ushort foundVersion = BinaryPrimitives.ReadUInt16LittleEndian(slot.AsSpan(4));
        return foundVersion > version
            ? new StorageException(StorageFailure.Foreign, path, offset + 4, $"format version {version} or older", $"version {foundVersion}")
            : null;
    }

    private static uint Checksum(byte[] slot, int length) =>
        Crc32C.Append(Crc32C.Compute(slot.AsSpan(0, ChecksumAt)), slot.AsSpan(HeaderBytes, length));
}
