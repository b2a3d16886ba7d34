namespace VectorSearch.Learn;

/// <summary>What a learner is asked for, whatever it learns from.</summary>
public sealed record LearnerRequest
{
    /// <summary>Coordinates of a vector; null for the default.</summary>
    public int? Dimension { get; init; }

    /// <summary>Passes over the examples; null for the default.</summary>
    public int? Epochs { get; init; }

    /// <summary>Settings tried on a validation part; 0 takes the defaults.</summary>
    public int Trials { get; init; }

    /// <summary>Seed of everything random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Most threads; 0 for all cores. The model does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Hyper-parameters set by hand, by name.</summary>
    public IReadOnlyDictionary<string, double> Fixed { get; init; } = new Dictionary<string, double>();

    /// <summary>Throws when a hyper-parameter that is set by hand is unknown.</summary>
    /// <exception cref="ArgumentException">One is; the message lists those known.</exception>
    internal void RequireKnown(IReadOnlyList<HyperParameter> known)
    {
        foreach (string name in Fixed.Keys)
        {
            if (known.All(p => p.Name != name)) throw new ArgumentException($"--set names '{name}': expected one of {string.Join(", ", known.Select(p => p.Name))}.");
        }
    }

    /// <summary>The card of a model just measured.</summary>
    internal ModelCard Card(
        string dataHash, IReadOnlyDictionary<string, long> counts, IReadOnlyDictionary<string, double> setting, IReadOnlyList<ValidationTrial> trail,
        IReadOnlyDictionary<string, double> metrics, IReadOnlyDictionary<string, double[]> intervals) => new()
        {
            Created = DateTimeOffset.UtcNow,
            DataHash = dataHash,
            Counts = counts,
            Seed = Seed,
            HyperParameters = setting,
            Tuning = [.. trail.Select(trial => trial.ToString())],
            Metrics = metrics,
            Intervals = intervals,
        };
}
