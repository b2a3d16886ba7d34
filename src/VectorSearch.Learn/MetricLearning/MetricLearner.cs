using System.Diagnostics;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Learns a metric: a network whose unit vectors lie close for examples of one class and far for those of others.</summary>
internal sealed unsafe class MetricLearner
{
    private const ulong ProxySalt = 1000;
    private const int ChunkExamples = 8;

    private readonly IDenseExamples _examples;
    private readonly int[] _labelOf, _classes;
    private readonly MetricLearningOptions _options;
    private readonly MetricNetwork _network;
    private readonly Parameter _proxies;
    private readonly SoftmaxHead _head;
    private readonly Optimiser _optimiser;
    private readonly CollapseDetector _collapse;

    private MetricLearner(IDenseExamples examples, int[] labelOf, MetricLearningOptions options)
    {
        (_examples, _labelOf, _options) = (examples, labelOf, options);
        (float[] means, float[] deviations) = Standard(examples);
        _network = MetricNetwork.Create(means, deviations, options);
        _classes = [.. Enumerable.Range(0, labelOf.Max() + 1)];
        _proxies = new Parameter("proxies", _classes.Length, options.Dimension, sparse: false).Initialise(options.Seed, ProxySalt, 1);
        SoftmaxForm form = new(Cosine: true, (float)(1 / options.Temperature), PositivesCompete: true);
        _head = new SoftmaxHead(form, _network.OutputStride, _classes.Length, options.Threads);
        _optimiser = new Optimiser(OptimiserKind.Adam, options.LearningRate, options.Decay, options.Threads);
        _collapse = new CollapseDetector(options.Dimension);
    }

    /// <summary>Learns.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message lists all faults.</exception>
    /// <exception cref="LearningException">Training diverged or collapsed.</exception>
    public static MetricNetwork Train(
        IDenseExamples examples, int[] labelOf, MetricLearningOptions options, IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> faults = options.Validate();
        if (faults.Count > 0) throw new ArgumentException(string.Join(" ", faults), nameof(options));
        MetricLearner learner = new(examples, labelOf, options);
        learner.Run(progress, cancellationToken);
        return learner._network;
    }

    private void Run(IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        int[] order = [.. Enumerable.Range(0, _examples.Count)];
        for (int epoch = 0; epoch < _options.Epochs; epoch++)
        {
            new Xoshiro256(_options.Seed, (ulong)epoch).Shuffle(order.AsSpan());
            double loss = 0;
            int steps = 0, batches = (order.Length + _options.Batch - 1) / _options.Batch;
            for (int from = 0; from < order.Length; from += _options.Batch, steps++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _optimiser.Rate = _options.LearningRate * (1 - ((epoch + ((double)steps / batches)) / _options.Epochs));
                loss += Step(order[from..Math.Min(order.Length, from + _options.Batch)], epoch);
            }

            loss /= steps;
            if (!double.IsFinite(loss))
                throw new LearningException($"The loss of epoch {epoch + 1} is {loss} at learning rate {_options.LearningRate}: lower the learning rate.");
            _collapse.EndEpoch(epoch + 1, _options.LearningRate);
            progress?.Report(new LearnProgress("train", epoch + 1, _options.Epochs, Stopwatch.GetElapsedTime(started), loss));
        }
    }

    private double Step(int[] batch, int epoch)
    {
        float[] input = new float[batch.Length * _network.InputStride];
        DeterministicParallel.For(batch.Length, ChunkExamples, _options.Threads, () => new float[_examples.Width], (from, to, row) =>
        {
            for (int n = from; n < to; n++)
            {
                _examples.ReadAugmented(batch[n], _options.Seed, epoch, row);
                _network.Standardise(row, input.AsSpan(n * _network.InputStride));
            }
        });
        float[] vectors = _network.Forward(input, batch.Length);
        for (int n = 0; n < batch.Length; n++) _collapse.Add(vectors.AsSpan(n * _network.OutputStride, _options.Dimension));
        float[] gradient = vectors.AsSpan(0, batch.Length * _network.OutputStride).ToArray();
        double loss = _options.Loss == MetricLoss.Proxy ? ProxyLoss(gradient, batch) : PairLoss(gradient, batch);
        _network.Backward(gradient, batch.Length);
        _optimiser.Step(_options.Loss == MetricLoss.Proxy ? [.. _network.Parameters, _proxies] : _network.Parameters);
        return loss;
    }

    private double ProxyLoss(float[] vectors, int[] batch)
    {
        int[][] positives = [.. batch.Select(example => (int[])[_labelOf[example]])];
        float[] weights = new float[batch.Length];
        Array.Fill(weights, 1f / batch.Length);
        return _head.Run(vectors, batch.Length, positives, weights, _proxies.Value, _classes, null, _proxies.Gradient);
    }

    /// <summary>Replaces vectors by the gradient: through the cosines, then through the division by the length.</summary>
    private double PairLoss(float[] vectors, int[] batch)
    {
        int n = batch.Length, stride = _network.OutputStride;
        float[] unit = (float[])vectors.Clone(), norms = new float[n], cosines = new float[n * n];
        for (int i = 0; i < n; i++)
        {
            Span<float> vector = unit.AsSpan(i * stride, stride);
            norms[i] = MathF.Sqrt(FixedLanes.Dot(vector, vector)) + 1e-12f;
            FixedLanes.Scale(vector, 1 / norms[i]);
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++) cosines[(i * n) + j] = FixedLanes.Dot(unit.AsSpan(i * stride, stride), unit.AsSpan(j * stride, stride));
        }

        int[] labels = [.. batch.Select(example => _labelOf[example])];
        double loss = _options.Loss == MetricLoss.Triplet
            ? PairLosses.Triplet(cosines, labels, (float)_options.Margin)
            : PairLosses.SupervisedContrastive(cosines, labels, (float)_options.Temperature);
        for (int i = 0; i < n; i++)
        {
            Span<float> gradient = vectors.AsSpan(i * stride, stride), own = unit.AsSpan(i * stride, stride);
            gradient.Clear();
            for (int j = 0; j < n; j++) FixedLanes.Add(gradient, cosines[(i * n) + j] + cosines[(j * n) + i], unit.AsSpan(j * stride, stride));
            FixedLanes.Add(gradient, -FixedLanes.Dot(gradient, own), own);
            FixedLanes.Scale(gradient, 1 / norms[i]);
        }

        return loss;
    }

    /// <summary>Mean and standard deviation of each feature; a feature that hardly moves is left unscaled.</summary>
    internal static (float[] Means, float[] Deviations) Standard(IDenseExamples examples)
    {
        double[] sum = new double[examples.Width], squares = new double[examples.Width];
        float[] row = new float[examples.Width];
        for (int n = 0; n < examples.Count; n++)
        {
            examples.Read(n, row);
            for (int c = 0; c < row.Length; c++)
            {
                sum[c] += row[c];
                squares[c] += (double)row[c] * row[c];
            }
        }

        float[] means = new float[row.Length], deviations = new float[row.Length];
        for (int c = 0; c < row.Length; c++)
        {
            double mean = sum[c] / examples.Count, variance = (squares[c] / examples.Count) - (mean * mean);
            means[c] = (float)mean;
            deviations[c] = variance > 1e-12 * mean * mean && variance > 1e-20 ? (float)Math.Sqrt(variance) : 1;
        }

        return (means, deviations);
    }
}
