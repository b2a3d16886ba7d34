using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>
/// A generation whose data is in memory: its table and all that answers from it. Who asks it pins it first; it gives its
/// memory back when it is disposed and the last pin is gone.
/// </summary>
internal sealed class LiveGeneration
{
    private readonly TaskCompletionSource _unused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pins = 1; // its own, until it is disposed
    private int _isDisposed;
    private volatile ManifestGeneration _entry;

    public LiveGeneration(
        GenerationRecord record, ManifestGeneration entry, CollectionDefinition collection, CollectionSettings settings, PointTable table,
        Func<ulong> appliedLsn, CatalogOptions options, IVectorBridge? bridge)
    {
        Record = record;
        _entry = entry;
        Definition = record.ApplyTo(collection);
        Table = table;
        Bridge = bridge;
        Guard = new WriteGuard(Definition);
        Embedder = new FeatureEmbedder(Definition, options.Encoders);
        Carrier = new PointCarrier(Definition, options.Encoders, bridge);
        Reader = new CollectionReader(Definition, settings, table, appliedLsn, Embedder);
    }

    public ulong Number => Record.Number;

    public GenerationRecord Record { get; }

    /// <summary>What the manifest says of it.</summary>
    public ManifestGeneration Entry
    {
        get => _entry;
        set => _entry = value;
    }

    public GenerationState State => (GenerationState)_entry.State;

    /// <summary>The collection's definition as this generation has it.</summary>
    public CollectionDefinition Definition { get; }

    public PointTable Table { get; }

    public CollectionReader Reader { get; }

    public WriteGuard Guard { get; }

    public FeatureEmbedder Embedder { get; }

    public PointCarrier Carrier { get; }

    /// <summary>From the space of the generation that served before; null if there is none.</summary>
    public IVectorBridge? Bridge { get; }

    /// <summary>Keeps the generation alive until <see cref="Unpin"/>; false if it is gone.</summary>
    public bool TryPin()
    {
        for (int pins = Volatile.Read(ref _pins); pins > 0; pins = Volatile.Read(ref _pins))
        {
            if (Interlocked.CompareExchange(ref _pins, pins + 1, pins) == pins) return true;
        }

        return false;
    }

    public void Unpin()
    {
        if (Interlocked.Decrement(ref _pins) == 0) _unused.TrySetResult();
    }

    /// <summary>What callers see of it.</summary>
    public Generation Describe() => Record.ToGeneration(State) with
    {
        Served = Entry.ServedAt == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(Entry.ServedAt),
        Points = Table.Count,
        Missing = Table.MissingCount,
        MissingIds = [.. Table.Missing.Take(Generation.NamedIds).Select(pair => pair.Key)],
        CanaryShare = State == GenerationState.Canary ? Entry.CanaryShare : 0,
        MemoryBytes = Table.MemoryBytes,
    };

    /// <summary>Waits for whoever asks it and gives the memory back. It must be out of the set of live generations.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1) return;
        Unpin();
        await _unused.Task.ConfigureAwait(false);
        Reader.Dispose();
        Table.Dispose();
    }
}
