using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>A folder beside the collections that a process did not come to put into its place or to delete.</summary>
/// <param name="Path">The folder.</param>
/// <param name="Place">Where the next start puts it; null if it removes it.</param>
/// <param name="Collection">Name of the collection that it was to replace; empty if it is not known.</param>
/// <param name="Meaning">What it is, and what the next start does with it.</param>
internal sealed record CatalogLeftover(string Path, string? Place, string Collection, string Meaning)
{
    /// <summary>Begins the name of a collection that is being made.</summary>
    public const string NewPrefix = ".new-";

    /// <summary>Begins the name of a collection that is being deleted.</summary>
    public const string TrashPrefix = ".trash-";

    /// <summary>Before the name of a collection, the name of the restored one that is to replace it.</summary>
    public const string ReadyPrefix = ".ready-";

    /// <summary>What is left in a folder of collections, in the order in which a start sees to it: nothing is removed before what takes its place is there.</summary>
    public static IReadOnlyList<CatalogLeftover> Find(string folder) =>
    [
        .. Folders(folder, ReadyPrefix).Select(Ready),
        .. Folders(folder, NewPrefix).Select(path => new CatalogLeftover(path, null, "", "A collection half made. The next start removes it.")),
        .. Folders(folder, TrashPrefix).Select(path => new CatalogLeftover(path, null, "", "A collection half deleted, or replaced by a restored one. The next start removes it.")),
    ];

    /// <summary>Does what the next start would.</summary>
    /// <exception cref="StorageException">The disk refused.</exception>
    public void Finish(FileDurability disk)
    {
        if (Place is null) disk.Delete(Path);
        else disk.Rename(Path, Place);
    }

    private static CatalogLeftover Ready(string path)
    {
        string name = System.IO.Path.GetFileName(path)[ReadyPrefix.Length..], place = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path)!, name);
        return Directory.Exists(place)
            ? new CatalogLeftover(path, null, name, $"A restored collection that was to replace '{name}', which is still there. The next start removes what was restored; restore it again.")
            : new CatalogLeftover(path, place, name, $"A restored collection that was to replace '{name}', which is gone already. The next start puts it into its place.");
    }

    private static IEnumerable<string> Folders(string folder, string prefix) =>
        Directory.Exists(folder) ? Directory.GetDirectories(folder, prefix + "*").Order(StringComparer.Ordinal) : [];
}
