namespace VectorSearch.Learn;

/// <summary>How a <see cref="BitmapClassifier"/> is trained.</summary>
public sealed record BitmapClassifierOptions
{
    /// <summary>Coordinates of the embedding.</summary>
    public int Dimension { get; init; } = 32;

    /// <summary>Units of each hidden layer after the embedding.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [512, 256];

    /// <summary>Passes over the pictures.</summary>
    public int Epochs { get; init; } = 30;

    /// <summary>Learning rate of Adam at the start; it falls in a line to 0.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>L2 decay of all weights.</summary>
    public double Decay { get; init; } = 1e-6;

    /// <summary>Pictures of one step.</summary>
    public int Batch { get; init; } = 128;

    /// <summary>The random changes to pictures in training.</summary>
    public BitmapAugmentation Augmentation { get; init; } = BitmapAugmentation.Default;

    /// <summary>Seed of everything random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Most threads; 0 for all cores. The model does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Every fault, each naming the option, what came and what was expected.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [];
        if (Dimension is < 1 or > 4096) faults.Add($"{nameof(Dimension)} is {Dimension}: expected 1 to 4096.");
        foreach (int units in Hidden)
        {
            if (units is < 1 or > 65_536) faults.Add($"{nameof(Hidden)} has a layer of {units}: expected 1 to 65536.");
        }

        if (Epochs < 1) faults.Add($"{nameof(Epochs)} is {Epochs}: expected at least 1.");
        if (!(LearningRate > 0) || !double.IsFinite(LearningRate)) faults.Add($"{nameof(LearningRate)} is {LearningRate}: expected above 0.");
        if (!(Decay >= 0) || !double.IsFinite(Decay)) faults.Add($"{nameof(Decay)} is {Decay}: expected 0 or more.");
        if (Batch < 1) faults.Add($"{nameof(Batch)} is {Batch}: expected at least 1.");
        if (Threads < 0) faults.Add($"{nameof(Threads)} is {Threads}: expected 0 or more.");
        return faults;
    }
}
