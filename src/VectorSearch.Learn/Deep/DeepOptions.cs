namespace VectorSearch.Learn;

/// <summary>Hyper-parameters of the deep collaborative-filtering net.</summary>
public sealed record DeepOptions : EpochOptions
{
    /// <summary>Most hidden layers.</summary>
    public const int MaxHiddenLayers = 8;

    /// <summary>Most units of a hidden layer.</summary>
    public const int MaxHiddenUnits = 4096;

    /// <summary>The defaults, where they differ from those that all learners share.</summary>
    public DeepOptions()
    {
        Temperature = 0.12;
        BatchSize = 128;
        UserBalance = 0.25;
        LearningRate = 0.003;
        Decay = 1e-7;
        Epochs = 150;
        EpochsPerLook = 5;
    }

    /// <summary>Hidden layers between the embedding and the vector of the user.</summary>
    public int HiddenLayers { get; init; } = 1;

    /// <summary>Units of a hidden layer.</summary>
    public int HiddenUnits { get; init; } = 128;

    /// <summary>Films drawn for a batch to stand for all, with the log-Q correction; all films when there are no more.</summary>
    public int Candidates { get; init; } = 4096;

    /// <summary>Candidates are drawn in proportion to popularity to this power.</summary>
    public double CandidatePower { get; init; } = 0.75;

    /// <summary>
    /// β: the logit of a film is cos/τ + β log n, n its watches. With 1 the cosines have to learn only what popularity does not
    /// explain; with 0 they learn all of it, and the film is served under cosine.
    /// </summary>
    public double Popularity { get; init; } = 1;

    /// <summary>One embedding of a film, as input and as label; otherwise one for each.</summary>
    public bool Tied { get; init; } = true;

    /// <summary>Weigh the watched films by the age of the watch, where the data has times.</summary>
    public bool Ages { get; init; }

    /// <summary>
    /// Part of the halvings that follow time, where the data has times: the labels are then what was watched after the input,
    /// not a random half. For answers about what comes next.
    /// </summary>
    public double LaterLabels { get; init; }

    private protected override void AddFaults(List<string> faults)
    {
        Check(faults, HiddenLayers is >= 0 and <= MaxHiddenLayers, $"HiddenLayers is {HiddenLayers}: expected 0 to {MaxHiddenLayers}");
        Check(faults, HiddenUnits is >= 1 and <= MaxHiddenUnits, $"HiddenUnits is {HiddenUnits}: expected 1 to {MaxHiddenUnits}");
        Check(faults, Candidates >= 1, $"Candidates is {Candidates}: expected at least 1");
        Check(faults, LaterLabels is >= 0 and <= 1, $"LaterLabels is {LaterLabels}: expected 0 to 1");
        Check(faults, Popularity is >= 0 and <= 2, $"Popularity is {Popularity}: expected 0 to 2");
        Check(faults, CandidatePower is >= 0 and <= 1, $"CandidatePower is {CandidatePower}: expected 0 to 1");
    }
}
