namespace VectorSearch.Learn;

/// <summary>What draws examples of one class together and those of others apart.</summary>
public enum MetricLoss
{
    /// <summary>
    /// A learned vector for each class, and a softmax over the cosines to them (Movshovitz-Attias et al., "No Fuss Distance
    /// Metric Learning using Proxies", ICCV 2017; Zhai and Wu, BMVC 2019).
    /// </summary>
    Proxy = 0,

    /// <summary>Each example against its batch, all of its class being positives (Khosla et al., NeurIPS 2020, equation 2).</summary>
    SupervisedContrastive = 1,

    /// <summary>Triplets of the batch, the farthest positive with the nearest semi-hard negative (Schroff et al., FaceNet, CVPR 2015).</summary>
    Triplet = 2,
}

/// <summary>How a metric is learned from dense features.</summary>
public sealed record MetricLearningOptions
{
    /// <summary>Coordinates of a vector.</summary>
    public int Dimension { get; init; } = 64;

    /// <summary>Units of each hidden layer; empty for a linear map.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [256];

    /// <summary>The loss.</summary>
    public MetricLoss Loss { get; init; }

    /// <summary>Passes over the examples.</summary>
    public int Epochs { get; init; } = 60;

    /// <summary>Learning rate of Adam at the start; it falls in a line to 0.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>L2 decay of all weights.</summary>
    public double Decay { get; init; } = 1e-5;

    /// <summary>Temperature τ of the softmax over cosines.</summary>
    public double Temperature { get; init; } = 0.2;

    /// <summary>Margin of triplets, in squared distance.</summary>
    public double Margin { get; init; } = 0.5;

    /// <summary>Examples of one step.</summary>
    public int Batch { get; init; } = 64;

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

        if (!Enum.IsDefined(Loss)) faults.Add($"{nameof(Loss)} is {(int)Loss}: expected {string.Join(", ", Enum.GetNames<MetricLoss>())}.");
        if (Epochs < 1) faults.Add($"{nameof(Epochs)} is {Epochs}: expected at least 1.");
        if (!(LearningRate > 0) || !double.IsFinite(LearningRate)) faults.Add($"{nameof(LearningRate)} is {LearningRate}: expected above 0.");
        if (!(Decay >= 0) || !double.IsFinite(Decay)) faults.Add($"{nameof(Decay)} is {Decay}: expected 0 or more.");
        if (!(Temperature is >= 0.01 and <= 10)) faults.Add($"{nameof(Temperature)} is {Temperature}: expected 0.01 to 10.");
        if (!(Margin is > 0 and <= 4)) faults.Add($"{nameof(Margin)} is {Margin}: expected above 0, to 4.");
        if (Batch < 2) faults.Add($"{nameof(Batch)} is {Batch}: expected at least 2.");
        if (Threads < 0) faults.Add($"{nameof(Threads)} is {Threads}: expected 0 or more.");
        return faults;
    }
}
