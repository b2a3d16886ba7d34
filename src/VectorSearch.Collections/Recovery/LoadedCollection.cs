using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>A generation as its snapshot and the log have it.</summary>
internal sealed record LoadedGeneration(GenerationRecord Record, ManifestGeneration Entry, PointTable Table);

/// <summary>What recovery found: every complete generation as of the newest record, and the log, ready for more.</summary>
internal sealed class LoadedCollection
{
    public List<LoadedGeneration> Generations { get; } = [];

    public FasterRecordLog? Log { get; set; }

    public LogPosition Applied { get; set; }

    /// <summary>Gives everything back; nothing is written.</summary>
    public void Abandon()
    {
        foreach (LoadedGeneration generation in Generations) generation.Table.Dispose();
        Log?.Abandon();
    }
}
