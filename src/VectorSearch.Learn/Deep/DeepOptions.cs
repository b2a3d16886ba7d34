namespace VectorSearch.Learn;

/// <summary>Hyper-parameters of the deep collaborative-filtering net.</summary>
public sealed record DeepOptions
{
    /// <summary>Most hidden layers.</summary>
    public const int MaxHiddenLayers = 8;

    /// <summary>Coordinates of the embedding and of the vectors it makes.</summary>
    public int Dimension { get; init; } = 64;

    /// <summary>Hidden layers between the embedding and the vector of the user.</summary>
    public int HiddenLayers { get; init; } = 1;

    /// <summary>Units of a hidden layer.</summary>
    public int HiddenUnits { get; init; } = 128;

    /// <summary>τ: the cosine of user and film is divided by it to make the logit.</summary>
    public double Temperature { get; init; } = 0.1;

    /// <summary>Films drawn for a batch to stand for all, with the log-Q correction; all films when there are no more.</summary>
    public int Candidates { get; init; } = 4096;

    /// <summary>Candidates are drawn in proportion to popularity to this power.</summary>
    public double CandidatePower { get; init; } = 0.5;

    /// <summary>Users in a batch.</summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>A user with n labels weighs n^(1 − this).</summary>
    public double UserBalance { get; init; } = 0.5;

    /// <summary>Learning rate of Adam.</summary>
    public double LearningRate { get; init; } = 0.003;

    /// <summary>L2 decay.</summary>
    public double Decay { get; init; } = 1e-7;

    /// <summary>Most epochs; the learning rate falls in a straight line to reach 0 after them.</summary>
    public int Epochs { get; init; } = 60;

    /// <summary>Stop after this epoch of the schedule; null goes on to its end.</summary>
    public int? StopAfter { get; init; }

    /// <summary>Epochs from one look at the validation part to the next.</summary>
    public int EpochsPerLook { get; init; } = 3;

    /// <summary>Looks without a rise before training stops.</summary>
    public int Patience { get; init; } = 3;

    /// <summary>Seed of start values, halves, order and candidates.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Most threads; 0 for one a processor. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Throws when a value is out of range; the message lists all that are.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        List<string> faults = [];
        Check(Dimension is >= 1 and <= IalsOptions.MaxDimension, $"Dimension is {Dimension}: expected 1 to {IalsOptions.MaxDimension}");
        Check(HiddenLayers is >= 0 and <= MaxHiddenLayers, $"HiddenLayers is {HiddenLayers}: expected 0 to {MaxHiddenLayers}");
        Check(HiddenUnits is >= 1 and <= 4096, $"HiddenUnits is {HiddenUnits}: expected 1 to 4096");
        Check(Temperature is >= 0.01 and <= 100, $"Temperature is {Temperature}: expected 0.01 to 100");
        Check(Candidates >= 1, $"Candidates is {Candidates}: expected at least 1");
        Check(CandidatePower is >= 0 and <= 1, $"CandidatePower is {CandidatePower}: expected 0 to 1");
        Check(BatchSize >= 1, $"BatchSize is {BatchSize}: expected at least 1");
        Check(UserBalance is >= 0 and <= 1, $"UserBalance is {UserBalance}: expected 0 to 1");
        Check(LearningRate is > 0 and <= 10, $"LearningRate is {LearningRate}: expected more than 0, at most 10");
        Check(Decay is >= 0 and <= 1, $"Decay is {Decay}: expected 0 to 1");
        Check(Epochs is >= 1 and <= IalsOptions.MaxEpochs, $"Epochs is {Epochs}: expected 1 to {IalsOptions.MaxEpochs}");
        Check(StopAfter is null || (StopAfter >= 1 && StopAfter <= Epochs), $"StopAfter is {StopAfter}: expected 1 to Epochs, {Epochs}");
        Check(EpochsPerLook >= 1 && Patience >= 1, $"EpochsPerLook is {EpochsPerLook} and Patience {Patience}: expected at least 1");
        Check(Threads >= 0, $"Threads is {Threads}: expected 0 or more");
        if (faults.Count > 0) throw new ArgumentException("Deep options: " + string.Join("; ", faults) + ".");

        void Check(bool good, string fault)
        {
            if (!good) faults.Add(fault);
        }
    }
}
