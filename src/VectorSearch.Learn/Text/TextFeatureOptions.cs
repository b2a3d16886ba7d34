namespace VectorSearch.Learn;

/// <summary>Which features a text has. All are part of what a model file keeps, so that a query is read as in training.</summary>
public sealed record TextFeatureOptions
{
    /// <summary>Longest word n-gram there may be.</summary>
    public const int MaxWordNgrams = 5;

    /// <summary>Longest character n-gram there may be.</summary>
    public const int MaxCharacters = 10;

    /// <summary>Whether letters lose their case.</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>Longest run of words that is a feature; 1 for single words only.</summary>
    public int WordNgrams { get; init; } = 3;

    /// <summary>Shortest character n-gram of a word; 0 for none.</summary>
    public int MinCharacters { get; init; } = 3;

    /// <summary>Longest character n-gram of a word; 0 for none.</summary>
    public int MaxCharacterNgram { get; init; } = 6;

    /// <summary>How often a word must come in the training texts to have a vector.</summary>
    public int MinCount { get; init; } = 1;

    /// <summary>In how many training texts an n-gram of words or characters must come to have a vector.</summary>
    public int MinNgramTexts { get; init; } = 1;

    /// <summary>Most features kept, the most frequent first.</summary>
    public int MaxFeatures { get; init; } = 4_000_000;

    /// <summary>Power of the inverse document frequency in a feature's weight: 0 weighs all alike.</summary>
    public double IdfPower { get; init; } = 0.5;

    /// <summary>Weight of a character n-gram beside that of a word.</summary>
    public double CharacterWeight { get; init; } = 0.3;

    /// <summary>Every fault, each naming the option, what came and what was expected.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [];
        if (WordNgrams is < 1 or > MaxWordNgrams) faults.Add($"{nameof(WordNgrams)} is {WordNgrams}: expected 1 to {MaxWordNgrams}.");
        if (MinCharacters < 0 || MaxCharacterNgram > MaxCharacters || MinCharacters > MaxCharacterNgram || (MinCharacters == 0) != (MaxCharacterNgram == 0))
        {
            faults.Add(
                $"{nameof(MinCharacters)} and {nameof(MaxCharacterNgram)} are {MinCharacters} and {MaxCharacterNgram}: " +
                $"expected both 0, or rising within 1 to {MaxCharacters}.");
        }

        if (MinCount < 1) faults.Add($"{nameof(MinCount)} is {MinCount}: expected at least 1.");
        if (MinNgramTexts < 1) faults.Add($"{nameof(MinNgramTexts)} is {MinNgramTexts}: expected at least 1.");
        if (MaxFeatures < 1) faults.Add($"{nameof(MaxFeatures)} is {MaxFeatures}: expected at least 1.");
        if (!(IdfPower is >= 0 and <= 4)) faults.Add($"{nameof(IdfPower)} is {IdfPower}: expected 0 to 4.");
        if (!(CharacterWeight is > 0 and <= 100)) faults.Add($"{nameof(CharacterWeight)} is {CharacterWeight}: expected above 0, to 100.");
        return faults;
    }

    internal IReadOnlyDictionary<string, double> ToParameters() => new Dictionary<string, double>
    {
        ["lowercase"] = Lowercase ? 1 : 0, ["word-ngrams"] = WordNgrams, ["min-chars"] = MinCharacters, ["max-chars"] = MaxCharacterNgram,
    };

    internal static TextFeatureOptions OfParameters(IReadOnlyDictionary<string, double> parameters) => new()
    {
        Lowercase = parameters["lowercase"] != 0,
        WordNgrams = (int)parameters["word-ngrams"],
        MinCharacters = (int)parameters["min-chars"],
        MaxCharacterNgram = (int)parameters["max-chars"],
    };
}
