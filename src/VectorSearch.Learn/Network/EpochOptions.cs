namespace VectorSearch.Learn;

/// <summary>The hyper-parameters that all learners with epochs and a softmax over cosines share.</summary>
public abstract record EpochOptions
{
    /// <summary>Coordinates of a vector.</summary>
    public int Dimension { get; init; } = 64;

    /// <summary>τ: the cosine is divided by it to make the logit.</summary>
    public double Temperature { get; init; } = 0.1;

    /// <summary>A user with n positives weighs n^(1 − this); 0 makes all interactions alike, 1 all users.</summary>
    public double UserBalance { get; init; }

    /// <summary>Examples in a batch.</summary>
    public int BatchSize { get; init; } = 512;

    /// <summary>Learning rate of Adam at the start.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>L2 decay.</summary>
    public double Decay { get; init; } = 1e-8;

    /// <summary>Most epochs; the learning rate falls in a straight line to reach 0 after them.</summary>
    public int Epochs { get; init; } = 40;

    /// <summary>Stop after this epoch of the schedule; null goes on to its end.</summary>
    public int? StopAfter { get; init; }

    /// <summary>Epochs from one look at the validation part to the next.</summary>
    public int EpochsPerLook { get; init; } = 2;

    /// <summary>Looks without a rise before training stops.</summary>
    public int Patience { get; init; } = 3;

    /// <summary>Seed of everything random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Most threads; 0 for one a processor. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Throws when a value is out of range; the message lists all that are.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        List<string> faults = [];
        Check(faults, Dimension is >= 1 and <= IalsOptions.MaxDimension, $"Dimension is {Dimension}: expected 1 to {IalsOptions.MaxDimension}");
        Check(faults, Temperature is >= 0.01 and <= 100, $"Temperature is {Temperature}: expected 0.01 to 100");
        Check(faults, UserBalance is >= 0 and <= 1, $"UserBalance is {UserBalance}: expected 0 to 1");
        Check(faults, BatchSize >= 1, $"BatchSize is {BatchSize}: expected at least 1");
        Check(faults, LearningRate is > 0 and <= 10, $"LearningRate is {LearningRate}: expected more than 0, at most 10");
        Check(faults, Decay is >= 0 and <= 1, $"Decay is {Decay}: expected 0 to 1");
        Check(faults, Epochs is >= 1 and <= IalsOptions.MaxEpochs, $"Epochs is {Epochs}: expected 1 to {IalsOptions.MaxEpochs}");
        Check(faults, StopAfter is null || (StopAfter >= 1 && StopAfter <= Epochs), $"StopAfter is {StopAfter}: expected 1 to Epochs, {Epochs}");
        Check(faults, EpochsPerLook >= 1 && Patience >= 1, $"EpochsPerLook is {EpochsPerLook} and Patience {Patience}: expected at least 1");
        Check(faults, Threads >= 0, $"Threads is {Threads}: expected 0 or more");
        AddFaults(faults);
        if (faults.Count > 0) throw new ArgumentException($"{GetType().Name}: " + string.Join("; ", faults) + ".");
    }

    /// <summary>Adds what is wrong with the values that only this learner has.</summary>
    private protected abstract void AddFaults(List<string> faults);

    private protected static void Check(List<string> faults, bool good, string fault)
    {
        if (!good) faults.Add(fault);
    }
}
