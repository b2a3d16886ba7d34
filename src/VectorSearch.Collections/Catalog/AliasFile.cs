using System.Text.Json;
using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>The aliases of a catalog on disk: one checked file of JSON, written aside and renamed, so that a change is there whole or not at all.</summary>
internal sealed class AliasFile(string path, FileDurability disk)
{
    /// <summary>Its name, in the catalog's root and in a backup.</summary>
    public const string FileName = "aliases";

    private const uint Magic = 0x4C415356; // "VSAL"
    private const ushort Version = 1;

    /// <summary>Alias → collection; empty if there is no file.</summary>
    /// <exception cref="StorageException">Damaged, foreign or newer.</exception>
    public Dictionary<string, string> Read()
    {
        if (!File.Exists(path)) return new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            Dictionary<string, string> read = JsonSerializer.Deserialize<Dictionary<string, string>>(CheckedFile.Read(path, Magic, Version))!;
            return new Dictionary<string, string>(read, StringComparer.Ordinal);
        }
        catch (JsonException e)
        {
            throw new StorageException(StorageFailure.Damaged, path, -1, "a table of aliases", e.Message, e);
        }
    }

    /// <exception cref="StorageException">The disk refused; the old aliases are still there.</exception>
    public void Write(IReadOnlyDictionary<string, string> aliases) =>
        CheckedFile.Write(disk, path, Magic, Version, JsonSerializer.SerializeToUtf8Bytes(aliases));
}
