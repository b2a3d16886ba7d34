using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>What a check found.</summary>
/// <param name="Collection">In which collection; empty for the directory as a whole.</param>
/// <param name="File">In which file.</param>
/// <param name="Offset">At which byte; −1 where the whole file is meant.</param>
/// <param name="Message">What was expected and what was found.</param>
/// <param name="Loss">What a repair would lose, in words; empty if nothing, null if it cannot be repaired.</param>
public sealed record CheckFinding(string Collection, string File, long Offset, string Message, string? Loss);

/// <summary>What a check read.</summary>
/// <param name="Collections">Collections looked at.</param>
/// <param name="Files">Files read.</param>
/// <param name="Bytes">Bytes read.</param>
/// <param name="Points">Live points found.</param>
/// <param name="Findings">What is wrong; empty if all is well.</param>
public sealed record CheckReport(int Collections, int Files, long Bytes, long Points, IReadOnlyList<CheckFinding> Findings);

/// <summary>
/// Verifies a data directory while no process holds it: every file, every block, every record, and every invariant of
/// every graph.
/// </summary>
public static class CollectionChecker
{
    /// <summary>Checks, and changes nothing.</summary>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.NotFound"/> if there is no such directory, <see cref="ErrorCode.FailedPrecondition"/> if a
    /// process holds it.
    /// </exception>
    public static CheckReport Check(string root) => Run(root, repair: false);

    /// <summary>
    /// Checks, and mends what can be mended: leftovers are removed, spoiled manifest slots written anew. What would lose
    /// points is named in <see cref="CheckFinding.Loss"/> and left alone.
    /// </summary>
    /// <exception cref="VectorSearchException">As for <see cref="Check"/>.</exception>
    public static CheckReport Repair(string root) => Run(root, repair: true);

    /// <summary>Reads all of a collection, as <see cref="Check"/> does.</summary>
    /// <exception cref="StorageException">The first thing that is wrong.</exception>
    internal static void Verify(CollectionFiles files, CollectionDefinition definition, Manifest manifest)
    {
        List<CheckFinding> findings = [];
        CheckSnapshots(files, manifest, definition.Name, findings);
        if (findings.Count == 0) CheckContent(files, definition, findings);
        if (findings is [CheckFinding first, ..]) throw new StorageException(StorageFailure.Damaged, first.File, first.Offset, "a good backup", first.Message);
    }

    private static CheckReport Run(string root, bool repair)
    {
        if (!Directory.Exists(root)) throw new VectorSearchException(ErrorCode.NotFound, $"There is no directory '{root}'.");
        DirectoryLock held;
        try
        {
            held = DirectoryLock.Take(root);
        }
        catch (StorageException e)
        {
            throw StorageFaults.Translate(root, e);
        }

        using (held)
        {
            List<CheckFinding> findings = [];
            long points = 0;
            CheckAliases(root, findings);
            IReadOnlyList<string> directories = [.. CheckUnfinished(root, repair, findings), .. CollectionCatalog.Directories(root)];
            foreach (string directory in directories) points += CheckCollection(directory, repair, findings);
            FileInfo[] files = [.. directories.SelectMany(path => new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories))];
            return new CheckReport(directories.Count, files.Length, files.Sum(file => file.Length), points, findings);
        }
    }

    /// <returns>Folders that will be collections at the next start and are to be checked as such.</returns>
    private static List<string> CheckUnfinished(string root, bool repair, List<CheckFinding> findings)
    {
        List<string> collections = [];
        foreach (CatalogLeftover leftover in CatalogLeftover.Find(Path.Combine(root, CollectionCatalog.Folder)))
        {
            findings.Add(new CheckFinding(leftover.Collection, leftover.Path, -1, leftover.Meaning, ""));
            if (repair) leftover.Finish(new FileDurability());
            else if (leftover.Place is not null) collections.Add(leftover.Path);
        }

        return collections;
    }

    private static long CheckCollection(string directory, bool repair, List<CheckFinding> findings)
    {
        string name = Path.GetFileName(directory);
        CollectionFiles files = new(directory, new FileDurability());
        try
        {
            CollectionDefinition definition = files.ReadDefinition();
            CheckSlots(files, name, repair, findings);
            CheckLeftovers(files, name, repair, findings);
            using ManifestKeeper manifest = ManifestKeeper.Open(files);
            CheckSnapshots(files, manifest.Current, name, findings);
            CheckGenerations(files, definition, findings);
            CheckFields(files, name, repair, findings);
            if (findings.Any(finding => finding.Collection == name && finding.Loss is null)) return 0;
            return CheckContent(files, definition, findings);
        }
        catch (StorageException e)
        {
            findings.Add(Finding(name, e, null));
            return 0;
        }
    }

    private static void CheckAliases(string root, List<CheckFinding> findings)
    {
        try
        {
            new AliasFile(Path.Combine(root, AliasFile.FileName), new FileDurability()).Read();
        }
        catch (StorageException e)
        {
            findings.Add(Finding("", e, "every alias"));
        }
    }

    private static void CheckSlots(CollectionFiles files, string name, bool repair, List<CheckFinding> findings)
    {
        (string Path, uint Magic, ushort Version)[] slotted =
        [
            (files.ManifestPath, Manifest.Magic, Manifest.Version),
            (Path.Combine(files.Log, LogHead.FileName), LogHead.Magic, LogHead.Version),
        ];
        foreach ((string path, uint magic, ushort version) in slotted)
        {
            if (!File.Exists(path)) continue;
            List<StorageException> spoiled = [.. TwoSlotFile.Verify(path, magic, version)];
            findings.AddRange(spoiled.Select(fault => Finding(name, fault, spoiled.Count == 1 ? "" : null)));
            if (!repair || spoiled.Count != 1) continue;
            using TwoSlotFile file = TwoSlotFile.Open(files.Disk, path, magic, version, out byte[] body);
            file.Write(body);
        }
    }

    private static void CheckLeftovers(CollectionFiles files, string name, bool repair, List<CheckFinding> findings)
    {
        foreach (string path in Directory.EnumerateFiles(files.Directory, "*.tmp", SearchOption.AllDirectories))
        {
            findings.Add(new CheckFinding(name, path, -1, "A file that was being written when the process ended.", ""));
            if (repair) files.Disk.Delete(path);
        }
    }

    private static void CheckSnapshots(CollectionFiles files, Manifest manifest, string name, List<CheckFinding> findings)
    {
        foreach (ManifestGeneration generation in manifest.Generations.Where(generation => generation.Snapshot.Length > 0))
        {
            using SnapshotReader reader = SnapshotReader.Open(files.Snapshot(generation.Snapshot), files.Disk);
            findings.AddRange(reader.Verify().Select(fault => Finding(name, fault, null)));
        }
    }

    /// <summary>Without this file the first filters make their columns themselves: nothing is lost.</summary>
    private static void CheckFields(CollectionFiles files, string name, bool repair, List<CheckFinding> findings)
    {
        try
        {
            IndexedFields.Read(files);
        }
        catch (StorageException e)
        {
            findings.Add(Finding(name, e, ""));
            if (repair) files.Disk.Delete(e.File);
        }
    }

    /// <summary>Reads what is written down about every generation, its documents too.</summary>
    private static void CheckGenerations(CollectionFiles files, CollectionDefinition definition, List<CheckFinding> findings)
    {
        foreach (ulong number in files.Generations.Numbers())
        {
            foreach (string name in files.Generations.Documents(number)) Try(() => files.Generations.ReadDocument(number, name));
            if (files.Generations.Contains(number)) Try(() => files.Generations.Read(number, definition));
            if (File.Exists(files.Generations.SealedRows(number))) Try(() => SealedPointIndex.Verify(files.Generations.SealedRows(number)));
        }

        void Try(Action read)
        {
            try
            {
                read();
            }
            catch (StorageException e)
            {
                findings.Add(Finding(definition.Name, e, null));
            }
        }
    }

    /// <summary>Recovers the collection in memory and looks at everything in it. The files are not changed.</summary>
    /// <returns>Points that the serving generation holds.</returns>
    private static long CheckContent(CollectionFiles files, CollectionDefinition definition, List<CheckFinding> findings)
    {
        LoadedCollection loaded = CollectionRecovery.ReadOnly(files, definition);
        try
        {
            foreach (LoadedGeneration generation in loaded.Generations) CheckContent(files, generation, definition.Name, findings);
            return loaded.Generations.Where(generation => (GenerationState)generation.Entry.State == GenerationState.Serving).Sum(generation => (long)generation.Table.Count);
        }
        finally
        {
            loaded.Abandon();
        }
    }

    private static void CheckContent(CollectionFiles files, LoadedGeneration generation, string collection, List<CheckFinding> findings)
    {
        string of = generation.Entry.Number == 1 ? "" : $"Generation {generation.Entry.Number}: ";
        foreach (PointEntry entry in generation.Table.Entries())
        {
            if (entry.Blob?.Read() is not { } blob) continue;
            try
            {
                PointCodec.ReadAttachment(PointBlob.Attachment(blob, generation.Record.Dimension));
            }
            catch (InvalidDataException e)
            {
                findings.Add(new CheckFinding(collection, files.Snapshots, -1, $"{of}Point {entry.Id}: {e.Message}.", null));
            }
        }

        GenerationAudit audit = generation.Table.Index.Audit();
        findings.AddRange(audit.FaultTexts.Select(fault => new CheckFinding(collection, files.Snapshots, -1, $"{of}Graph: {fault}", null)));
        if (audit.Unreachable > 0)
            findings.Add(new CheckFinding(collection, files.Snapshots, -1, $"{of}Graph: {audit.Unreachable} points that no walk reaches.", null));
    }

    private static CheckFinding Finding(string collection, StorageException fault, string? loss) =>
        new(collection, fault.File, fault.Offset, $"expected {fault.Expected}, found {fault.Actual}.", loss);
}
