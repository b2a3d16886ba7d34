using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// What learners with epochs share: a falling learning rate, examples in a new random order every epoch, batches, and a state that
/// a checkpoint can hold. A learner says what an example is and what a batch does.
/// </summary>
/// <typeparam name="TExample">What a batch is made of.</typeparam>
internal abstract class EpochTrainer<TExample> : ITrainerState
{
    private readonly EpochOptions _options;
    private Xoshiro256 _random;
    private int _epoch;

    protected EpochTrainer(InteractionDataset train, EpochOptions options, ulong stream)
    {
        options.Validate();
        if (train.ItemCount < 2) throw new ArgumentException($"The data has {train.ItemCount} item: a ranking needs at least two.", nameof(train));
        _options = options;
        Train = train;
        Optimiser = new Optimiser(OptimiserKind.Adam, options.LearningRate, options.Decay, options.Threads);
        _random = new Xoshiro256(options.Seed, stream);
    }

    public abstract IReadOnlyList<Parameter> Parameters { get; }

    public long[] Counters
    {
        get => [Optimiser.Steps, _epoch, .. _random.ToCounters()];
        set => (Optimiser.Steps, _epoch, _random) = (value[0], (int)value[1], Xoshiro256.OfCounters(value.AsSpan(2)));
    }

    protected InteractionDataset Train { get; }

    protected Optimiser Optimiser { get; }

    /// <summary>The one sequence of random numbers of the training; its state is part of a checkpoint.</summary>
    protected ref Xoshiro256 Random => ref _random;

    /// <summary>Trains, from the checkpoint on where there is one, and keeps the best epoch.</summary>
    public (LearnedModel Model, int BestEpoch) Run(
        DatasetSplit? validation, string question, Checkpoint? checkpoint, IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        EpochLoop loop = new(_options.StopAfter ?? _options.Epochs, _options.EpochsPerLook, _options.Patience, _options.LearningRate, checkpoint, progress, cancellationToken);
        return loop.Run(this, Epoch, ToModel, validation, question, _options.Seed, _options.Threads);
    }

    /// <summary>One pass over all examples; returns the mean loss of a positive.</summary>
    public double Epoch(CancellationToken cancellationToken)
    {
        Optimiser.Rate = _options.LearningRate * (1 - ((double)_epoch++ / _options.Epochs));
        TExample[] examples = Examples();
        _random.Shuffle(examples.AsSpan());
        double loss = 0, weight = 0;
        for (int from = 0; from < examples.Length; from += _options.BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (double batchLoss, double batchWeight) = Batch(examples.AsSpan(from, Math.Min(_options.BatchSize, examples.Length - from)));
            loss += batchLoss * batchWeight;
            weight += batchWeight;
        }

        return loss / weight;
    }

    /// <summary>The model of the state as it is.</summary>
    public abstract LearnedModel ToModel();

    /// <summary>The examples of one epoch, in any order that does not depend on threads.</summary>
    protected abstract TExample[] Examples();

    /// <summary>One step of the optimiser; returns the mean loss of the batch and what it weighs.</summary>
    protected abstract (double Loss, double Weight) Batch(ReadOnlySpan<TExample> examples);

    /// <summary>The weight of each example's positives, such that all of them sum to 1; and what they summed to before.</summary>
    protected float[] Weights(int[][] positives, Func<int, int> count, out double total)
    {
        float[] weights = new float[positives.Length];
        total = 0;
        for (int n = 0; n < weights.Length; n++)
        {
            weights[n] = (float)Math.Pow(count(n), -_options.UserBalance);
            total += weights[n] * positives[n].Length;
        }

        for (int n = 0; n < weights.Length; n++) weights[n] /= (float)total;
        return weights;
    }
}
