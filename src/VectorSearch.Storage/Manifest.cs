using System.Buffers.Binary;
using System.Text;

namespace VectorSearch.Storage;

/// <summary>A generation as the manifest knows it.</summary>
/// <param name="Number">From 1.</param>
/// <param name="State">What it is for; a number of the manifest's owner.</param>
/// <param name="Turn">How many generations had begun to serve when it last did, itself included; 0 if it never did.</param>
/// <param name="ServedAt">When that was, in milliseconds since 1970; 0 if never or not known.</param>
/// <param name="CanaryShare">Share of the queries that it answers as a canary.</param>
/// <param name="Snapshot">File name of its snapshot; empty if there is none.</param>
public sealed record ManifestGeneration(ulong Number, byte State, uint Turn, long ServedAt, double CanaryShare, string Snapshot);

/// <summary>
/// What a collection's directory must hold: which generations, which of them answers, their current snapshots, up to which
/// record those reach, and up to which record snapshots and log together must reach at least. Kept in a
/// <see cref="TwoSlotFile"/>.
/// </summary>
/// <param name="Serving">Number of the generation that answers, from 1.</param>
/// <param name="LastNumber">Greatest number that a generation was ever given.</param>
/// <param name="SnapshotSequence">Newest record that the snapshots hold; 0 if there are none.</param>
/// <param name="FloorSequence">Newest record known to be on disk when the manifest was written.</param>
/// <param name="Generations">Every generation whose data is there.</param>
public sealed record Manifest(
    ulong Serving, ulong LastNumber, ulong SnapshotSequence, ulong FloorSequence, IReadOnlyList<ManifestGeneration> Generations)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "manifest";

    /// <summary>The first four bytes of a slot: "VSMF".</summary>
    public const uint Magic = 0x464D5356;

    /// <summary>The version that this code writes.</summary>
    public const ushort Version = 2;

    /// <summary>Most generations that fit.</summary>
    public const int MaxGenerations = 8;

    private const int OldFixedBytes = 26;
    private const int FixedBytes = 42;
    private const int GenerationBytes = 31;
    private const int MaxNameBytes = 255;

    /// <summary>The manifest of a collection that begins with this generation as the only one.</summary>
    public static Manifest Of(ManifestGeneration only, ulong snapshotSequence, ulong floorSequence) =>
        new(only.Number, only.Number, snapshotSequence, floorSequence, [only]);

    /// <summary>
    /// Zero u64 (version 1 began with the generation, from 1), serving u64, last number u64, snapshot sequence u64, floor
    /// sequence u64, count u16; per generation number u64, state u8, turn u32, served at i64, canary share f64, name length
    /// u16 and UTF-8 name.
    /// </summary>
    public byte[] ToBytes()
    {
        if (Generations.Count > MaxGenerations) throw new InvalidOperationException($"A manifest holds {MaxGenerations} generations, not {Generations.Count}.");
        byte[][] names = [.. Generations.Select(generation => Encoding.UTF8.GetBytes(generation.Snapshot))];
        byte[] bytes = new byte[FixedBytes + names.Sum(name => GenerationBytes + name.Length)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), Serving);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), LastNumber);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), SnapshotSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), FloorSequence);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(40), (ushort)Generations.Count);
        Span<byte> rest = bytes.AsSpan(FixedBytes);
        for (int i = 0; i < names.Length; i++)
        {
            ManifestGeneration generation = Generations[i];
            BinaryPrimitives.WriteUInt64LittleEndian(rest, generation.Number);
            rest[8] = generation.State;
            BinaryPrimitives.WriteUInt32LittleEndian(rest[9..], generation.Turn);
            BinaryPrimitives.WriteInt64LittleEndian(rest[13..], generation.ServedAt);
            BinaryPrimitives.WriteDoubleLittleEndian(rest[21..], generation.CanaryShare);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[29..], (ushort)names[i].Length);
            names[i].CopyTo(rest[GenerationBytes..]);
            rest = rest[(GenerationBytes + names[i].Length)..];
        }

        return bytes;
    }

    /// <summary>Reads the bytes of a manifest, of this version or an older one.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="file">Where they lie, for the error.</param>
    /// <param name="servingState">The state of the one generation that a manifest of version 1 has.</param>
    /// <exception cref="StorageException">They are not what <see cref="ToBytes"/> writes.</exception>
    public static Manifest Parse(ReadOnlySpan<byte> bytes, string file, byte servingState)
    {
        if (bytes.Length >= OldFixedBytes && BinaryPrimitives.ReadUInt64LittleEndian(bytes) != 0) return ParseOld(bytes, file, servingState);
        int count = bytes.Length >= FixedBytes ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[40..]) : -1;
        if (count is < 1 or > MaxGenerations)
            throw StorageException.Damaged(file, 0, $"a manifest of 1 to {MaxGenerations} generations", $"{bytes.Length} bytes, {count} generations");
        ReadOnlySpan<byte> rest = bytes[FixedBytes..];
        ManifestGeneration[] generations = new ManifestGeneration[count];
        for (int i = 0; i < count; i++)
        {
            int length = rest.Length >= GenerationBytes ? BinaryPrimitives.ReadUInt16LittleEndian(rest[29..]) : int.MaxValue;
            if (length > MaxNameBytes || rest.Length < GenerationBytes + length)
                throw StorageException.Damaged(file, bytes.Length - rest.Length, $"generation {i + 1} of {count}", $"{rest.Length} bytes, name of {length}");
            generations[i] = new ManifestGeneration(
                BinaryPrimitives.ReadUInt64LittleEndian(rest),
                rest[8],
                BinaryPrimitives.ReadUInt32LittleEndian(rest[9..]),
                BinaryPrimitives.ReadInt64LittleEndian(rest[13..]),
                BinaryPrimitives.ReadDoubleLittleEndian(rest[21..]),
                Name(rest.Slice(GenerationBytes, length), file));
            rest = rest[(GenerationBytes + length)..];
        }

        Manifest manifest = new(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
            generations);
        bool isSound = rest.IsEmpty && generations.Any(generation => generation.Number == manifest.Serving) &&
            generations.All(generation => generation.Number >= 1 && generation.Number <= manifest.LastNumber) &&
            generations.Select(generation => generation.Number).Distinct().Count() == count;
        return isSound
            ? manifest
            : throw StorageException.Damaged(
                file, 0, "generations with numbers of their own, the serving one among them",
                $"{string.Join(", ", generations.Select(generation => generation.Number))}, serving {manifest.Serving}, {rest.Length} bytes more");
    }

    /// <inheritdoc/>
    public bool Equals(Manifest? other) =>
        other is not null && (Serving, LastNumber, SnapshotSequence, FloorSequence) == (other.Serving, other.LastNumber, other.SnapshotSequence, other.FloorSequence) &&
        Generations.SequenceEqual(other.Generations);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Serving, LastNumber, SnapshotSequence, FloorSequence, Generations.Count);

    /// <summary>Version 1: generation u64, snapshot sequence u64, floor sequence u64, name length u16, UTF-8 name.</summary>
    private static Manifest ParseOld(ReadOnlySpan<byte> bytes, string file, byte servingState)
    {
        int name = BinaryPrimitives.ReadUInt16LittleEndian(bytes[24..]);
        if (name > MaxNameBytes || bytes.Length != OldFixedBytes + name)
            throw StorageException.Damaged(file, 0, $"a manifest of {OldFixedBytes} bytes and a name", $"{bytes.Length} bytes, name of {name}");
        ManifestGeneration only = new(BinaryPrimitives.ReadUInt64LittleEndian(bytes), servingState, 1, 0, 0, Name(bytes[OldFixedBytes..], file));
        return Of(only, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));
    }

    private static string Name(ReadOnlySpan<byte> utf8, string file)
    {
        string name = Encoding.UTF8.GetString(utf8);
        return name.AsSpan().ContainsAny('/', '\\') || name is "." or ".."
            ? throw StorageException.Damaged(file, FixedBytes, "a file name", $"'{name}'")
            : name;
    }
}
