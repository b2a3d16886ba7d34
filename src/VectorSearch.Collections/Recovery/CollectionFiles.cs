using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using VectorSearch.Numerics;
using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>What lies where in a collection's directory, and its definition file.</summary>
internal sealed class CollectionFiles(string directory, FileDurability disk)
{
    private const uint DefinitionMagic = 0x46445356; // "VSDF"
    private const ushort DefinitionVersion = 1;
    private const string SnapshotSuffix = ".snapshot";

    public static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(), new SpaceIdConverter() },
    };

    public string Directory { get; } = directory;

    public FileDurability Disk { get; } = disk;

    public string Definition => Path.Combine(Directory, "definition");

    public string ManifestPath => Path.Combine(Directory, Manifest.FileName);

    public string Log => Path.Combine(Directory, "log");

    public string Snapshots => Path.Combine(Directory, "snapshots");

    public GenerationFiles Generations => new(this);

    public static string SnapshotName(ulong generation, ulong lsn) =>
        string.Create(CultureInfo.InvariantCulture, $"{generation}.{lsn:x16}{SnapshotSuffix}");

    public string Snapshot(string name) => Path.Combine(Snapshots, name);

    /// <summary>
    /// Makes the files of a collection whose log is empty and begins after the manifest's snapshot. The directory is
    /// renamed into place afterwards.
    /// </summary>
    public void Create(CollectionDefinition definition, Manifest manifest)
    {
        Disk.CreateDirectory(Directory);
        Disk.CreateDirectory(Snapshots);
        WriteDefinition(definition);
        FasterRecordLog.Create(Log, new RecordLogOptions(), Disk, manifest.SnapshotSequence).Abandon();
        TwoSlotFile.Create(Disk, ManifestPath, Manifest.Magic, Manifest.Version, manifest.ToBytes()).Dispose();
    }

    /// <summary>Writes the definition, or puts it in the place of the old one.</summary>
    /// <exception cref="StorageException">The disk refused; the old one is still there.</exception>
    public void WriteDefinition(CollectionDefinition definition) =>
        CheckedFile.Write(Disk, Definition, DefinitionMagic, DefinitionVersion, JsonSerializer.SerializeToUtf8Bytes(definition, Json));

    /// <exception cref="StorageException">Missing, damaged or newer.</exception>
    public CollectionDefinition ReadDefinition()
    {
        byte[] json = CheckedFile.Read(Definition, DefinitionMagic, DefinitionVersion);
        try
        {
            CollectionDefinition definition = JsonSerializer.Deserialize<CollectionDefinition>(json, Json)!;
            CollectionDefinitionValidator.Check(definition);
            return definition;
        }
        catch (Exception e) when (e is JsonException or VectorSearchException or FormatException)
        {
            throw new StorageException(StorageFailure.Damaged, Definition, -1, "the definition of a collection", e.Message, e);
        }
    }

    /// <summary>Deletes snapshots that are not current and leftovers of unfinished ones.</summary>
    public void RemoveOldSnapshots(Manifest current)
    {
        HashSet<string> kept = [.. current.Generations.Select(generation => generation.Snapshot)];
        foreach (string path in System.IO.Directory.EnumerateFiles(Snapshots))
        {
            if (!kept.Contains(Path.GetFileName(path))) Disk.Delete(path);
        }
    }

    /// <summary>Bytes of all files.</summary>
    public long DiskBytes() => System.IO.Directory.Exists(Directory)
        ? new DirectoryInfo(Directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Exists ? file.Length : 0)
        : 0;

    private sealed class SpaceIdConverter : JsonConverter<SpaceId>
    {
        public override SpaceId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString() is { Length: > 0 } text ? SpaceId.Parse(text) : default;

        public override void Write(Utf8JsonWriter writer, SpaceId value, JsonSerializerOptions options) => writer.WriteStringValue(value.IsEmpty ? "" : value.ToString());
    }
}
