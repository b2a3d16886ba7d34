namespace VectorSearch.Learn;

/// <summary>How <see cref="WordVectors"/> are learned.</summary>
public sealed record SkipGramOptions
{
    /// <summary>Coordinates of a vector.</summary>
    public int Dimension { get; init; } = 100;

    /// <summary>Passes over the corpus.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>Most words on each side that count as neighbours; each centre draws its own number from 1 to this.</summary>
    public int Window { get; init; } = 5;

    /// <summary>Words drawn against each neighbour.</summary>
    public int Negatives { get; init; } = 5;

    /// <summary>How often a word must come to have a vector of its own.</summary>
    public int MinCount { get; init; } = 5;

    /// <summary>Shortest part of a word; 0 for none.</summary>
    public int MinCharacters { get; init; } = 3;

    /// <summary>Longest part of a word; 0 for none.</summary>
    public int MaxCharacters { get; init; } = 6;

    /// <summary>Part of the corpus from which on a word is left out at times: kept with √(t/f) + t/f.</summary>
    public double Sample { get; init; } = 1e-4;

    /// <summary>Learning rate at the start; it falls in a line to 0.</summary>
    public double LearningRate { get; init; } = 0.04;

    /// <summary>Seed of everything random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Every fault, each naming the option, what came and what was expected.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [];
        if (Dimension is < 1 or > 4096) faults.Add($"{nameof(Dimension)} is {Dimension}: expected 1 to 4096.");
        if (Epochs < 1) faults.Add($"{nameof(Epochs)} is {Epochs}: expected at least 1.");
        if (Window is < 1 or > 100) faults.Add($"{nameof(Window)} is {Window}: expected 1 to 100.");
        if (Negatives is < 1 or > 100) faults.Add($"{nameof(Negatives)} is {Negatives}: expected 1 to 100.");
        if (MinCount < 1) faults.Add($"{nameof(MinCount)} is {MinCount}: expected at least 1.");
        if (!(Sample is > 0 and <= 1)) faults.Add($"{nameof(Sample)} is {Sample}: expected above 0, to 1.");
        if (!(LearningRate > 0) || !double.IsFinite(LearningRate)) faults.Add($"{nameof(LearningRate)} is {LearningRate}: expected above 0.");
        faults.AddRange(Features.Validate());
        return faults;
    }

    /// <summary>The features of a word: itself and its parts.</summary>
    internal TextFeatureOptions Features => new()
    {
        WordNgrams = 1, MinCharacters = MinCharacters, MaxCharacterNgram = MaxCharacters, MinCount = MinCount, MinNgramTexts = 1, IdfPower = 0, CharacterWeight = 1,
    };
}
