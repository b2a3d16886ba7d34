namespace VectorSearch.Learn;

/// <summary>One training with all hyper-parameters chosen.</summary>
internal sealed record TrainingRun(InteractionDataset Train, IReadOnlyDictionary<string, double> Values, int Dimension, int Epochs)
{
    /// <summary>Epochs of the schedule to go; null for all of them.</summary>
    public int? StopAfter { get; init; }

    /// <summary>Where the state is kept after every epoch; null for nowhere.</summary>
    public Checkpoint? Checkpoint { get; init; }

    public ulong Seed { get; init; }

    public int Threads { get; init; }

    /// <summary>What is known of the items; null for nothing.</summary>
    public ItemFeatures? Features { get; init; }

    /// <summary>Where to watch for the best epoch; null trains all epochs.</summary>
    public DatasetSplit? Validation { get; init; }

    public IProgress<LearnProgress>? Progress { get; init; }

    public CancellationToken CancellationToken { get; init; }
}

/// <summary>What came of a <see cref="TrainingRun"/>.</summary>
internal sealed record TrainingResult(LearnedModel Model, int BestEpoch);

/// <summary>What tuning and the command line need to know of a learner.</summary>
internal abstract class InteractionMethod
{
    public abstract string Name { get; }

    /// <summary>The question whose ranking is measured.</summary>
    public virtual string Question => "history";

    /// <summary>The hyper-parameters in the order in which tuning takes them.</summary>
    public abstract IReadOnlyList<HyperParameter> HyperParameters { get; }

    public virtual bool HasDimension => true;

    /// <summary>Whether items that nobody watched can be placed by what is known of them: in a space of fewer coordinates than items.</summary>
    public virtual bool TakesFeatures => HasDimension;

    public virtual int DefaultDimension => 64;

    public abstract int DefaultEpochs { get; }

    /// <summary>Settings tried when nobody says how many.</summary>
    public virtual int DefaultTrials => 12;

    public abstract TrainingResult Train(TrainingRun run);

    public static InteractionMethod Of(LearningMethod method) => method switch
    {
        LearningMethod.Ials => new IalsMethod(),
        LearningMethod.Ease => new EaseMethod(),
        LearningMethod.Deep => new DeepMethod(),
        LearningMethod.Contrastive => new ContrastiveMethod(graph: false),
        LearningMethod.Graph => new ContrastiveMethod(graph: true),
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "Not a learning method."),
    };
}

internal sealed class IalsMethod : InteractionMethod
{
    public override string Name => "ials";

    public override IReadOnlyList<HyperParameter> HyperParameters { get; } =
    [
        new("unobserved-weight", 0.1, [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]),
        new("regularisation", 0.003, [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1]),
        new("regularisation-exponent", 1, [0, 0.25, 0.5, 0.75, 1, 1.25]),
        new("block", 0, [0]),
    ];

    public override int DefaultEpochs => 12;

    public override TrainingResult Train(TrainingRun run)
    {
        IalsOptions options = new()
        {
            Dimension = run.Dimension,
            UnobservedWeight = run.Values["unobserved-weight"],
            Regularisation = run.Values["regularisation"],
            RegularisationExponent = run.Values["regularisation-exponent"],
            Block = (int)run.Values["block"],
            Epochs = run.Epochs,
            Seed = run.Seed,
            Threads = run.Threads,
        };
        return new TrainingResult(IalsLearner.Train(run.Train, options, run.Checkpoint, run.Progress, run.CancellationToken), run.Epochs);
    }
}

internal sealed class EaseMethod : InteractionMethod
{
    public override string Name => "ease";

    public override IReadOnlyList<HyperParameter> HyperParameters { get; } =
    [
        new("user-balance", 0.5, [0, 0.25, 0.5, 0.75]),
        new("dropout", 0.2, [0, 0.1, 0.2, 0.3, 0.4, 0.5]),
        new("regularisation", 400, [10, 25, 50, 100, 200, 400, 800, 1600, 3200]),
    ];

    public override bool HasDimension => false;

    public override int DefaultEpochs => 1;

    public override TrainingResult Train(TrainingRun run)
    {
        EaseOptions options = new()
        {
            Regularisation = run.Values["regularisation"], Dropout = run.Values["dropout"], UserBalance = run.Values["user-balance"], Threads = run.Threads,
        };
        return new TrainingResult(EaseLearner.Train(run.Train, options, run.Progress, run.CancellationToken), 1);
    }
}

internal sealed class ContrastiveMethod(bool graph) : InteractionMethod
{
    public override string Name => graph ? "graph" : "contrastive";

    public override string Question => "user";

    public override IReadOnlyList<HyperParameter> HyperParameters { get; } =
    [
        new("temperature", 0.12, [0.05, 0.07, 0.085, 0.1, 0.12, 0.15, 0.2, 0.3]),
        new("user-balance", graph ? 0.25 : 0.5, [0, 0.25, 0.5, 0.75]),
        new("layers", graph ? 1 : 0, graph ? [1, 2, 3] : [0]),
        new("history-weight", 0, graph ? [0] : [0, 0.1, 0.2, 0.3, 0.5, 1]),
        new("learning-rate", graph ? 0.003 : 0.02, [0.003, 0.01, 0.02, 0.03, 0.1]),
        new("negatives", graph ? 4096 : 1024, [256, 512, 1024, 2048, 4096, 8192]),
        new("negative-power", graph ? 1 : 0, [0, 0.25, 0.5, 0.75, 1]),
        new("popularity", graph ? 0.75 : 0, [0, 0.25, 0.5, 0.75, 1]),
        new("positives-per-example", graph ? 1024 : 4, [2, 4, 8, 16, 32, 1024]),
        new("batch-size", graph ? 2048 : 512, [256, 512, 1024, 2048]),
        new("decay", graph ? 0 : 1e-8, [0, 1e-8, 1e-7, 1e-6]),
    ];

    public override int DefaultEpochs => graph ? 40 : 60;

    public override int DefaultTrials => 1;

    public override TrainingResult Train(TrainingRun run)
    {
        ContrastiveOptions options = new()
        {
            Dimension = run.Dimension,
            Temperature = run.Values["temperature"],
            UserBalance = run.Values["user-balance"],
            Layers = (int)run.Values["layers"],
            HistoryWeight = run.Values["history-weight"],
            LearningRate = run.Values["learning-rate"],
            Negatives = (int)run.Values["negatives"],
            NegativePower = run.Values["negative-power"],
            Popularity = run.Values["popularity"],
            PositivesPerExample = (int)run.Values["positives-per-example"],
            BatchSize = (int)run.Values["batch-size"],
            Decay = run.Values["decay"],
            Epochs = run.Epochs,
            EpochsPerLook = graph ? 5 : 2,
            StopAfter = run.StopAfter,
            Seed = run.Seed,
            Threads = run.Threads,
        };
        (LearnedModel model, int best) = ContrastiveLearner.Train(run.Train, options, run.Validation, run.Checkpoint, run.Progress, run.CancellationToken);
        return new TrainingResult(model, best);
    }
}

internal sealed class DeepMethod : InteractionMethod
{
    public override string Name => "deep";

    public override IReadOnlyList<HyperParameter> HyperParameters { get; } =
    [
        new("temperature", 0.12, [0.07, 0.085, 0.1, 0.12, 0.15, 0.2]),
        new("learning-rate", 0.003, [0.0003, 0.001, 0.003, 0.01]),
        new("decay", 1e-7, [0, 1e-8, 1e-7, 1e-6, 1e-5]),
        new("hidden-layers", 1, [0, 1, 2]),
        new("hidden-units", 128, [64, 128, 256, 512]),
        new("user-balance", 0.25, [0, 0.25, 0.5, 0.75, 1]),
        new("popularity", 1, [0, 0.5, 0.75, 1]),
        new("candidates", 4096, [1024, 2048, 4096, 8192]),
        new("candidate-power", 0.75, [0, 0.25, 0.5, 0.75, 1]),
        new("batch-size", 128, [64, 128, 256, 512]),
        new("tied", 1, [0, 1]),
        new("later-labels", 0, [0, 0.5, 1]),
        new("ages", 0, [0, 1]),
    ];

    public override int DefaultEpochs => 150;

    public override int DefaultTrials => 1;

    public override TrainingResult Train(TrainingRun run)
    {
        DeepOptions options = new()
        {
            Dimension = run.Dimension,
            Temperature = run.Values["temperature"],
            LearningRate = run.Values["learning-rate"],
            Decay = run.Values["decay"],
            HiddenLayers = (int)run.Values["hidden-layers"],
            HiddenUnits = (int)run.Values["hidden-units"],
            UserBalance = run.Values["user-balance"],
            Candidates = (int)run.Values["candidates"],
            CandidatePower = run.Values["candidate-power"],
            Popularity = run.Values["popularity"],
            Tied = run.Values["tied"] != 0,
            BatchSize = (int)run.Values["batch-size"],
            LaterLabels = run.Values["later-labels"],
            Ages = run.Values["ages"] != 0,
            Epochs = run.Epochs,
            StopAfter = run.StopAfter,
            Seed = run.Seed,
            Threads = run.Threads,
        };
        (LearnedModel model, int best) = DeepLearner.Train(run.Train, options, run.Validation, run.Features, run.Checkpoint, run.Progress, run.CancellationToken);
        return new TrainingResult(model, best);
    }
}
