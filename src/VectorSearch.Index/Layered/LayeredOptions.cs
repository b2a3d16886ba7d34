namespace VectorSearch.Index;

/// <summary>What a <see cref="LayeredIndex"/> may grow to.</summary>
public sealed record LayeredOptions
{
    /// <summary>Added rows when nothing is asked for.</summary>
    public const int DefaultMaxAdded = 1 << 20;

    /// <summary>Most added rows that can be asked for.</summary>
    public const int GreatestMaxAdded = 1 << 28;

    /// <summary>Most rows that may be added before the index is sealed anew. Addresses for so many are reserved at once; memory is taken as they come.</summary>
    public int MaxAdded { get; init; } = DefaultMaxAdded;

    /// <summary>All that is wrong, each fault naming the field, what came and what was expected.</summary>
    public IReadOnlyList<string> Faults() => MaxAdded is >= 1 and <= GreatestMaxAdded
        ? []
        : [$"{nameof(MaxAdded)} is {MaxAdded}; expected 1 to {GreatestMaxAdded}."];
}
