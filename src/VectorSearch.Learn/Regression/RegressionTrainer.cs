using System.Diagnostics;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Trains the members of a <see cref="RegressionModel"/> one after another, by Adam on the Huber loss of the scaled target, and fits
/// the ridge regression beside them. Its share in the answer is the one of least squared error on a fifth of the rows, with
/// members and ridge regression that did not see them; then both learn from all rows.
/// </summary>
internal sealed class RegressionTrainer
{
    private const ulong MemberStride = 0x9e3779b9, HeldSalt = 0x41de;
    private const double HeldFraction = 0.2;
    private const int LeastHeld = 10;

    private readonly RegressionTable _table;
    private readonly RegressionOptions _options;
    private readonly RegressionFeatures _features;
    private readonly FeatureBag[] _bags;
    private readonly float[] _numbers, _targets;
    private readonly double _mean, _deviation;

    public RegressionTrainer(RegressionTable table, RegressionOptions options)
    {
        (_table, _options) = (table, options);
        _features = RegressionFeatures.Of(table, options.Features, options.Seed);
        if (_features.Rows + _features.NumberCount == 0) throw new LearningException("No word comes often enough, and there are no numbers: nothing to learn from.");
        _bags = new FeatureBag[table.Count];
        int count = _features.NumberCount;
        _numbers = new float[table.Count * count];
        DeterministicParallel.For(table.Count, 64, options.Threads, (from, to) =>
        {
            for (int n = from; n < to; n++)
            {
                _bags[n] = _features.Bag(table.Texts[n], table.Categories[n]);
                _features.Fill(table.Numbers[n], _numbers.AsSpan(n * count, count));
            }
        });
        // Through floats, as a model file keeps them: a loaded model predicts the same bits.
        _mean = (float)table.Targets.Average();
        double deviation = Math.Sqrt(table.Targets.Average(target => (target - _mean) * (target - _mean)));
        _deviation = deviation > 0 ? (float)deviation : throw new LearningException($"'{table.Schema.Target}' is the same in all {table.Count} rows: there is nothing to predict.");
        _targets = [.. table.Targets.Select(target => (float)((target - _mean) / _deviation))];
    }

    public RegressionModel Run(IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        Pass pass = new(Stopwatch.GetTimestamp(), progress, cancellationToken);
        int[] all = [.. Enumerable.Range(0, _table.Count)], order = [.. all];
        new Xoshiro256(_options.Seed, HeldSalt).Shuffle(order.AsSpan());
        int held = (int)(HeldFraction * order.Length);
        if (!_options.Ridge || held < LeastHeld) return new RegressionModel(_features, Members(all, pass), _mean, _deviation, null);
        pass.Passes = 2;
        (RidgeSetting setting, double share) = Compare([.. order[held..].Order()], [.. order[..held].Order()], pass);
        RidgeRegression ridge = RidgeRegression.Fit(Inputs(), _table.Targets, setting, _options.Threads);
        return new RegressionModel(_features, Members(all, pass), _mean, _deviation, new RidgeShare(ridge, (float)share));
    }

    /// <summary>The best ridge regression on rows held out, and the share with which it is best added to the members.</summary>
    private (RidgeSetting Setting, double Share) Compare(int[] fit, int[] held, Pass pass)
    {
        RidgeInputs inputs = Inputs();
        double[] truth = [.. held.Select(row => _table.Targets[row])];
        (RidgeSetting setting, double[] linear) = RidgeRegression.Tune(inputs.Take(fit), [.. fit.Select(row => _table.Targets[row])], inputs.Take(held), truth, _options.Threads);
        double[] deep = new double[held.Length];
        RegressionModel members = new(_features, Members(fit, pass), _mean, _deviation, null);
        members.Predict([.. held.Select(row => _bags[row])], [.. held.SelectMany(row => NumbersOf(row).ToArray())], deep);
        double with = 0, squares = 1e-30;
        for (int n = 0; n < held.Length; n++)
        {
            with += (truth[n] - deep[n]) * (linear[n] - deep[n]);
            squares += (linear[n] - deep[n]) * (linear[n] - deep[n]);
        }

        return (setting, Math.Clamp(with / squares, 0, 1));
    }

    private RidgeInputs Inputs() => new(_bags, [.. Enumerable.Range(0, _table.Count).Select(row => NumbersOf(row).ToArray())], _features.Texts.Rows, _features.Rows);

    private Span<float> NumbersOf(int row) => _numbers.AsSpan(row * _features.NumberCount, _features.NumberCount);

    private FeatureNetwork[] Members(int[] rows, Pass pass)
    {
        FeatureNetwork[] members = new FeatureNetwork[_options.Members];
        for (int m = 0; m < members.Length; m++)
        {
            ulong seed = _options.Seed + ((ulong)m * MemberStride);
            FeatureNetworkShape shape = new(_features.Rows, _options.Dimension, _features.NumberCount, [_options.Hidden], 1, Linear: true);
            members[m] = FeatureNetwork.Create(shape, deviation: 0.1, seed, _options.Threads);
            Train(members[m], seed, rows, pass);
        }

        return members;
    }

    private void Train(FeatureNetwork network, ulong seed, int[] rows, Pass pass)
    {
        Optimiser optimiser = new(OptimiserKind.Adam, _options.LearningRate, _options.Decay, _options.Threads);
        int[] order = [.. rows];
        int batches = (order.Length + _options.Batch - 1) / _options.Batch;
        for (int epoch = 0; epoch < _options.Epochs; epoch++)
        {
            Xoshiro256 random = new(seed, (ulong)epoch);
            random.Shuffle(order.AsSpan());
            double loss = 0;
            for (int b = 0; b < batches; b++)
            {
                pass.CancellationToken.ThrowIfCancellationRequested();
                optimiser.Rate = _options.LearningRate * (1 - (((double)epoch + ((double)b / batches)) / _options.Epochs));
                loss += Step(network, optimiser, order.AsSpan(b * _options.Batch, Math.Min(_options.Batch, order.Length - (b * _options.Batch))), ref random);
            }

            loss /= order.Length;
            if (!double.IsFinite(loss))
                throw new LearningException($"The loss of epoch {epoch + 1} is {loss} at learning rate {_options.LearningRate}: lower the learning rate.");
            pass.Progress?.Report(new LearnProgress("train", ++pass.Done, pass.Passes * _options.Members * _options.Epochs, Stopwatch.GetElapsedTime(pass.Started), loss));
        }
    }

    private double Step(FeatureNetwork network, Optimiser optimiser, ReadOnlySpan<int> batch, ref Xoshiro256 random)
    {
        int count = _features.NumberCount;
        FeatureBag[] bags = new FeatureBag[batch.Length];
        float[] numbers = new float[batch.Length * count];
        for (int n = 0; n < bags.Length; n++)
        {
            bags[n] = Drop(_bags[batch[n]], ref random);
            _numbers.AsSpan(batch[n] * count, count).CopyTo(numbers.AsSpan(n * count));
        }

        float[] errors = network.Forward(bags, numbers, (float)_options.Dropout, ref random);
        double loss = 0;
        float limit = (float)_options.Huber;
        for (int n = 0; n < bags.Length; n++)
        {
            float error = errors[n * network.OutputStride] - _targets[batch[n]], held = Math.Clamp(error, -limit, limit);
            loss += (held * error) - (held * held / 2);
            errors[n * network.OutputStride] = held / bags.Length;
        }

        network.Backward(errors);
        optimiser.Step(network.Parameters);
        return loss;
    }

    private FeatureBag Drop(FeatureBag bag, ref Xoshiro256 random)
    {
        if (_options.Dropout == 0) return bag;
        int[] rows = new int[bag.Rows.Length];
        float[] weights = new float[rows.Length];
        int kept = 0;
        float scale = (float)(1 / (1 - _options.Dropout));
        for (int n = 0; n < rows.Length; n++)
        {
            if (random.NextSingle() < _options.Dropout) continue;
            rows[kept] = bag.Rows[n];
            weights[kept++] = bag.Weights[n] * scale;
        }

        return new FeatureBag(rows[..kept], weights[..kept]);
    }

    /// <summary>How far the training is, over all its parts.</summary>
    private sealed class Pass(long started, IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        public long Started => started;

        public IProgress<LearnProgress>? Progress => progress;

        public CancellationToken CancellationToken => cancellationToken;

        /// <summary>How often all members are trained.</summary>
        public int Passes { get; set; } = 1;

        /// <summary>Epochs done.</summary>
        public int Done { get; set; }
    }
}
