using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// The deep collaborative-filtering net, of the class of Covington, Adams and Sargin, "Deep Neural Networks for YouTube
/// Recommendations" (RecSys 2016): each epoch a random half of a user's films is the input and the other half the labels;
/// sparse films → embedding, with ages and what is known of the films → hidden layers → logits over all films by softmax,
/// sampled with the log-Q correction. The logit is cos(user, film)/τ + β log n, n how often the film was watched: what popularity
/// explains need not be learned, and is one more dimension where films are served.
/// </summary>
public static class DeepLearner
{
    /// <summary>Trains.</summary>
    /// <param name="train">The interactions.</param>
    /// <param name="options">Hyper-parameters.</param>
    /// <param name="validation">Where to watch NDCG@20 for the best epoch; null trains all epochs.</param>
    /// <param name="features">What is known of the films; null for nothing.</param>
    /// <param name="progress">Told of every epoch.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>The model of the best epoch, and which that was.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or the data cannot be halved.</exception>
    /// <exception cref="LearningException">The loss is no number.</exception>
    public static (LearnedModel Model, int BestEpoch) Train(
        InteractionDataset train, DeepOptions options, DatasetSplit? validation = null, ItemFeatures? features = null,
        IProgress<LearnProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Train(train, options, validation, features, null, progress, cancellationToken);

    internal static (LearnedModel Model, int BestEpoch) Train(
        InteractionDataset train, DeepOptions options, DatasetSplit? validation, ItemFeatures? features, Checkpoint? checkpoint,
        IProgress<LearnProgress>? progress, CancellationToken cancellationToken) =>
        new DeepTrainer(train, options, features).Run(validation, "history", checkpoint, progress, cancellationToken);
}

/// <summary>The state of one training of the deep net.</summary>
internal sealed class DeepTrainer : EpochTrainer<int>
{
    private const int UsersAtOnce = 1024;

    private readonly DeepOptions _options;
    private readonly HistoryNetwork _network;
    private readonly Parameter _films;
    private readonly SoftmaxHead _head;
    private readonly CandidateSampler _sampler;
    private readonly int[] _learners;

    public DeepTrainer(InteractionDataset train, DeepOptions options, ItemFeatures? features)
        : base(train, options, stream: 4)
    {
        _options = options;
        _network = HistoryNetwork.Create(train.Items, features, options.Ages && train.HasTimes, options);
        _films = options.Tied ? _network.Films : new Parameter("films", train.ItemCount, options.Dimension, sparse: true).Initialise(options.Seed, 10, 0.1);
        float[]? bias = options.Popularity == 0 ? null
            : [.. train.ItemCounts().Select(count => (float)options.Popularity * VectorFunctions.Log(Math.Max(1, count)))];
        _head = new SoftmaxHead(new SoftmaxForm(true, (float)(1 / options.Temperature), true), _films.Stride, train.ItemCount, options.Threads, bias);
        _sampler = new CandidateSampler(train.ItemCounts(), options.Candidates, options.CandidatePower);
        _learners = [.. Enumerable.Range(0, train.UserCount).Where(user => train.ItemsOf(user).Length >= 2)];
        if (_learners.Length == 0) throw new ArgumentException("No user has two items: nothing can be halved into input and labels.", nameof(train));
    }

    public HistoryNetwork Network => _network;

    public override IReadOnlyList<Parameter> Parameters => _options.Tied ? _network.Parameters : [_films, .. _network.Parameters];

    public override LearnedModel ToModel()
    {
        VectorTable films = new(_films.Rows, _films.Columns);
        int[] counts = Train.ItemCounts();
        for (int row = 0; row < films.Rows; row++)
        {
            if (counts[row] == 0) continue;
            _films.Table[row].CopyTo(films.Writable(row));
            FixedLanes.TryNormalise(films.Writable(row));
        }

        Dictionary<string, VectorTable> network = _network.ToTables();
        HistoryEncoder history = new NetworkEncoder(network);
        VectorTable audience = AudienceVectors.Of(Train.Transpose(), Users(), _options.Threads);
        Dictionary<string, VectorTable> tables = new(network) { ["items"] = films, ["audience"] = audience };
        ModelQuestion[] questions =
        [
            new("similar", QuestionKind.ItemToItem, Metric.Cosine, "none", "items", films, films.Rows, Train.Items, new MeanOfItems(films)),
            new("audience", QuestionKind.ItemToItem, Metric.Cosine, "none", "audience", audience, audience.Rows, Train.Items, new MeanOfItems(audience)),
            PopularityQuery.Question("history", QuestionKind.HistoryToItem, tables, films, counts, _options.Temperature * _options.Popularity, Train.Items, history),
        ];
        return new LearnedModel("deep/2", Train.Items, null, tables, questions, ModelCard.Of(Train, _options.Seed, Values()));
    }

    protected override int[] Examples() => [.. _learners];

    protected override (double Loss, double Weight) Batch(ReadOnlySpan<int> users)
    {
        WatchedFilms[] inputs = new WatchedFilms[users.Length];
        int[][] labels = new int[users.Length][];
        for (int n = 0; n < users.Length; n++) inputs[n] = Halve(users[n], out labels[n]);

        float[] weights = Weights(labels, n => labels[n].Length, out double total);
        float[] vectors = _network.Forward(inputs);
        double loss = _head.Run(vectors, users.Length, labels, weights, _films.Value, _sampler.Draw(ref Random), _sampler, _films.Gradient);
        int[] compared = _head.Items.ToArray();
        _network.Backward(vectors);
        _films.Touch(_options.Tied ? [.. compared.Union(_films.Touched.ToArray())] : compared);
        Optimiser.Step(Parameters);
        return (loss, total);
    }

    /// <summary>The vectors of all users by all that they watched.</summary>
    private VectorTable Users()
    {
        VectorTable users = new(Train.UserCount, _options.Dimension);
        for (int from = 0; from < users.Rows; from += UsersAtOnce)
        {
            int[] some = [.. Enumerable.Range(from, Math.Min(UsersAtOnce, users.Rows - from))];
            _network.Forward([.. some.Select(user => new WatchedFilms(Train.ItemsOf(user).ToArray(), [], Train.TimesOf(user).ToArray()))])
                .AsSpan(0, some.Length * users.Stride).CopyTo(users.Values.AsSpan(from * users.Stride));
            // What a network makes of nothing watched is nobody's taste.
            foreach (int user in some.Where(user => Train.ItemsOf(user).IsEmpty)) users.Writable(user).Clear();
        }

        return users;
    }

    /// <summary>A random half of a user's films as input and the rest as labels; or, as often as asked for, what was watched first and what came later.</summary>
    private WatchedFilms Halve(int user, out int[] labels)
    {
        int[] items = Train.ItemsOf(user).ToArray(), order = [.. Enumerable.Range(0, items.Length)];
        long[] times = Train.TimesOf(user).ToArray();
        Random.Shuffle(order.AsSpan());
        int half = (items.Length + 1) / 2;
        if (times.Length > 0 && _options.LaterLabels > 0 && Random.NextDouble() < _options.LaterLabels)
            order = [.. order.OrderBy(at => times[at])];
        labels = [.. order[half..].Select(at => items[at])];
        return new WatchedFilms([.. order[..half].Select(at => items[at])], [], times.Length == 0 ? [] : [.. order[..half].Select(at => times[at])]);
    }

    private Dictionary<string, double> Values() => new()
    {
        ["dimension"] = _options.Dimension,
        ["hidden_layers"] = _options.HiddenLayers,
        ["hidden_units"] = _options.HiddenUnits,
        ["temperature"] = _options.Temperature,
        ["candidates"] = _options.Candidates,
        ["candidate_power"] = _options.CandidatePower,
        ["popularity"] = _options.Popularity,
        ["tied"] = _options.Tied ? 1 : 0,
        ["batch_size"] = _options.BatchSize,
        ["user_balance"] = _options.UserBalance,
        ["learning_rate"] = _options.LearningRate,
        ["decay"] = _options.Decay,
        ["ages"] = _options.Ages && Train.HasTimes ? 1 : 0,
        ["later_labels"] = Train.HasTimes ? _options.LaterLabels : 0,
        ["features"] = _network.Content?.Features?.Rows ?? 0,
        ["epochs"] = _options.Epochs,
    };
}
