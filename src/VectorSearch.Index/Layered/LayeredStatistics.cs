namespace VectorSearch.Index;

/// <summary>Counts of a <see cref="LayeredIndex"/> at one moment.</summary>
public sealed record LayeredStatistics
{
    /// <summary>Vectors that may be answered.</summary>
    public required int Live { get; init; }

    /// <summary>Rows of the sealed index, removed ones included.</summary>
    public required int Sealed { get; init; }

    /// <summary>Rows added since the sealing, removed ones included.</summary>
    public required int Added { get; init; }

    /// <summary>Rows of both kinds that were removed; their memory comes back at the next sealing.</summary>
    public required int Removed { get; init; }

    /// <summary>Slots ever used: all slots are below.</summary>
    public required int Slots { get; init; }

    /// <summary>Slots that wait for the next vectors.</summary>
    public required int Reusable { get; init; }

    /// <summary>Bytes of the sealed index that must be resident for full speed.</summary>
    public required long SealedBytes { get; init; }

    /// <summary>Bytes of added rows, their codes and the notes of what is live.</summary>
    public required long ChangeBytes { get; init; }

    /// <summary>
    /// Added and removed rows as a share of the live ones. Searches slow down about in proportion, so this says when to seal
    /// anew.
    /// </summary>
    public double ChangedShare => (double)(Added + Removed) / Math.Max(1, Live);
}
