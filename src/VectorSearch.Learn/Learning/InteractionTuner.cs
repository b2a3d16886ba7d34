namespace VectorSearch.Learn;

/// <summary>
/// Finds hyper-parameters on a validation part by coordinate search: one parameter at a time steps to its neighbouring
/// values for as long as NDCG@20 rises. The budget is a number of trials, so the outcome does not depend on the machine.
/// </summary>
internal sealed class InteractionTuner(InteractionMethod method, DatasetSplit validation, LearningRequest request, IProgress<LearnProgress>? progress)
{
    /// <summary>Users that a trial is measured on; enough for differences that matter.</summary>
    private const int ValidationUsers = 10_000;

    private static readonly double[] DimensionFactors = [0.5, 1, 2, 4, 8];
    private readonly Dictionary<string, Trial> _known = [];
    private readonly List<Trial> _trail = [];
    private readonly int _budget = request.Trials ?? method.DefaultTrials;

    /// <summary>All trials, in order.</summary>
    public IReadOnlyList<Trial> Trail => _trail;

    /// <summary>The best trial within the budget.</summary>
    public Trial Tune(int dimension, int epochs, CancellationToken cancellationToken)
    {
        IReadOnlyList<HyperParameter> axes = [.. method.HyperParameters.Where(axis => !request.Fixed.ContainsKey(axis.Name))];
        Trial best = Try(Defaults(), dimension, epochs, cancellationToken);
        bool moved = true;
        while (moved && _trail.Count < _budget)
        {
            moved = false;
            foreach (HyperParameter axis in axes)
            {
                foreach (int step in new[] { 1, -1 })
                {
                    Trial from = best;
                    best = Walk(axis, step, best, epochs, cancellationToken);
                    moved |= !ReferenceEquals(from, best);
                    // A rise on one side makes the other side the way back.
                    if (!ReferenceEquals(from, best)) break;
                }
            }
        }

        return best;
    }

    /// <summary>Tries dimensions of ½, 1, 2, 4 and 8 times the fourth root of the number of items.</summary>
    public Trial SweepDimensions(Trial best, int epochs, CancellationToken cancellationToken)
    {
        double root = Math.Pow(validation.Train.ItemCount, 0.25);
        foreach (int dimension in DimensionFactors.Select(factor => Math.Max(1, (int)Math.Round(factor * root))).Distinct())
        {
            Trial trial = Try(best.Values, dimension, epochs, cancellationToken);
            if (trial.Score > best.Score) best = trial;
        }

        return best;
    }

    /// <summary>The hyper-parameters without tuning.</summary>
    public Dictionary<string, double> Defaults() =>
        method.HyperParameters.ToDictionary(axis => axis.Name, axis => request.Fixed.GetValueOrDefault(axis.Name, axis.Default));

    private Trial Walk(HyperParameter axis, int step, Trial best, int epochs, CancellationToken cancellationToken)
    {
        while (_trail.Count < _budget)
        {
            int at = axis.Values.ToList().IndexOf(best.Values[axis.Name]) + step;
            if (at < 0 || at >= axis.Values.Count) return best;
            Trial next = Try(new Dictionary<string, double>(best.Values) { [axis.Name] = axis.Values[at] }, best.Dimension, epochs, cancellationToken);
            if (!(next.Score > best.Score)) return best;
            best = next;
        }

        return best;
    }

    private Trial Try(IReadOnlyDictionary<string, double> values, int dimension, int epochs, CancellationToken cancellationToken)
    {
        string key = $"{dimension}|{string.Join('|', values.Values)}";
        if (_known.TryGetValue(key, out Trial? done)) return done;
        Checkpoint? checkpoint = Checkpoint.For(request, method, validation.Train, key, epochs, "trial");
        if (checkpoint?.LoadTrial() is { } remembered) return Keep(key, new Trial(values, dimension, remembered.Epochs, remembered.Score, remembered.Recall));
        TrainingResult result;
        try
        {
            result = method.Train(new TrainingRun(validation.Train, values, dimension, epochs)
            {
                Checkpoint = checkpoint, Seed = request.Seed, Threads = request.Threads, Features = request.Features, Validation = validation, Progress = progress, CancellationToken = cancellationToken,
            });
        }
        catch (LearningException) when (_trail.Count > 0)
        {
            // A setting that diverges is a bad setting, not the end of tuning; the first one is the user's to hear of.
            return Keep(key, new Trial(values, dimension, 0, double.NegativeInfinity, 0));
        }

        EvaluationOptions options = new()
        {
            Cutoffs = [20], SampleUsers = ValidationUsers, Seed = request.Seed, BootstrapResamples = 0, Threads = request.Threads,
        };
        RankingReport report = RankingEvaluator.Evaluate(
            new QuestionRanking(result.Model.Question(method.Question), validation.Train), validation, options, null, cancellationToken);
        Trial trial = Keep(key, new Trial(values, dimension, result.BestEpoch, report["ndcg@20"], report["recall@20"]));
        checkpoint?.FinishTrial(new CheckpointTrial(trial.Epochs, trial.Score, trial.Recall));
        progress?.Report(new LearnProgress($"trial: {trial}", _trail.Count, Math.Max(_budget, _trail.Count), TimeSpan.Zero, null, "ndcg@20", trial.Score));
        return trial;
    }

    private Trial Keep(string key, Trial trial)
    {
        _known.Add(key, trial);
        _trail.Add(trial);
        return trial;
    }
}
