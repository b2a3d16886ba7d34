namespace VectorSearch.Learn;

/// <summary>What to learn and how long to look for good hyper-parameters. Budgets count trials and epochs, never time.</summary>
public sealed record LearningRequest
{
    /// <summary>Most trials.</summary>
    public const int MaxTrials = 1000;

    /// <summary>The learner.</summary>
    public LearningMethod Method { get; init; } = LearningMethod.Ials;

    /// <summary>Dimension; null for the method's own default.</summary>
    public int? Dimension { get; init; }

    /// <summary>Sweep dimensions around the fourth root of the number of items on validation, and keep the best.</summary>
    public bool AutoDimension { get; init; }

    /// <summary>
    /// Settings tried on validation; 0 takes the defaults, 1 finds only the best epoch. Null for the method's own number: many
    /// where a training takes seconds, one where it takes minutes.
    /// </summary>
    public int? Trials { get; init; }

    /// <summary>Most epochs of one training; null for the method's own default.</summary>
    public int? Epochs { get; init; }

    /// <summary>Seed of everything random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Most threads; 0 for one a processor.</summary>
    public int Threads { get; init; }

    /// <summary>What the final model is trained on.</summary>
    public LearningProtocol Protocol { get; init; } = LearningProtocol.Refit;

    /// <summary>Hyper-parameters set by hand, by name; they are not tuned.</summary>
    public IReadOnlyDictionary<string, double> Fixed { get; init; } = new Dictionary<string, double>();

    /// <summary>
    /// Folder of checkpoints; null for none. A run that was broken off goes on where it was when it is started again with
    /// the same data and settings, and ends with the same bits.
    /// </summary>
    public string? Checkpoints { get; init; }

    /// <summary>
    /// What is known of the items (genres, tags): the model can place new items by it (<see cref="FeatureMap"/>), and the deep net
    /// learns from it; null for nothing.
    /// </summary>
    public ItemFeatures? Features { get; init; }

    /// <summary>What to measure on the test part.</summary>
    public EvaluationOptions Evaluation { get; init; } = new();

    /// <summary>Throws when a value is out of range; the message lists all that are.</summary>
    internal void Validate(InteractionMethod method)
    {
        IReadOnlyList<HyperParameter> known = method.HyperParameters;
        List<string> faults = [];
        if (Dimension is < 1 or > IalsOptions.MaxDimension) faults.Add($"Dimension is {Dimension}: expected 1 to {IalsOptions.MaxDimension}");
        if (Dimension is not null && AutoDimension) faults.Add($"Dimension is {Dimension} and AutoDimension is set: expected one of them");
        if (Trials is < 0 or > MaxTrials) faults.Add($"Trials is {Trials}: expected 0 to {MaxTrials}");
        if (Epochs < 1) faults.Add($"Epochs is {Epochs}: expected at least 1");
        if (Features is not null && !method.TakesFeatures) faults.Add($"Features are given and Method is {Method}: it has a coordinate for each item, where none can be placed");
        foreach (string name in Fixed.Keys.Where(name => known.All(parameter => parameter.Name != name)))
            faults.Add($"hyper-parameter '{name}' is not one of {Method}: it has {string.Join(", ", known.Select(p => p.Name))}");
        if (faults.Count > 0) throw new ArgumentException(string.Join("; ", faults) + ".");
    }
}
