using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// What defines an <see cref="HnswIndex"/>. Names follow Malkov and Yashunin, "Efficient and robust approximate nearest
/// neighbor search using Hierarchical Navigable Small World graphs", IEEE TPAMI 2020 (the paper).
/// </summary>
public sealed record HnswOptions
{
    /// <summary>Fewest coordinates.</summary>
    public const int MinDimension = 1;

    /// <summary>Most coordinates.</summary>
    public const int MaxDimension = 65_536;

    /// <summary>Least <see cref="M"/>.</summary>
    public const int MinM = 2;

    /// <summary>The paper's middle of the useful range 5…48.</summary>
    public const int DefaultM = 16;

    /// <summary>Greatest <see cref="M"/>; twice this fits the count field of a link list.</summary>
    public const int MaxM = 100;

    /// <summary>Greatest beam width, for building and for searching.</summary>
    public const int MaxEf = 1_000_000;

    /// <summary>Beam width of insertion when none is given.</summary>
    public const int DefaultEfConstruction = 200;

    /// <summary>Beam width of a search that names none.</summary>
    public const int DefaultEfSearch = 64;

    /// <summary>Slots when no limit is given. Only addresses are reserved for them, see <see cref="NativeBuffer"/>.</summary>
    public const int DefaultMaxSlots = 1 << 26;

    /// <summary>Greatest <see cref="MaxSlots"/>.</summary>
    public const int GreatestMaxSlots = 1 << 30;

    /// <summary>Seed of the levels when none is given.</summary>
    public const ulong DefaultSeed = 20_160_330;

    /// <summary>Coordinates that every vector has.</summary>
    public required int Dimension { get; init; }

    /// <summary>How vectors are compared.</summary>
    public required Metric Metric { get; init; }

    /// <summary>Neighbours chosen for a new node on each level; a list may grow to twice this on level 0.</summary>
    public int M { get; init; } = DefaultM;

    /// <summary>Beam width while inserting: more gives a better graph and a longer build.</summary>
    public int EfConstruction { get; init; } = DefaultEfConstruction;

    /// <summary>Beam width of a search that names none.</summary>
    public int EfSearch { get; init; } = DefaultEfSearch;

    /// <summary>Most slots, removed ones that wait for reuse included. Addresses for so many rows are reserved at once.</summary>
    public int MaxSlots { get; init; } = DefaultMaxSlots;

    /// <summary>Seed of the random levels. The same seed and the same order of stores give the same levels.</summary>
    public ulong Seed { get; init; } = DefaultSeed;

    /// <summary>
    /// Whether walks go over 8-bit codes of the rows (a quarter of their memory on top; see docs/hnsw.md) and only the
    /// nearest found are compared with the rows themselves. Left off below 32 dimensions, and given up on data that 8
    /// bits cannot tell apart.
    /// </summary>
    public bool ByteCodes { get; init; } = true;

    /// <summary>All that is wrong with these options, each fault naming the field, what came and what was expected.</summary>
    public IReadOnlyList<string> Faults()
    {
        List<string> faults = [];
        Range(nameof(Dimension), Dimension, MinDimension, MaxDimension);
        if (!Enum.IsDefined(Metric)) faults.Add($"{nameof(Metric)} is {Metric}; expected one of {string.Join(", ", Enum.GetNames<Metric>())}.");
        Range(nameof(M), M, MinM, MaxM);
        Range(nameof(EfConstruction), EfConstruction, 1, MaxEf);
        Range(nameof(EfSearch), EfSearch, 1, MaxEf);
        Range(nameof(MaxSlots), MaxSlots, 1, GreatestMaxSlots);
        return faults;

        void Range(string field, int value, int least, int greatest)
        {
            if (value < least || value > greatest) faults.Add($"{field} is {value}; expected {least} to {greatest}.");
        }
    }
}
