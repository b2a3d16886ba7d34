namespace VectorSearch.Learn;

/// <summary>How a <see cref="JointEncoder"/> is trained.</summary>
public sealed record JointOptions
{
    /// <summary>Greatest scale 1/τ of the cosines (Radford et al., CLIP, ICML 2021, section 2.5).</summary>
    public const double MaxScale = 100;

    /// <summary>Coordinates of the common space.</summary>
    public int Dimension { get; init; } = 64;

    /// <summary>Units of the hidden layer of pictures and of sound.</summary>
    public int Hidden { get; init; } = 256;

    /// <summary>Which features texts have.</summary>
    public TextFeatureOptions Texts { get; init; } = new() { WordNgrams = 1 };

    /// <summary>Passes over the rows.</summary>
    public int Epochs { get; init; } = 40;

    /// <summary>Learning rate of Adam at the start; it falls in a line to 0.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>L2 decay of all weights.</summary>
    public double Decay { get; init; } = 1e-6;

    /// <summary>τ at the start; it is learned, for each pair of columns its own.</summary>
    public double Temperature { get; init; } = 0.07;

    /// <summary>Part of a text's features left out at each step.</summary>
    public double Dropout { get; init; } = 0.2;

    /// <summary>Strength of the random changes to pictures and sound.</summary>
    public double Augmentation { get; init; } = 1;

    /// <summary>Rows of one step, each of which meets all others.</summary>
    public int Batch { get; init; } = 256;

    /// <summary>Seed of everything random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Most threads; 0 for all cores. The model does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Every fault, each naming the option, what came and what was expected.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [.. Texts.Validate()];
        if (Dimension is < 1 or > 4096) faults.Add($"{nameof(Dimension)} is {Dimension}: expected 1 to 4096.");
        if (Hidden is < 1 or > 65_536) faults.Add($"{nameof(Hidden)} is {Hidden}: expected 1 to 65536.");
        if (Epochs < 1) faults.Add($"{nameof(Epochs)} is {Epochs}: expected at least 1.");
        if (!(LearningRate > 0) || !double.IsFinite(LearningRate)) faults.Add($"{nameof(LearningRate)} is {LearningRate}: expected above 0.");
        if (!(Decay >= 0) || !double.IsFinite(Decay)) faults.Add($"{nameof(Decay)} is {Decay}: expected 0 or more.");
        if (!(Temperature is >= 1 / MaxScale and <= 1)) faults.Add($"{nameof(Temperature)} is {Temperature}: expected {1 / MaxScale} to 1.");
        if (!(Dropout is >= 0 and < 1)) faults.Add($"{nameof(Dropout)} is {Dropout}: expected 0 to below 1.");
        if (!(Augmentation is >= 0 and <= 4)) faults.Add($"{nameof(Augmentation)} is {Augmentation}: expected 0 to 4.");
        if (Batch < 2) faults.Add($"{nameof(Batch)} is {Batch}: expected at least 2.");
        if (Threads < 0) faults.Add($"{nameof(Threads)} is {Threads}: expected 0 or more.");
        return faults;
    }
}
