using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>Makes a generation live: its table with all that answers from it.</summary>
internal sealed class GenerationMaker(
    CollectionDefinition definition, CollectionSettings settings, CatalogOptions options, CollectionFiles files, IndexedFields fields, Func<ulong> appliedLsn,
    Action<string, bool> report)
{
    /// <summary>Name of the document that holds a generation's bridge.</summary>
    public const string BridgeDocument = "bridge";

    public LiveGeneration Make(GenerationRecord record, ManifestGeneration entry, PointTable table)
    {
        table.Payloads.OnComplete = fields.Note;
        return new LiveGeneration(record, entry, definition, settings, table, appliedLsn, options, OpenBridge(record.Number));
    }

    /// <summary>The bridge of a generation. One that cannot be read is told, and the generation does without.</summary>
    public IVectorBridge? OpenBridge(ulong number)
    {
        if (options.OpenBridge is not { } open) return null;
        try
        {
            return files.Generations.ReadDocument(number, BridgeDocument) is { } bytes ? open(bytes) : null;
        }
        catch (Exception e) when (e is StorageException or VectorSearchException or FormatException or InvalidDataException)
        {
            report($"The bridge to generation {number} cannot be read: {e.Message}", true);
            return null;
        }
    }
}
