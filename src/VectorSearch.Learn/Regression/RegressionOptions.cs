namespace VectorSearch.Learn;

/// <summary>How a <see cref="RegressionModel"/> is trained.</summary>
public sealed record RegressionOptions
{
    private const int LeastSteps = 1500;

    /// <summary>Which features texts have.</summary>
    public TextFeatureOptions Features { get; init; } = new() { WordNgrams = 2, MinCharacters = 0, MaxCharacterNgram = 0, MinCount = 3, MinNgramTexts = 5 };

    /// <summary>Coordinates of each member's embedding.</summary>
    public int Dimension { get; init; } = 16;

    /// <summary>Networks that are trained from different start values, and whose answers are averaged.</summary>
    public int Members { get; init; } = 4;

    /// <summary>Whether a ridge regression on the same features has a part in the answer, as large as rows held out of training say.</summary>
    public bool Ridge { get; init; } = true;

    /// <summary>Units of the hidden layer.</summary>
    public int Hidden { get; init; } = 64;

    /// <summary>Passes over the rows.</summary>
    public int Epochs { get; init; } = 40;

    /// <summary>Learning rate of Adam at the start; it falls in a line to 0.</summary>
    public double LearningRate { get; init; } = 5e-4;

    /// <summary>L2 decay of all weights.</summary>
    public double Decay { get; init; } = 1e-4;

    /// <summary>Part of the words and names, and of the hidden units, left out at each step.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>Error, in deviations of the target, from which on the loss is linear (Huber, 1964).</summary>
    public double Huber { get; init; } = 0.5;

    /// <summary>Rows of one step.</summary>
    public int Batch { get; init; } = 64;

    /// <summary>Seed of everything random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Most threads; 0 for all cores. The model does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>How many passes so many rows need: <see cref="Epochs"/>, or where rows are few as many as make 1,500 steps.</summary>
    public int EpochsFor(int rows)
    {
        int batches = Math.Max(1, (rows + Batch - 1) / Batch);
        return Math.Max(Epochs, (LeastSteps + batches - 1) / batches);
    }

    /// <summary>Every fault, each naming the option, what came and what was expected.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [.. Features.Validate()];
        if (Dimension is < 1 or > 4096) faults.Add($"{nameof(Dimension)} is {Dimension}: expected 1 to 4096.");
        if (Members is < 1 or > 64) faults.Add($"{nameof(Members)} is {Members}: expected 1 to 64.");
        if (Hidden is < 1 or > 65_536) faults.Add($"{nameof(Hidden)} is {Hidden}: expected 1 to 65536.");
        if (Epochs < 1) faults.Add($"{nameof(Epochs)} is {Epochs}: expected at least 1.");
        if (!(LearningRate > 0) || !double.IsFinite(LearningRate)) faults.Add($"{nameof(LearningRate)} is {LearningRate}: expected above 0.");
        if (!(Decay >= 0) || !double.IsFinite(Decay)) faults.Add($"{nameof(Decay)} is {Decay}: expected 0 or more.");
        if (!(Dropout is >= 0 and < 1)) faults.Add($"{nameof(Dropout)} is {Dropout}: expected 0 to below 1.");
        if (!(Huber > 0)) faults.Add($"{nameof(Huber)} is {Huber}: expected above 0.");
        if (Batch < 1) faults.Add($"{nameof(Batch)} is {Batch}: expected at least 1.");
        if (Threads < 0) faults.Add($"{nameof(Threads)} is {Threads}: expected 0 or more.");
        return faults;
    }
}
