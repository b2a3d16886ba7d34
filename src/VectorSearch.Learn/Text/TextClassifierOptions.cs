namespace VectorSearch.Learn;

/// <summary>Which loss a classifier minimises.</summary>
public enum ClassificationLoss
{
    /// <summary>One softmax over the classes.</summary>
    Softmax = 0,

    /// <summary>An independent yes or no for each class.</summary>
    OneVersusAll = 1,
}

/// <summary>How a <see cref="TextClassifier"/> is trained.</summary>
public sealed record TextClassifierOptions
{
    /// <summary>Greatest dimension.</summary>
    public const int MaxDimension = 4096;

    private const int LeastTexts = 20_000;

    /// <summary>Which features texts have.</summary>
    public TextFeatureOptions Features { get; init; } = new();

    /// <summary>Coordinates of a vector.</summary>
    public int Dimension { get; init; } = 100;

    /// <summary>Passes over the texts.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Learning rate at the start; it falls in a line to 0.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>Where the sums of squared gradients start: small lets rare features take large steps.</summary>
    public double Damping { get; init; } = 1;

    /// <summary>Part of the features left out of an example at each step.</summary>
    public double Dropout { get; init; }

    /// <summary>Texts whose gradients are taken at one place.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>The loss.</summary>
    public ClassificationLoss Loss { get; init; }

    /// <summary>
    /// An encoder of texts that was learned in another task, and whose vectors of words and parts of words training starts from; null
    /// for none. Words that only it knows keep its vectors.
    /// </summary>
    public LearnedEncoder? Start { get; init; }

    /// <summary>Whether the vectors stay as they start, and only the classes are learned.</summary>
    public bool Freeze { get; init; }

    /// <summary>Seed of everything random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Most threads; 0 for all cores. The model does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>How many passes so many texts need: <see cref="Epochs"/>, or where texts are few as many as show 20,000 of them.</summary>
    public int EpochsFor(int texts) => Math.Max(Epochs, (LeastTexts + Math.Max(1, texts) - 1) / Math.Max(1, texts));

    /// <summary>Every fault, each naming the option, what came and what was expected.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [.. Features.Validate()];
        if (Dimension is < 1 or > MaxDimension) faults.Add($"{nameof(Dimension)} is {Dimension}: expected 1 to {MaxDimension}.");
        if (Epochs < 1) faults.Add($"{nameof(Epochs)} is {Epochs}: expected at least 1.");
        if (!(LearningRate > 0) || !double.IsFinite(LearningRate)) faults.Add($"{nameof(LearningRate)} is {LearningRate}: expected above 0.");
        if (!(Damping > 0) || !double.IsFinite(Damping)) faults.Add($"{nameof(Damping)} is {Damping}: expected above 0.");
        if (!(Dropout is >= 0 and < 1)) faults.Add($"{nameof(Dropout)} is {Dropout}: expected 0 to below 1.");
        if (Batch < 1) faults.Add($"{nameof(Batch)} is {Batch}: expected at least 1.");
        if (!Enum.IsDefined(Loss)) faults.Add($"{nameof(Loss)} is {(int)Loss}: expected {string.Join(" or ", Enum.GetNames<ClassificationLoss>())}.");
        if (Freeze && Start is null) faults.Add($"{nameof(Freeze)} is set without {nameof(Start)}: without it all vectors would stay zero.");
        if (Start is not (null or WordVectors or TextClassifier)) faults.Add($"{nameof(Start)} is {Start.Kind}: expected an encoder of texts.");
        else if (Start is not null && Start.Dimension != Dimension) faults.Add($"{nameof(Dimension)} is {Dimension}: expected {Start.Dimension}, that of {nameof(Start)}.");
        if (Threads < 0) faults.Add($"{nameof(Threads)} is {Threads}: expected 0 or more.");
        return faults;
    }
}
