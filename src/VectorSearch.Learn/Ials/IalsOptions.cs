namespace VectorSearch.Learn;

/// <summary>
/// Hyper-parameters of iALS, named as in Rendle, Krichene, Zhang and Koren, "Revisiting the Performance of iALS on Item
/// Recommendation Benchmarks" (RecSys 2022), section 2.
/// </summary>
public sealed record IalsOptions
{
    /// <summary>Largest dimension: its normal matrix still fits a core's second-level cache.</summary>
    public const int MaxDimension = 2048;

    /// <summary>Largest number of epochs.</summary>
    public const int MaxEpochs = 1000;

    /// <summary>d: coordinates of a vector.</summary>
    public int Dimension { get; init; } = 64;

    /// <summary>α₀: weight of every pair of user and item, watched or not, against weight 1 of a watched one.</summary>
    public double UnobservedWeight { get; init; } = 0.1;

    /// <summary>λ: strength of the regularisation.</summary>
    public double Regularisation { get; init; } = 0.003;

    /// <summary>ν: how regularisation grows with frequency; 0 not at all, 1 in proportion.</summary>
    public double RegularisationExponent { get; init; } = 1;

    /// <summary>Passes over users and items.</summary>
    public int Epochs { get; init; } = 16;

    /// <summary>σ*: standard deviation of a start vector's norm; each coordinate has σ*/√d.</summary>
    public double InitialDeviation { get; init; } = 0.1;

    /// <summary>
    /// Coordinates solved at once, in one sweep over a row an epoch (iALS++); 0, or no fewer than <see cref="Dimension"/>, solves
    /// rows whole. For large d: an epoch of blocks costs a fraction, and the loss ends where that of whole solves does.
    /// </summary>
    public int Block { get; init; }

    /// <summary>Whether rows are solved whole.</summary>
    internal bool Whole => Block == 0 || Block >= Dimension;

    /// <summary>Seed of the start vectors.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Most threads; 0 for one a processor. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Throws when a value is out of range; the message lists all that are.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        List<string> faults = [];
        Check(Dimension is >= 1 and <= MaxDimension, $"Dimension is {Dimension}: expected 1 to {MaxDimension}");
        Check(UnobservedWeight is > 0 and <= 1000, $"UnobservedWeight is {UnobservedWeight}: expected more than 0, at most 1000");
        Check(Regularisation is > 0 and <= 1e6, $"Regularisation is {Regularisation}: expected more than 0, at most 1e6");
        Check(RegularisationExponent is >= 0 and <= 2, $"RegularisationExponent is {RegularisationExponent}: expected 0 to 2");
        Check(Epochs is >= 1 and <= MaxEpochs, $"Epochs is {Epochs}: expected 1 to {MaxEpochs}");
        Check(InitialDeviation is > 0 and <= 100, $"InitialDeviation is {InitialDeviation}: expected more than 0, at most 100");
        Check(Block is >= 0 and <= MaxDimension, $"Block is {Block}: expected 0 to {MaxDimension}");
        Check(Threads >= 0, $"Threads is {Threads}: expected 0 or more");
        if (faults.Count > 0) throw new ArgumentException("iALS options: " + string.Join("; ", faults) + ".");

        void Check(bool good, string fault)
        {
            if (!good) faults.Add(fault);
        }
    }
}
