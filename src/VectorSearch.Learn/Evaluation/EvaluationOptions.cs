namespace VectorSearch.Learn;

/// <summary>What to measure, and on how many users.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Largest cut-off.</summary>
    public const int MaxCutoff = 1000;

    /// <summary>The k of every metric at k, rising.</summary>
    public IReadOnlyList<int> Cutoffs { get; init; } = [10, 20, 50];

    /// <summary>Evaluate a seeded sample of this many users; null for all.</summary>
    public int? SampleUsers { get; init; }

    /// <summary>Seed of the sample and of the bootstrap.</summary>
    public ulong Seed { get; init; }

    /// <summary>Resamples of users behind the 95 % intervals; 0 for none.</summary>
    public int BootstrapResamples { get; init; } = 1000;

    /// <summary>Most threads; 0 for one a processor.</summary>
    public int Threads { get; init; }

    internal void Validate()
    {
        if (Cutoffs.Count == 0 || Cutoffs[0] < 1 || Cutoffs[^1] > MaxCutoff || Cutoffs.Zip(Cutoffs.Skip(1)).Any(p => p.First >= p.Second))
            throw new ArgumentException($"Cutoffs are [{string.Join(", ", Cutoffs)}]: expected rising numbers from 1 to {MaxCutoff}.");
        if (SampleUsers < 1) throw new ArgumentException($"SampleUsers is {SampleUsers}: expected at least 1.");
        if (BootstrapResamples < 0) throw new ArgumentException($"BootstrapResamples is {BootstrapResamples}: expected 0 or more.");
    }
}
