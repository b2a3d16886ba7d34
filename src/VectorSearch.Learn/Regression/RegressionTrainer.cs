using System.Diagnostics;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Trains the members of a <see cref="RegressionModel"/> one after another, by Adam on the Huber loss of the scaled target.</summary>
internal sealed class RegressionTrainer
{
    private const ulong MemberStride = 0x9e3779b9;

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
        long started = Stopwatch.GetTimestamp();
        FeatureNetwork[] members = new FeatureNetwork[_options.Members];
        for (int m = 0; m < members.Length; m++)
        {
            ulong seed = _options.Seed + ((ulong)m * MemberStride);
            FeatureNetworkShape shape = new(_features.Rows, _options.Dimension, _features.NumberCount, [_options.Hidden], 1, Linear: true);
            members[m] = FeatureNetwork.Create(shape, deviation: 0.1, seed, _options.Threads);
            Train(members[m], seed, m, started, progress, cancellationToken);
        }

        return new RegressionModel(_features, members, _mean, _deviation);
    }

    private void Train(FeatureNetwork network, ulong seed, int member, long started, IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        Optimiser optimiser = new(OptimiserKind.Adam, _options.LearningRate, _options.Decay, _options.Threads);
        int[] order = [.. Enumerable.Range(0, _table.Count)];
        int batches = (order.Length + _options.Batch - 1) / _options.Batch;
        for (int epoch = 0; epoch < _options.Epochs; epoch++)
        {
            Xoshiro256 random = new(seed, (ulong)epoch);
            random.Shuffle(order.AsSpan());
            double loss = 0;
            for (int b = 0; b < batches; b++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                optimiser.Rate = _options.LearningRate * (1 - (((double)epoch + ((double)b / batches)) / _options.Epochs));
                loss += Step(network, optimiser, order.AsSpan(b * _options.Batch, Math.Min(_options.Batch, order.Length - (b * _options.Batch))), ref random);
            }

            loss /= order.Length;
            if (!double.IsFinite(loss))
                throw new LearningException($"The loss of epoch {epoch + 1} is {loss} at learning rate {_options.LearningRate}: lower the learning rate.");
            int done = (member * _options.Epochs) + epoch + 1, all = _options.Members * _options.Epochs;
            progress?.Report(new LearnProgress("train", done, all, Stopwatch.GetElapsedTime(started), loss));
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
}
