using System.Buffers.Binary;
using System.Text;

namespace VectorSearch.Storage;

/// <summary>
/// What a collection's directory must hold: which snapshot is the current one, up to which record it reaches, and up to
/// which record snapshot and log together must reach at least. Kept in a <see cref="TwoSlotFile"/>.
/// </summary>
/// <param name="Generation">The generation that answers, from 1.</param>
/// <param name="Snapshot">File name of the current snapshot; empty if there is none.</param>
/// <param name="SnapshotSequence">Newest record the snapshot holds; 0 if there is none.</param>
/// <param name="FloorSequence">Newest record known to be on disk when the manifest was written.</param>
public sealed record Manifest(ulong Generation, string Snapshot, ulong SnapshotSequence, ulong FloorSequence)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "manifest";

    /// <summary>The first four bytes of a slot: "VSMF".</summary>
    public const uint Magic = 0x464D5356;

    /// <summary>The version that this code writes.</summary>
    public const ushort Version = 1;

    private const int FixedBytes = 26;
    private const int MaxNameBytes = 255;

    /// <summary>Generation u64, snapshot sequence u64, floor sequence u64, name length u16, UTF-8 name.</summary>
    public byte[] ToBytes()
    {
        byte[] name = Encoding.UTF8.GetBytes(Snapshot);
        byte[] bytes = new byte[FixedBytes + name.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), SnapshotSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), FloorSequence);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(24), (ushort)name.Length);
        name.CopyTo(bytes.AsSpan(FixedBytes));
        return bytes;
    }

    /// <summary>Reads the bytes of a manifest.</summary>
    /// <exception cref="StorageException">They are not what <see cref="ToBytes"/> writes.</exception>
    public static Manifest Parse(ReadOnlySpan<byte> bytes, string file)
    {
        int name = bytes.Length >= FixedBytes ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[24..]) : -1;
        if (name < 0 || name > MaxNameBytes || bytes.Length != FixedBytes + name)
            throw StorageException.Damaged(file, 0, $"a manifest of {FixedBytes} bytes and a name", $"{bytes.Length} bytes, name of {name}");
        string snapshot = Encoding.UTF8.GetString(bytes[FixedBytes..]);
        if (snapshot.AsSpan().ContainsAny('/', '\\') || snapshot is "." or "..")
            throw StorageException.Damaged(file, FixedBytes, "a file name", $"'{snapshot}'");
        return new Manifest(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            snapshot,
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));
    }
}
