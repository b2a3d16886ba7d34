using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using VectorSearch.Collections;
using VectorSearch.Numerics;

namespace VectorSearch.Server.Bridges;

/// <summary>How a bridge was fitted.</summary>
internal enum BridgeKind : byte
{
    /// <summary>The rotation that brings the points nearest to their new places.</summary>
    Procrustes = 1,

    /// <summary>The linear map that does.</summary>
    Linear = 2,

    /// <summary>The linear map of queries that keeps their inner products with the points.</summary>
    Scores = 3,
}

/// <summary>An affine map from one space to another: y = A x + b. Immutable.</summary>
internal sealed class BridgeMap : IVectorBridge
{
    private const byte Version = 1;
    private const int MaxDimension = 1 << 16;

    private readonly float[] _rows;
    private readonly float[] _shift;

    /// <summary>A map.</summary>
    /// <param name="kind">How it was fitted.</param>
    /// <param name="from">The space of what it takes.</param>
    /// <param name="to">The space of what it gives.</param>
    /// <param name="rows">A, row-major: a row of coordinates of the old space for each coordinate of the new one.</param>
    /// <param name="shift">b.</param>
    public BridgeMap(BridgeKind kind, SpaceId from, SpaceId to, float[] rows, float[] shift)
    {
        (Kind, From, To, _rows, _shift) = (kind, from, to, rows, shift);
        FromDimension = rows.Length / shift.Length;
    }

    /// <summary>How it was fitted.</summary>
    public BridgeKind Kind { get; }

    /// <inheritdoc/>
    public SpaceId From { get; }

    /// <inheritdoc/>
    public SpaceId To { get; }

    /// <summary>Coordinates of what it takes.</summary>
    public int FromDimension { get; }

    /// <summary>Coordinates of what it gives.</summary>
    public int ToDimension => _shift.Length;

    /// <inheritdoc/>
    public void Map(ReadOnlySpan<float> from, Span<float> to)
    {
        if (from.Length != FromDimension || to.Length != ToDimension)
            throw new ArgumentException($"{from.Length} → {to.Length} coordinates, expected {FromDimension} → {ToDimension}.", nameof(from));
        for (int i = 0; i < to.Length; i++) to[i] = VectorMath.Dot(_rows.AsSpan(i * FromDimension, FromDimension), from) + _shift[i];
    }

    /// <summary>
    /// The map as bytes, little-endian: version (1), kind (1), two space ids (2-byte length and UTF-8 each), dimensions of
    /// what it takes and gives (4 each), A, b. Whoever keeps them adds a checksum.
    /// </summary>
    public byte[] ToBytes()
    {
        using MemoryStream bytes = new();
        bytes.WriteByte(Version);
        bytes.WriteByte((byte)Kind);
        WriteText(bytes, From.ToString());
        WriteText(bytes, To.ToString());
        WriteInt(bytes, FromDimension);
        WriteInt(bytes, ToDimension);
        bytes.Write(MemoryMarshal.AsBytes<float>(_rows));
        bytes.Write(MemoryMarshal.AsBytes<float>(_shift));
        return bytes.ToArray();
    }

    /// <summary>Reads <see cref="ToBytes"/>.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a map.</exception>
    public static BridgeMap Parse(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> rest = bytes.Span;
        if (rest.Length < 2 || rest[0] != Version) throw Damaged("its version", rest.Length < 1 ? "nothing" : $"{rest[0]}", $"{Version}");
        BridgeKind kind = (BridgeKind)rest[1];
        if (!Enum.IsDefined(kind)) throw Damaged("its kind", $"{rest[1]}", "1 to 3");
        rest = rest[2..];
        SpaceId from = ReadSpace(ref rest), to = ReadSpace(ref rest);
        int fromDimension = ReadDimension(ref rest), toDimension = ReadDimension(ref rest);
        long expected = 4L * ((fromDimension * (long)toDimension) + toDimension);
        if (rest.Length != expected) throw Damaged("its length", $"{rest.Length} bytes of numbers", $"{expected}");
        float[] rows = MemoryMarshal.Cast<byte, float>(rest[..(4 * fromDimension * toDimension)]).ToArray();
        float[] shift = MemoryMarshal.Cast<byte, float>(rest[(4 * fromDimension * toDimension)..]).ToArray();
        return new BridgeMap(kind, from, to, rows, shift);
    }

    private static void WriteText(MemoryStream bytes, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)utf8.Length);
        bytes.Write(length);
        bytes.Write(utf8);
    }

    private static void WriteInt(MemoryStream bytes, int value)
    {
        Span<byte> four = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(four, value);
        bytes.Write(four);
    }

    private static SpaceId ReadSpace(ref ReadOnlySpan<byte> rest)
    {
        int length = rest.Length < 2 ? int.MaxValue : BinaryPrimitives.ReadUInt16LittleEndian(rest);
        if (length > rest.Length - 2) throw Damaged("a space id", "its end", "its text");
        string text = Encoding.UTF8.GetString(rest.Slice(2, length));
        rest = rest[(2 + length)..];
        return SpaceId.TryParse(text, out SpaceId space) ? space : throw Damaged("a space id", $"'{text}'", "sha256:… or client:name@version");
    }

    private static int ReadDimension(ref ReadOnlySpan<byte> rest)
    {
        int value = rest.Length < 4 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(rest);
        if (value is < 1 or > MaxDimension) throw Damaged("a dimension", $"{value}", $"1 to {MaxDimension}");
        rest = rest[4..];
        return value;
    }

    private static InvalidDataException Damaged(string what, string actual, string expected) => new($"A bridge is damaged: {what} is {actual}, expected {expected}.");
}
