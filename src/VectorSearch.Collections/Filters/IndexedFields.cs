using System.Text.Json;
using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>
/// Names of the payload fields that have columns, in a checked file beside the collection, so that a start makes the columns
/// again before a filter asks for them. A file that cannot be read costs the first filters time, and nothing else.
/// </summary>
internal sealed class IndexedFields
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "fields";

    private const uint Magic = 0x49465356; // "VSFI"
    private const ushort Version = 1;
    private const int MaxFields = 1024;

    private readonly CollectionFiles _files;
    private readonly Action<string, bool> _report;
    private readonly Lock _lock = new();
    private readonly SortedSet<string> _fields = new(StringComparer.Ordinal);

    public IndexedFields(CollectionFiles files, Action<string, bool> report)
    {
        (_files, _report) = (files, report);
        try
        {
            _fields.UnionWith(Read(files));
        }
        catch (StorageException e)
        {
            report($"Which payload fields have indexes is not known: {e.Message}", true);
        }
    }

    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lock) return [.. _fields];
        }
    }

    /// <summary>What a collection's file names; nothing if there is none.</summary>
    /// <exception cref="StorageException">Damaged or newer.</exception>
    public static IReadOnlyList<string> Read(CollectionFiles files)
    {
        string path = Path.Combine(files.Directory, FileName);
        if (!File.Exists(path)) return [];
        try
        {
            return JsonSerializer.Deserialize<string[]>(CheckedFile.Read(path, Magic, Version)) ?? [];
        }
        catch (JsonException e)
        {
            throw new StorageException(StorageFailure.Damaged, path, -1, "a list of payload fields", e.Message, e);
        }
    }

    /// <summary>Takes note of a field whose column was made.</summary>
    public void Note(string field)
    {
        lock (_lock)
        {
            if (_fields.Count >= MaxFields || !_fields.Add(field)) return;
            try
            {
                CheckedFile.Write(_files.Disk, Path.Combine(_files.Directory, FileName), Magic, Version, JsonSerializer.SerializeToUtf8Bytes(_fields));
            }
            catch (StorageException e)
            {
                _fields.Remove(field); // the next start makes the column when it is asked for
                _report($"That the payload field '{field}' has an index could not be kept: {e.Message}", true);
            }
        }
    }
}
