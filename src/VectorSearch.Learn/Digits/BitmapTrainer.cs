using System.Diagnostics;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Trains a <see cref="BitmapClassifier"/> by Adam on the softmax loss, each picture changed at random every epoch.</summary>
internal sealed class BitmapTrainer
{
    private const int Chunk = 8;

    private readonly LabelledImages _images;
    private readonly BitmapClassifierOptions _options;
    private readonly BitmapOptions _bitmap;
    private readonly byte[][] _ink;
    private readonly NumberScaling _scaling;
    private readonly BitmapDistortion _distortion;
    private readonly FeatureNetwork _network;
    private readonly Optimiser _optimiser;

    public BitmapTrainer(LabelledImages images, BitmapClassifierOptions options)
    {
        (_images, _options) = (images, options);
        _bitmap = BitmapOptions.Of(images.Images);
        _ink = [.. images.Images.Select(_bitmap.Ink)];
        _scaling = NumberScaling.Of(images.Columns, images.Numbers);
        _distortion = new BitmapDistortion(_bitmap.Width, _bitmap.Height, options.Augmentation);
        FeatureNetworkShape shape = new(_bitmap.Width * _bitmap.Height, options.Dimension, images.Columns.Count, options.Hidden, images.Labels.Count, Linear: false);
        _network = FeatureNetwork.Create(shape, deviation: 0.5, options.Seed, options.Threads);
        _optimiser = new Optimiser(OptimiserKind.Adam, options.LearningRate, options.Decay, options.Threads);
    }

    public BitmapClassifier Run(IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp(), steps = 0, all = (long)_options.Epochs * ((_images.Count + _options.Batch - 1) / _options.Batch);
        int[] order = [.. Enumerable.Range(0, _images.Count)];
        for (int epoch = 0; epoch < _options.Epochs; epoch++)
        {
            new Xoshiro256(_options.Seed, (ulong)epoch).Shuffle(order.AsSpan());
            double loss = 0;
            for (int from = 0; from < order.Length; from += _options.Batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _optimiser.Rate = _options.LearningRate * (1 - ((double)steps++ / all));
                loss += Step(order[from..Math.Min(order.Length, from + _options.Batch)], epoch);
            }

            loss /= order.Length;
            if (!double.IsFinite(loss))
                throw new LearningException($"The loss of epoch {epoch + 1} is {loss} at learning rate {_options.LearningRate}: lower the learning rate.");
            progress?.Report(new LearnProgress("train", epoch + 1, _options.Epochs, Stopwatch.GetElapsedTime(started), loss));
        }

        return new BitmapClassifier(_bitmap, _images.Labels, _scaling, _network, Centre());
    }

    /// <summary>Sum of the losses of a batch.</summary>
    private double Step(int[] batch, int epoch)
    {
        FeatureBag[] bags = new FeatureBag[batch.Length];
        DeterministicParallel.For(batch.Length, Chunk, _options.Threads, (from, to) =>
        {
            for (int n = from; n < to; n++)
            {
                Xoshiro256 random = new(_options.Seed, ((ulong)(epoch + 1) << 32) + (ulong)batch[n]);
                bags[n] = _distortion.Draw(_ink[batch[n]], ref random);
            }
        });
        float[] errors = _network.Forward(bags, _scaling.Scale([.. batch.Select(n => _images.Numbers[n])]));
        double loss = 0;
        for (int n = 0; n < batch.Length; n++)
        {
            Span<float> row = errors.AsSpan(n * _network.OutputStride, _images.Labels.Count);
            loss += ClassificationLosses.ToErrors(row, _images.LabelOf[batch[n]], ClassificationLoss.Softmax);
            FixedLanes.Scale(row, 1f / batch.Length);
        }

        _network.Backward(errors);
        _optimiser.Step(_network.Parameters);
        return loss;
    }

    /// <summary>The mean embedding of the training pictures.</summary>
    private VectorTable Centre()
    {
        double[] sum = new double[_options.Dimension];
        float[] vector = new float[_options.Dimension];
        foreach (byte[] ink in _ink)
        {
            _network.Embed(BitmapOptions.ToBag(ink), vector);
            for (int n = 0; n < sum.Length; n++) sum[n] += vector[n];
        }

        VectorTable centre = new(1, _options.Dimension);
        for (int n = 0; n < sum.Length; n++) centre.Writable(0)[n] = (float)(sum[n] / _ink.Length);
        return centre;
    }
}
