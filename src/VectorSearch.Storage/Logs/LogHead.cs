using System.Buffers.Binary;

namespace VectorSearch.Storage;

/// <summary>
/// What a log must hold at least, kept in a file of its own beside it. FASTER on its own opens an empty log over data
/// when its files are missing or damaged; with this note such a log is refused.
/// </summary>
/// <param name="BeginAddress">Where the log begins: records before it have been let go.</param>
/// <param name="FloorAddress">A commit that is known to be on disk reaches this far.</param>
/// <param name="FloorSequence">Newest record known to be on disk when the note was written.</param>
/// <param name="BaseSequence">The record before the first that this log ever held: 0, or what a restored snapshot reaches to.</param>
/// <param name="Commit">FASTER's own description of that commit, so that recovery starts there; may be empty.</param>
public sealed record LogHead(long BeginAddress, long FloorAddress, ulong FloorSequence, ulong BaseSequence, byte[] Commit)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "log.head";

    /// <summary>The first four bytes of a slot: "VSLH".</summary>
    public const uint Magic = 0x484C5356;

    /// <summary>The version that this code writes.</summary>
    public const ushort Version = 1;

    private const int FixedBytes = 36;

    /// <summary>The bytes of the note: begin address i64, floor address i64, floor sequence u64, base sequence u64, commit length i32, commit.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[FixedBytes + Commit.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, BeginAddress);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), FloorAddress);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), FloorSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), BaseSequence);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(32), Commit.Length);
        Commit.CopyTo(bytes.AsSpan(FixedBytes));
        return bytes;
    }

    /// <summary>Reads the bytes of the note.</summary>
    /// <exception cref="StorageException">They are not what <see cref="ToBytes"/> writes.</exception>
    public static LogHead Parse(ReadOnlySpan<byte> bytes, string file)
    {
        if (bytes.Length < FixedBytes) throw StorageException.Damaged(file, 0, $"at least {FixedBytes} bytes of log head", $"{bytes.Length}");
        int commit = BinaryPrimitives.ReadInt32LittleEndian(bytes[32..]);
        if (commit != bytes.Length - FixedBytes)
            throw StorageException.Damaged(file, 32, $"a commit of {bytes.Length - FixedBytes} bytes", $"{commit}");
        return new LogHead(
            BinaryPrimitives.ReadInt64LittleEndian(bytes),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            bytes[FixedBytes..].ToArray());
    }
}
