using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// The deep collaborative-filtering net, of the class of Covington, Adams and Sargin, "Deep Neural Networks for YouTube
/// Recommendations" (RecSys 2016): each epoch a random half of a user's films is the input and the other half the labels;
/// sparse films → embedding → hidden layers → logits over all films by softmax, sampled with the log-Q correction.
/// The logit is cos(user, film)/τ, so films are served under cosine.
/// </summary>
public static class DeepLearner
{
    /// <summary>Trains.</summary>
    /// <param name="train">The interactions.</param>
    /// <param name="options">Hyper-parameters.</param>
    /// <param name="validation">Where to watch NDCG@20 for the best epoch; null trains all epochs.</param>
    /// <param name="progress">Told of every epoch.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>The model of the best epoch, and which that was.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or the data cannot be halved.</exception>
    /// <exception cref="LearningException">The loss is no number.</exception>
    public static (LearnedModel Model, int BestEpoch) Train(
        InteractionDataset train, DeepOptions options, DatasetSplit? validation = null, IProgress<LearnProgress>? progress = null,
        CancellationToken cancellationToken = default) => Train(train, options, validation, null, progress, cancellationToken);

    internal static (LearnedModel Model, int BestEpoch) Train(
        InteractionDataset train, DeepOptions options, DatasetSplit? validation, Checkpoint? checkpoint, IProgress<LearnProgress>? progress,
        CancellationToken cancellationToken)
    {
        options.Validate();
        if (train.ItemCount < 2) throw new ArgumentException($"The data has {train.ItemCount} item: a ranking needs at least two.", nameof(train));
        DeepTrainer trainer = new(train, options);
        EpochLoop loop = new(options.StopAfter ?? options.Epochs, options.EpochsPerLook, options.Patience, options.LearningRate, checkpoint, progress, cancellationToken);
        return loop.Run(trainer, trainer.Epoch, trainer.ToModel, validation, "history", options.Seed, options.Threads);
    }
}

/// <summary>The state of one training of the deep net.</summary>
internal sealed class DeepTrainer : ITrainerState
{
    private readonly InteractionDataset _train;
    private readonly DeepOptions _options;
    private readonly HistoryNetwork _network;
    private readonly Parameter _films;
    private readonly Optimiser _optimiser;
    private readonly SoftmaxHead _head;
    private readonly CandidateSampler _sampler;
    private readonly int[] _learners;
    private Xoshiro256 _random;
    private int _epoch;

    public DeepTrainer(InteractionDataset train, DeepOptions options)
    {
        _train = train;
        _options = options;
        _network = HistoryNetwork.Create(train.ItemCount, options);
        _films = new Parameter("films", train.ItemCount, options.Dimension, sparse: true).Initialise(options.Seed, 10, 0.1);
        _optimiser = new Optimiser(OptimiserKind.Adam, options.LearningRate, options.Decay, options.Threads);
        _head = new SoftmaxHead(new SoftmaxForm(true, (float)(1 / options.Temperature), true), _films.Stride, train.ItemCount, options.Threads);
        _sampler = new CandidateSampler(train.ItemCounts(), options.Candidates, options.CandidatePower);
        _learners = [.. Enumerable.Range(0, train.UserCount).Where(user => train.ItemsOf(user).Length >= 2)];
        if (_learners.Length == 0) throw new ArgumentException("No user has two items: nothing can be halved into input and labels.", nameof(train));
        _random = new Xoshiro256(options.Seed, 4);
    }

    /// <summary>One pass over the users; returns the mean loss of a label.</summary>
    public double Epoch(CancellationToken cancellationToken)
    {
        _optimiser.Rate = _options.LearningRate * (1 - ((double)_epoch++ / _options.Epochs));
        int[] order = [.. _learners];
        _random.Shuffle(order.AsSpan());
        double loss = 0;
        int batches = 0;
        for (int from = 0; from < order.Length; from += _options.BatchSize, batches++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            loss += Batch(order.AsSpan(from, Math.Min(_options.BatchSize, order.Length - from)));
        }

        return loss / batches;
    }

    public LearnedModel ToModel()
    {
        VectorTable films = new(_films.Rows, _films.Columns);
        int[] counts = _train.ItemCounts();
        for (int row = 0; row < films.Rows; row++)
        {
            if (counts[row] == 0) continue;
            _films.Table[row].CopyTo(films.Writable(row));
            FixedLanes.TryNormalise(films.Writable(row));
        }

        Dictionary<string, VectorTable> network = [];
        foreach (Parameter parameter in _network.Parameters)
        {
            VectorTable copy = new(parameter.Rows, parameter.Columns);
            parameter.Value.CopyTo(copy.Values, 0);
            network.Add(parameter.Name, copy);
        }

        Dictionary<string, VectorTable> tables = new(network) { ["items"] = films };
        ModelQuestion[] questions =
        [
            new("similar", QuestionKind.ItemToItem, Metric.Cosine, "none", "items", films, films.Rows, _train.Items, new MeanOfItems(films)),
            new("history", QuestionKind.HistoryToItem, Metric.Cosine, "none", "items", films, films.Rows, _train.Items, new NetworkEncoder(network)),
        ];
        return new LearnedModel("deep/1", _train.Items, null, tables, questions, ModelCard.Of(_train, _options.Seed, Values()));
    }

    public IReadOnlyList<Parameter> Parameters => [_films, .. _network.Parameters];

    public long[] Counters
    {
        get => [_optimiser.Steps, _epoch, .. _random.ToCounters()];
        set => (_optimiser.Steps, _epoch, _random) = (value[0], (int)value[1], Xoshiro256.OfCounters(value.AsSpan(2)));
    }

    private double Batch(ReadOnlySpan<int> users)
    {
        int[][] inputs = new int[users.Length][], labels = new int[users.Length][];
        float[] weights = new float[users.Length];
        double total = 0;
        for (int n = 0; n < users.Length; n++)
        {
            int[] items = _train.ItemsOf(users[n]).ToArray();
            _random.Shuffle(items.AsSpan());
            inputs[n] = items[..((items.Length + 1) / 2)];
            labels[n] = items[inputs[n].Length..];
            weights[n] = (float)Math.Pow(labels[n].Length, -_options.UserBalance);
            total += weights[n] * labels[n].Length;
        }

        for (int n = 0; n < weights.Length; n++) weights[n] /= (float)total;
        float[] vectors = _network.Forward(inputs);
        double loss = _head.Run(
            vectors, users.Length, labels, weights, _films.Value, _sampler.Draw(ref _random), _sampler, _films.Gradient);
        _films.Touch(_head.Items.ToArray());
        _network.Backward(inputs, vectors);
        _optimiser.Step([_films, .. _network.Parameters]);
        return loss;
    }

    private Dictionary<string, double> Values() => new()
    {
        ["dimension"] = _options.Dimension,
        ["hidden_layers"] = _options.HiddenLayers,
        ["hidden_units"] = _options.HiddenUnits,
        ["temperature"] = _options.Temperature,
        ["candidates"] = _options.Candidates,
        ["candidate_power"] = _options.CandidatePower,
        ["batch_size"] = _options.BatchSize,
        ["user_balance"] = _options.UserBalance,
        ["learning_rate"] = _options.LearningRate,
        ["decay"] = _options.Decay,
        ["epochs"] = _options.Epochs,
    };
}
