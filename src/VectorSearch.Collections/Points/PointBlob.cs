using System.Buffers.Binary;
using VectorSearch.Numerics;
using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>
/// What a point carries besides the vector in the index: the vector as it was sent, where the index keeps another one
/// (unit length under cosine), and the attachment. In memory until a snapshot holds it, then read from there; so payloads
/// may be larger than memory. Immutable.
/// <para>Bytes: CRC32C u32 of the rest, flags u8 (1 = vector), vector floats, attachment.</para>
/// </summary>
internal sealed class PointBlob
{
    public const string Section = "blobs";

    private const int HeaderBytes = 5;
    private const byte HasVector = 1;

    private readonly byte[]? _bytes;
    private readonly SnapshotReader? _snapshot;
    private readonly long _offset;

    private PointBlob(byte[] bytes)
    {
        _bytes = bytes;
        Length = bytes.Length;
    }

    public PointBlob(SnapshotReader snapshot, long offset, int length)
    {
        _snapshot = snapshot;
        _offset = offset;
        Length = length;
    }

    public int Length { get; }

    /// <summary>Bytes of memory held.</summary>
    public int MemoryBytes => _bytes?.Length ?? 0;

    /// <summary>A blob of these parts; null if both are empty.</summary>
    public static PointBlob? Make(ReadOnlySpan<float> sent, ReadOnlySpan<byte> attachment)
    {
        if (sent.IsEmpty && attachment.IsEmpty) return null;
        byte[] bytes = new byte[HeaderBytes + (sent.Length * sizeof(float)) + attachment.Length];
        bytes[4] = sent.IsEmpty ? (byte)0 : HasVector;
        for (int i = 0; i < sent.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(HeaderBytes + (i * sizeof(float))), sent[i]);
        attachment.CopyTo(bytes.AsSpan(HeaderBytes + (sent.Length * sizeof(float))));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Crc32C.Compute(bytes.AsSpan(4)));
        return new PointBlob(bytes);
    }

    /// <summary>The bytes, checked if they come from a file.</summary>
    /// <exception cref="StorageException">The file is damaged or cannot be read.</exception>
    public byte[] Read()
    {
        if (_bytes is not null) return _bytes;
        byte[] bytes = new byte[Length];
        long offset = _snapshot!.ReadAt(Section, _offset, bytes);
        uint expected = Crc32C.Compute(bytes.AsSpan(4)), found = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return found == expected
            ? bytes
            : throw new StorageException(StorageFailure.Damaged, _snapshot.FilePath, offset, $"a point with CRC32C {expected:x8}", $"{found:x8}");
    }

    /// <summary>Copies the vector as it was sent; false if it is the one in the index.</summary>
    public static bool TryReadVector(ReadOnlySpan<byte> bytes, Span<float> vector)
    {
        if ((bytes[4] & HasVector) == 0) return false;
        for (int i = 0; i < vector.Length; i++) vector[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(HeaderBytes + (i * sizeof(float)))..]);
        return true;
    }

    /// <summary>The blob of a point that keeps its vector and gets another attachment; null if nothing is left.</summary>
    /// <param name="bytes">What <see cref="Read"/> gave; empty for a point without a blob.</param>
    /// <param name="dimension">Coordinates of a vector.</param>
    /// <param name="attachment">Features and payload.</param>
    public static PointBlob? WithAttachment(ReadOnlySpan<byte> bytes, int dimension, ReadOnlySpan<byte> attachment)
    {
        float[] sent = new float[dimension];
        return Make(!bytes.IsEmpty && TryReadVector(bytes, sent) ? sent : [], attachment);
    }

    /// <summary>This blob without the vector, for another generation: null if nothing is left.</summary>
    /// <param name="dimension">Coordinates of the vector.</param>
    public PointBlob? WithoutVector(int dimension)
    {
        byte[] bytes = Read();
        return (bytes[4] & HasVector) == 0 ? this : Make([], Attachment(bytes, dimension));
    }

    /// <summary>Features and payload.</summary>
    public static ReadOnlySpan<byte> Attachment(ReadOnlySpan<byte> bytes, int dimension) =>
        bytes[(HeaderBytes + ((bytes[4] & HasVector) == 0 ? 0 : dimension * sizeof(float)))..];
}
