using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// User and item vectors by a contrastive loss on cosines: for each watched item i of user u
/// −log( e^(cos(u,i)/τ) / (e^(cos(u,i)/τ) + Σ over negatives j e^(cos(u,j)/τ)) ),
/// the sampled softmax loss of Wu et al., "On the Effectiveness of Sampled Softmax Loss for Item Recommendation" (TOIS 2023), of
/// the class of SimpleX (Mao et al., CIKM 2021). With layers above 0 both sides go through the light graph convolution
/// of LightGCN first, in training and in the result.
/// </summary>
public static class ContrastiveLearner
{
    /// <summary>Trains.</summary>
    /// <param name="train">The interactions.</param>
    /// <param name="options">Hyper-parameters.</param>
    /// <param name="validation">Where to watch NDCG@20 for the best epoch; null trains all epochs.</param>
    /// <param name="progress">Told of every epoch.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>The model of the best epoch, and which that was.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or there are fewer than two items.</exception>
    /// <exception cref="LearningException">The loss is no number.</exception>
    public static (LearnedModel Model, int BestEpoch) Train(
        InteractionDataset train, ContrastiveOptions options, DatasetSplit? validation = null, IProgress<LearnProgress>? progress = null,
        CancellationToken cancellationToken = default) => Train(train, options, validation, null, progress, cancellationToken);

    internal static (LearnedModel Model, int BestEpoch) Train(
        InteractionDataset train, ContrastiveOptions options, DatasetSplit? validation, Checkpoint? checkpoint, IProgress<LearnProgress>? progress,
        CancellationToken cancellationToken)
    {
        options.Validate();
        if (train.ItemCount < 2) throw new ArgumentException($"The data has {train.ItemCount} item: a ranking needs at least two.", nameof(train));
        ContrastiveTrainer trainer = new(train, options);
        EpochLoop loop = new(options.StopAfter ?? options.Epochs, options.EpochsPerLook, options.Patience, options.LearningRate, checkpoint, progress, cancellationToken);
        return loop.Run(trainer, trainer.Epoch, trainer.ToModel, validation, "user", options.Seed, options.Threads);
    }
}

/// <summary>The state of one contrastive training.</summary>
internal sealed class ContrastiveTrainer : ITrainerState
{
    private const double InitialDeviation = 0.1;

    private readonly InteractionDataset _train;
    private readonly ContrastiveOptions _options;
    private readonly Parameter _users, _items;
    private readonly Optimiser _optimiser;
    private readonly SoftmaxHead _head;
    private readonly CandidateSampler _sampler;
    private readonly GraphConvolution? _graph;
    private readonly float[] _userVectors, _itemVectors, _userGradient, _itemGradient;
    private Xoshiro256 _random;
    private int _epoch;

    public ContrastiveTrainer(InteractionDataset train, ContrastiveOptions options)
    {
        _train = train;
        _options = options;
        bool sparse = options.Layers == 0;
        _users = new Parameter("users", train.UserCount, options.Dimension, sparse).Initialise(options.Seed, 1, InitialDeviation);
        _items = new Parameter("items", train.ItemCount, options.Dimension, sparse).Initialise(options.Seed, 2, InitialDeviation);
        _optimiser = new Optimiser(OptimiserKind.Adam, options.LearningRate, options.Decay, options.Threads);
        _head = new SoftmaxHead(new SoftmaxForm(true, (float)(1 / options.Temperature), false), _items.Stride, train.ItemCount, options.Threads);
        _sampler = new CandidateSampler(train.ItemCounts(), options.Negatives, options.NegativePower);
        _random = new Xoshiro256(options.Seed, 3);
        if (options.Layers > 0) _graph = new GraphConvolution(train, options.Layers, _items.Stride, options.Threads);
        _userVectors = sparse ? _users.Value : new float[_users.Value.Length];
        _itemVectors = sparse ? _items.Value : new float[_items.Value.Length];
        _userGradient = sparse ? _users.Gradient : new float[_users.Value.Length];
        _itemGradient = sparse ? _items.Gradient : new float[_items.Value.Length];
    }

    /// <summary>One pass over the users; returns the mean loss of an interaction.</summary>
    public double Epoch(CancellationToken cancellationToken)
    {
        _optimiser.Rate = _options.LearningRate * (1 - ((double)_epoch++ / _options.Epochs));
        (int User, int[] Positives)[] examples = Examples();
        double loss = 0;
        for (int from = 0; from < examples.Length; from += _options.BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            loss += Batch(examples.AsSpan(from, Math.Min(_options.BatchSize, examples.Length - from)));
        }

        return loss / _train.InteractionCount;
    }

    public LearnedModel ToModel()
    {
        VectorTable users = new(_train.UserCount, _options.Dimension), items = new(_train.ItemCount, _options.Dimension);
        if (_graph is null)
        {
            _users.Value.CopyTo(users.Values, 0);
            _items.Value.CopyTo(items.Values, 0);
        }
        else
        {
            _graph.Apply(_users.Value, _items.Value, users.Values, items.Values);
        }

        int[] counts = _train.ItemCounts();
        // Nothing was learned of what nobody watched: no direction is better than a random one.
        for (int item = 0; item < counts.Length; item++)
        {
            if (counts[item] == 0) items.Writable(item).Clear();
            else FixedLanes.TryNormalise(items.Writable(item));
        }

        for (int user = 0; user < users.Rows; user++) FixedLanes.TryNormalise(users.Writable(user));
        Dictionary<string, VectorTable> tables = new() { ["items"] = items, ["users"] = users };
        ModelQuestion[] questions =
        [
            new("similar", QuestionKind.ItemToItem, Metric.Cosine, "none", "items", items, items.Rows, _train.Items, new MeanOfItems(items)),
            new("history", QuestionKind.HistoryToItem, Metric.Cosine, "none", "items", items, items.Rows, _train.Items, new MeanOfItems(items)),
            new("user", QuestionKind.UserToItem, Metric.Cosine, "none", "items", items, items.Rows, _train.Items, new UserTable(users), _train.Users),
        ];
        return new LearnedModel(
            _graph is null ? "contrastive/1" : "graph/1", _train.Items, _train.Users, tables, questions, ModelCard.Of(_train, _options.Seed, Values()));
    }

    public IReadOnlyList<Parameter> Parameters => [_users, _items];

    public long[] Counters
    {
        get => [_optimiser.Steps, _epoch, .. _random.ToCounters()];
        set => (_optimiser.Steps, _epoch, _random) = (value[0], (int)value[1], Xoshiro256.OfCounters(value.AsSpan(2)));
    }

    /// <summary>Every user's positives in a random order, cut into examples, in a random order.</summary>
    private (int User, int[] Positives)[] Examples()
    {
        List<(int, int[])> examples = [];
        for (int user = 0; user < _train.UserCount; user++)
        {
            int[] items = _train.ItemsOf(user).ToArray();
            _random.Shuffle(items.AsSpan());
            foreach (int[] part in items.Chunk(_options.PositivesPerExample)) examples.Add((user, part));
        }

        (int, int[])[] order = [.. examples];
        _random.Shuffle(order.AsSpan());
        return order;
    }

    private double Batch(ReadOnlySpan<(int User, int[] Positives)> examples)
    {
        int stride = _items.Stride;
        _graph?.Apply(_users.Value, _items.Value, _userVectors, _itemVectors);
        int[][] positives = new int[examples.Length][];
        float[] weights = new float[examples.Length], batch = new float[examples.Length * stride];
        double total = 0;
        for (int n = 0; n < examples.Length; n++)
        {
            positives[n] = examples[n].Positives;
            weights[n] = (float)Math.Pow(_train.ItemsOf(examples[n].User).Length, -_options.UserBalance);
            total += weights[n] * positives[n].Length;
            _userVectors.AsSpan(examples[n].User * stride, stride).CopyTo(batch.AsSpan(n * stride));
        }

        for (int n = 0; n < weights.Length; n++) weights[n] /= (float)total;
        double loss = _head.Run(
            batch, examples.Length, positives, weights, _itemVectors, _sampler.Draw(ref _random), null, _itemGradient);
        // A user may have several examples in a batch: they are summed in order.
        for (int n = 0; n < examples.Length; n++)
            FixedLanes.Add(_userGradient.AsSpan(examples[n].User * stride, stride), 1, batch.AsSpan(n * stride, stride));
        int[] users = DistinctUsers(examples);
        int[] items = _head.Items.ToArray();
        if (_graph is null)
        {
            _users.Touch(users);
            _items.Touch(items);
        }
        else
        {
            _graph.Apply(_userGradient, _itemGradient, _users.Gradient, _items.Gradient);
            foreach (int user in users) _userGradient.AsSpan(user * stride, stride).Clear();
            foreach (int item in items) _itemGradient.AsSpan(item * stride, stride).Clear();
        }

        _optimiser.Step([_users, _items]);
        return loss * total;
    }

    private static int[] DistinctUsers(ReadOnlySpan<(int User, int[] Positives)> examples)
    {
        HashSet<int> seen = [];
        List<int> users = [];
        foreach ((int user, _) in examples)
        {
            if (seen.Add(user)) users.Add(user);
        }

        return [.. users];
    }

    private Dictionary<string, double> Values() => new()
    {
        ["dimension"] = _options.Dimension,
        ["layers"] = _options.Layers,
        ["temperature"] = _options.Temperature,
        ["negatives"] = _options.Negatives,
        ["negative_power"] = _options.NegativePower,
        ["user_balance"] = _options.UserBalance,
        ["positives_per_example"] = _options.PositivesPerExample,
        ["batch_size"] = _options.BatchSize,
        ["learning_rate"] = _options.LearningRate,
        ["decay"] = _options.Decay,
        ["epochs"] = _options.Epochs,
    };
}
