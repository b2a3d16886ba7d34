using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>
/// What is written down about generations whose data is not, or not yet, in memory: those that ended, and one whose
/// building a restart interrupted.
/// </summary>
internal sealed class GenerationHistory(CollectionFiles files, CollectionDefinition definition, ManifestKeeper manifest)
{
    private readonly Lock _lock = new();

    /// <summary>Generations that are being built, and those that ended.</summary>
    /// <param name="live">Those whose data is in memory.</param>
    public IReadOnlyList<Generation> NotLive(IReadOnlyList<Generation> live)
    {
        // A folder is deleted under the same lock, after the manifest has let go of its generation.
        lock (_lock)
        {
            IEnumerable<Generation> building = manifest.Current.Generations
                .Where(entry => live.All(generation => generation.Number != entry.Number))
                .Select(entry => files.Generations.Read(entry.Number, definition).ToGeneration((GenerationState)entry.State));
            IEnumerable<Generation> ended = files.Generations.Numbers()
                .Where(number => Entry(number) is null)
                .Select(number => files.Generations.Read(number, definition))
                .Where(record => record.Ended is not null)
                .Select(record => record.ToGeneration(record.Ended!.Value));
            return [.. building, .. ended];
        }
    }

    /// <summary>What is written down about a generation that the manifest names.</summary>
    public GenerationRecord Read(ulong number) => files.Generations.Read(number, definition);

    /// <summary>Writes it down.</summary>
    /// <exception cref="StorageException">The disk refused; what was written before is still there.</exception>
    public void Write(GenerationRecord record)
    {
        lock (_lock) files.Generations.Write(record);
    }

    /// <summary>Removes the data of a generation that lies in its folder; what is written down stays.</summary>
    public void DeleteRows(ulong number)
    {
        lock (_lock) files.Generations.DeleteRows(number);
    }

    /// <summary>Forgets a generation that never was complete.</summary>
    public void Delete(ulong number)
    {
        lock (_lock) files.Generations.Delete(number);
    }

    /// <summary>
    /// Removes the folders of generations that are neither in the manifest nor ended (the process ended before the one, or
    /// while a rebuild was given up), and files that were being written.
    /// </summary>
    public void RemoveLeftovers()
    {
        files.Generations.RemoveUnfinished();
        foreach (ulong number in files.Generations.Numbers())
        {
            if (Entry(number) is not null) continue;
            if (HasEnded(number)) files.Generations.DeleteRows(number);
            else files.Generations.Delete(number);
        }
    }

    private ManifestGeneration? Entry(ulong number) => manifest.Current.Generations.FirstOrDefault(entry => entry.Number == number);

    /// <summary>A damaged definition is kept: whoever asks for it, or for a check, is told.</summary>
    private bool HasEnded(ulong number)
    {
        if (!files.Generations.Contains(number)) return false;
        try
        {
            return files.Generations.Read(number, definition).Ended is not null;
        }
        catch (StorageException e) when (e.Failure == StorageFailure.Damaged)
        {
            return true;
        }
    }
}
