using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>
/// A backup is a folder that is itself a collection: definition, snapshot, manifest, an empty log that begins after the
/// snapshot, and its aliases. Nothing but a good one is ever restored.
/// </summary>
internal static class CollectionBackup
{
    private const int CopyBytes = 1 << 20;

    /// <summary>Writes the folder aside and renames it into place.</summary>
    /// <exception cref="StorageException">The disk refused.</exception>
    public static void Write(CollectionFiles source, CollectionDefinition definition, IReadOnlyList<string> aliases, Manifest manifest, string target)
    {
        string aside = target + ".tmp";
        source.Disk.Delete(aside);
        CollectionFiles files = new(aside, source.Disk);
        Copy(source, files, definition, manifest);
        new AliasFile(Path.Combine(aside, AliasFile.FileName), source.Disk).Write(aliases.ToDictionary(alias => alias, _ => definition.Name));
        source.Disk.Rename(aside, target);
    }

    /// <summary>Checks a backup and copies it to the files of a collection, under another name if the definition says so.</summary>
    /// <exception cref="StorageException">The backup is damaged, or the disk refused.</exception>
    public static void Restore(string backup, CollectionFiles target, string name)
    {
        CollectionFiles source = new(backup, target.Disk);
        CollectionDefinition definition = source.ReadDefinition();
        Manifest manifest = ReadManifest(source);
        CollectionChecker.Verify(source, definition, manifest);
        new AliasFile(Path.Combine(backup, AliasFile.FileName), source.Disk).Read();
        Copy(source, target, definition with { Name = name }, manifest);
    }

    private static Manifest ReadManifest(CollectionFiles source)
    {
        using ManifestKeeper manifest = ManifestKeeper.Open(source);
        return manifest.Current;
    }

    /// <summary>A rebuild that is under way stays behind.</summary>
    private static void Copy(CollectionFiles source, CollectionFiles target, CollectionDefinition definition, Manifest manifest)
    {
        ManifestGeneration[] kept = [.. manifest.Generations.Where(generation =>
            (GenerationState)generation.State is GenerationState.Serving or GenerationState.Retained or GenerationState.Canary)];
        target.Create(definition, manifest with { FloorSequence = manifest.SnapshotSequence, Generations = kept });
        foreach (ulong number in source.Generations.Numbers())
        {
            bool isKept = kept.Any(generation => generation.Number == number);
            if (isKept || source.Generations.Read(number, definition).Ended is not null) Copy(source, target, number);
        }

        string fields = Path.Combine(source.Directory, IndexedFields.FileName);
        if (File.Exists(fields)) Copy(source.Disk, fields, Path.Combine(target.Directory, IndexedFields.FileName));
        foreach (ManifestGeneration generation in kept)
        {
            if (generation.Snapshot.Length > 0) Copy(source.Disk, source.Snapshot(generation.Snapshot), target.Snapshot(generation.Snapshot));
        }
    }

    private static void Copy(CollectionFiles source, CollectionFiles target, ulong generation)
    {
        string from = source.Generations.Folder(generation), to = target.Generations.Folder(generation);
        target.Disk.CreateDirectory(Path.GetDirectoryName(to)!);
        target.Disk.CreateDirectory(to);
        foreach (string path in Directory.EnumerateFiles(from)) Copy(source.Disk, path, Path.Combine(to, Path.GetFileName(path)));
    }

    private static void Copy(FileDurability disk, string from, string to)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle source = File.OpenHandle(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using Microsoft.Win32.SafeHandles.SafeFileHandle target = disk.OpenForWriting(to, create: true);
        byte[] buffer = new byte[CopyBytes];
        long at = 0;
        for (int read = disk.Read(source, from, buffer, at); read > 0; read = disk.Read(source, from, buffer, at))
        {
            disk.Write(target, to, buffer.AsSpan(0, read), at);
            at += read;
        }

        disk.Flush(target, to);
        disk.FlushDirectory(Path.GetDirectoryName(to)!);
    }
}
