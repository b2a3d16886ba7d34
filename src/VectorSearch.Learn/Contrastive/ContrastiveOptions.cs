namespace VectorSearch.Learn;

/// <summary>Hyper-parameters of the contrastive learner, with or without graph convolution.</summary>
public sealed record ContrastiveOptions
{
    /// <summary>Most layers of graph convolution.</summary>
    public const int MaxLayers = 8;

    /// <summary>Coordinates of a vector.</summary>
    public int Dimension { get; init; } = 64;

    /// <summary>L: layers of light graph convolution; 0 for plain matrix factorisation.</summary>
    public int Layers { get; init; }

    /// <summary>τ: the cosine is divided by it.</summary>
    public double Temperature { get; init; } = 0.1;

    /// <summary>Negatives drawn for a batch, shared by its users.</summary>
    public int Negatives { get; init; } = 1024;

    /// <summary>Negatives are drawn in proportion to popularity to this power; 0 draws uniformly.</summary>
    public double NegativePower { get; init; }

    /// <summary>A user with n positives weighs n^(1 − this); 0 makes all interactions alike, 1 all users.</summary>
    public double UserBalance { get; init; }

    /// <summary>
    /// Positives of a user that one example takes; a user with more makes several examples an epoch. A vector turns by so
    /// much a step and no further, as its norm grows with its steps, so a user needs many of them.
    /// </summary>
    public int PositivesPerExample { get; init; } = 4;

    /// <summary>Examples in a batch.</summary>
    public int BatchSize { get; init; } = 512;

    /// <summary>Learning rate of Adam.</summary>
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

    /// <summary>Seed of start vectors, order and negatives.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Most threads; 0 for one a processor. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Throws when a value is out of range; the message lists all that are.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        List<string> faults = [];
        Check(Dimension is >= 1 and <= IalsOptions.MaxDimension, $"Dimension is {Dimension}: expected 1 to {IalsOptions.MaxDimension}");
        Check(Layers is >= 0 and <= MaxLayers, $"Layers is {Layers}: expected 0 to {MaxLayers}");
        Check(Temperature is >= 0.01 and <= 100, $"Temperature is {Temperature}: expected 0.01 to 100");
        Check(Negatives >= 1, $"Negatives is {Negatives}: expected at least 1");
        Check(NegativePower is >= 0 and <= 1, $"NegativePower is {NegativePower}: expected 0 to 1");
        Check(UserBalance is >= 0 and <= 1, $"UserBalance is {UserBalance}: expected 0 to 1");
        Check(BatchSize >= 1, $"BatchSize is {BatchSize}: expected at least 1");
        Check(PositivesPerExample >= 1, $"PositivesPerExample is {PositivesPerExample}: expected at least 1");
        Check(LearningRate is > 0 and <= 10, $"LearningRate is {LearningRate}: expected more than 0, at most 10");
        Check(Decay is >= 0 and <= 1, $"Decay is {Decay}: expected 0 to 1");
        Check(Epochs is >= 1 and <= IalsOptions.MaxEpochs, $"Epochs is {Epochs}: expected 1 to {IalsOptions.MaxEpochs}");
        Check(StopAfter is null || (StopAfter >= 1 && StopAfter <= Epochs), $"StopAfter is {StopAfter}: expected 1 to Epochs, {Epochs}");
        Check(EpochsPerLook >= 1 && Patience >= 1, $"EpochsPerLook is {EpochsPerLook} and Patience {Patience}: expected at least 1");
        Check(Threads >= 0, $"Threads is {Threads}: expected 0 or more");
        if (faults.Count > 0) throw new ArgumentException("Contrastive options: " + string.Join("; ", faults) + ".");

        void Check(bool good, string fault)
        {
            if (!good) faults.Add(fault);
        }
    }
}
