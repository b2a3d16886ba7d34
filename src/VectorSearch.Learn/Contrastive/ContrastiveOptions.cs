namespace VectorSearch.Learn;

/// <summary>Hyper-parameters of the contrastive learner, with or without graph convolution.</summary>
public sealed record ContrastiveOptions : EpochOptions
{
    /// <summary>Most layers of graph convolution.</summary>
    public const int MaxLayers = 8;

    /// <summary>L: layers of light graph convolution; 0 for plain matrix factorisation.</summary>
    public int Layers { get; init; }

    /// <summary>
    /// w: a user's vector is u + w Σ v/√n over the n films watched, as in SimpleX (section 3.2); 0 for the user's own vector alone.
    /// Not with <see cref="Layers"/>, which join users and films already.
    /// </summary>
    public double HistoryWeight { get; init; }

    /// <summary>Negatives drawn for a batch, shared by its users.</summary>
    public int Negatives { get; init; } = 1024;

    /// <summary>Negatives are drawn in proportion to popularity to this power; 0 draws uniformly.</summary>
    public double NegativePower { get; init; }

    /// <summary>
    /// β: films are ranked by cos/τ + β log n, n their watches. Negatives that are drawn by popularity and not corrected leave it out of
    /// what is learned, so that with power 1 the bias of the softmax is β = 1; less of it holds longer: what is popular changes.
    /// </summary>
    public double Popularity { get; init; }

    /// <summary>
    /// Positives of a user that one example takes; a user with more makes several examples an epoch. A vector turns by so
    /// much a step and no further, as its norm grows with its steps, so a user needs many of them.
    /// </summary>
    public int PositivesPerExample { get; init; } = 4;

    private protected override void AddFaults(List<string> faults)
    {
        Check(faults, Layers is >= 0 and <= MaxLayers, $"Layers is {Layers}: expected 0 to {MaxLayers}");
        Check(faults, HistoryWeight is >= 0 and <= 100, $"HistoryWeight is {HistoryWeight}: expected 0 to 100");
        Check(faults, HistoryWeight == 0 || Layers == 0, $"HistoryWeight is {HistoryWeight} and Layers {Layers}: expected one of them to be 0");
        Check(faults, Negatives >= 1, $"Negatives is {Negatives}: expected at least 1");
        Check(faults, NegativePower is >= 0 and <= 1, $"NegativePower is {NegativePower}: expected 0 to 1");
        Check(faults, Popularity is >= 0 and <= 2, $"Popularity is {Popularity}: expected 0 to 2");
        Check(faults, PositivesPerExample >= 1, $"PositivesPerExample is {PositivesPerExample}: expected at least 1");
    }
}
