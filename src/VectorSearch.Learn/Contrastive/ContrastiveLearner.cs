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
        CancellationToken cancellationToken) =>
        new ContrastiveTrainer(train, options).Run(validation, "user", checkpoint, progress, cancellationToken);
}

/// <summary>The state of one contrastive training.</summary>
internal sealed class ContrastiveTrainer : EpochTrainer<(int User, int[] Positives)>
{
    private const double InitialDeviation = 0.1;

    // Small, so that what is learned soon outweighs it in the sums of the convolution.
    private const double GraphInitialDeviation = 0.01;

    private readonly ContrastiveOptions _options;
    private readonly Parameter _users, _items;
    private readonly SoftmaxHead _head;
    private readonly CandidateSampler _sampler;
    private readonly GraphConvolution? _graph;
    private readonly EmbeddingBag? _histories;
    private readonly int[] _allUsers, _allItems;
    private readonly float[] _userVectors, _itemVectors, _userGradient, _itemGradient;

    public ContrastiveTrainer(InteractionDataset train, ContrastiveOptions options)
        : base(train, options, stream: 3)
    {
        _options = options;
        bool sparse = options.Layers == 0;
        double deviation = sparse ? InitialDeviation : GraphInitialDeviation;
        _users = new Parameter("users", train.UserCount, options.Dimension, sparse).Initialise(options.Seed, 1, deviation);
        _items = new Parameter("items", train.ItemCount, options.Dimension, sparse).Initialise(options.Seed, 2, deviation);
        _head = new SoftmaxHead(new SoftmaxForm(true, (float)(1 / options.Temperature), false), _items.Stride, train.ItemCount, options.Threads);
        _sampler = new CandidateSampler(train.ItemCounts(), options.Negatives, options.NegativePower);
        if (options.Layers > 0) _graph = new GraphConvolution(train, options.Layers, _items.Stride, options.Threads);
        _allUsers = [.. Enumerable.Range(0, train.UserCount)];
        _allItems = [.. Enumerable.Range(0, train.ItemCount)];
        if (options.HistoryWeight > 0) _histories = new EmbeddingBag(_items, options.Threads);
        _userVectors = sparse ? _users.Value : new float[_users.Value.Length];
        _itemVectors = sparse ? _items.Value : new float[_items.Value.Length];
        _userGradient = sparse ? _users.Gradient : new float[_users.Value.Length];
        _itemGradient = sparse ? _items.Gradient : new float[_items.Value.Length];
    }

    public override IReadOnlyList<Parameter> Parameters => [_users, _items];

    public override LearnedModel ToModel()
    {
        VectorTable users = new(Train.UserCount, _options.Dimension), items = new(Train.ItemCount, _options.Dimension);
        Dictionary<string, VectorTable> tables = new() { ["items"] = items, ["users"] = users };
        HistoryEncoder history;
        if (_graph is null)
        {
            Queries(_allUsers).CopyTo(users.Values, 0);
            _items.Value.CopyTo(items.Values, 0);
            history = new MeanOfItems(items);
        }
        else
        {
            VectorTable foldIn = new(Train.ItemCount, _options.Dimension);
            _graph.Apply(_users.Value, _items.Value, users.Values, items.Values);
            _graph.FoldInRows(_users.Value, _items.Value, foldIn.Values);
            tables.Add("fold-in", foldIn);
            history = new GraphFoldIn(foldIn);
        }

        foreach (int user in _allUsers) FixedLanes.TryNormalise(users.Writable(user));
        foreach (int item in _allItems) FixedLanes.TryNormalise(items.Writable(item));
        int[] counts = Train.ItemCounts();
        // Nothing was learned of what nobody watched: no direction is better than a random one.
        foreach (VectorTable table in tables.Values.Where(table => table != users))
        {
            foreach (int item in _allItems.Where(item => counts[item] == 0)) table.Writable(item).Clear();
        }

        double popularity = _options.Temperature * _options.Popularity;
        ModelQuestion[] questions =
        [
            new("similar", QuestionKind.ItemToItem, Metric.Cosine, "none", "items", items, items.Rows, Train.Items, new MeanOfItems(items)),
            PopularityQuery.Question("history", QuestionKind.HistoryToItem, tables, items, counts, popularity, Train.Items, history),
            PopularityQuery.Question("user", QuestionKind.UserToItem, tables, items, counts, popularity, Train.Items, new UserTable(users), Train.Users),
        ];
        return new LearnedModel(
            _graph is null ? "contrastive/2" : "graph/3", Train.Items, Train.Users, tables, questions, ModelCard.Of(Train, _options.Seed, Values()));
    }

    /// <summary>Every user's positives in a random order, cut into examples.</summary>
    protected override (int User, int[] Positives)[] Examples()
    {
        List<(int, int[])> examples = [];
        for (int user = 0; user < Train.UserCount; user++)
        {
            int[] items = Train.ItemsOf(user).ToArray();
            Random.Shuffle(items.AsSpan());
            foreach (int[] part in items.Chunk(_options.PositivesPerExample)) examples.Add((user, part));
        }

        return [.. examples];
    }

    protected override (double Loss, double Weight) Batch(ReadOnlySpan<(int User, int[] Positives)> examples)
    {
        int stride = _items.Stride;
        _graph?.Apply(_users.Value, _items.Value, _userVectors, _itemVectors);
        (int User, int[] Positives)[] batch = examples.ToArray();
        int[] asking = [.. batch.Select(example => example.User)];
        int[][] positives = [.. batch.Select(example => example.Positives)];
        float[] weights = Weights(positives, n => Train.ItemsOf(batch[n].User).Length, out double total), vectors = Queries(asking);
        double loss = _head.Run(vectors, batch.Length, positives, weights, _itemVectors, _sampler.Draw(ref Random), null, _itemGradient);
        // A user may have several examples in a batch: they are summed in order.
        for (int n = 0; n < batch.Length; n++)
            FixedLanes.Add(_userGradient.AsSpan(batch[n].User * stride, stride), 1, vectors.AsSpan(n * stride, stride));
        int[] users = [.. asking.Distinct()];
        int[] items = _head.Items.ToArray();
        if (_histories is not null)
        {
            FixedLanes.Scale(vectors, (float)_options.HistoryWeight);
            _histories.Backward(HistoriesOf(asking), vectors);
            items = [.. items.Union(_items.Touched.ToArray())];
        }

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

        Optimiser.Step([_users, _items]);
        if (_graph is null)
        {
            _users.Normalise(users);
            _items.Normalise(items);
        }

        return (loss, total);
    }

    /// <summary>The vectors of users to compare with films: their own, joined by those of what they watched.</summary>
    private float[] Queries(int[] users)
    {
        int stride = _items.Stride;
        float[] queries = new float[users.Length * stride];
        _histories?.Forward(HistoriesOf(users), queries);
        FixedLanes.Scale(queries, (float)_options.HistoryWeight);
        for (int n = 0; n < users.Length; n++) FixedLanes.Add(queries.AsSpan(n * stride, stride), 1, _userVectors.AsSpan(users[n] * stride, stride));
        return queries;
    }

    private int[][] HistoriesOf(int[] users) => [.. users.Select(user => Train.ItemsOf(user).ToArray())];

    private Dictionary<string, double> Values() => new()
    {
        ["dimension"] = _options.Dimension,
        ["layers"] = _options.Layers,
        ["history_weight"] = _options.HistoryWeight,
        ["temperature"] = _options.Temperature,
        ["negatives"] = _options.Negatives,
        ["negative_power"] = _options.NegativePower,
        ["popularity"] = _options.Popularity,
        ["user_balance"] = _options.UserBalance,
        ["positives_per_example"] = _options.PositivesPerExample,
        ["batch_size"] = _options.BatchSize,
        ["learning_rate"] = _options.LearningRate,
        ["decay"] = _options.Decay,
        ["epochs"] = _options.Epochs,
    };
}
