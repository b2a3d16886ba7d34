namespace VectorSearch.Index;

/// <summary>Counts of an index at one moment.</summary>
public sealed record IndexStatistics
{
    /// <summary>Vectors that may be answered.</summary>
    public required int Live { get; init; }

    /// <summary>Of these, stored and not linked yet: scanned exactly by every search.</summary>
    public required int Unlinked { get; init; }

    /// <summary>Removed nodes that walks may still pass through.</summary>
    public required int AwaitingSweep { get; init; }

    /// <summary>Slots that wait for the next vectors.</summary>
    public required int Reusable { get; init; }

    /// <summary>Slots ever used.</summary>
    public required int Slots { get; init; }

    /// <summary>The top level L; −1 while the graph is empty.</summary>
    public required int TopLevel { get; init; }

    /// <summary>The entry point's slot; −1 while the graph is empty.</summary>
    public required int EntrySlot { get; init; }

    /// <summary>Bytes of the rows.</summary>
    public required long VectorBytes { get; init; }

    /// <summary>Bytes of the codes, 0 while there are none.</summary>
    public required long CodeBytes { get; init; }

    /// <summary>Whether walks go over codes; see <see cref="HnswOptions.ByteCodes"/>.</summary>
    public required bool WalksOverCodes { get; init; }

    /// <summary>Bytes of links, levels and states.</summary>
    public required long GraphBytes { get; init; }
}
