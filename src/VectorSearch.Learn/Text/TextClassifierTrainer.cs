using System.Diagnostics;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Trains p(class | text) = softmax(W h + b) with h = Σ w e over the weighted bag of the text (Joulin et al., "Bag of
/// Tricks for Efficient Text Classification", EACL 2017), by Adagrad with one sum of squares a row: the step of row r is
/// rate·g/√(damping + Σ‖g‖²/d), so that rare words still move when common ones have settled. The texts are shuffled
/// every epoch, whatever the order of the file.
/// <para>
/// A small batch is taken at one place: first every text's error is found, texts in parallel; then every row takes its
/// steps one after another in the order of the texts, rows dealt out to the threads by number. So each row sees one
/// sequence of steps however many threads there are, and the bits are the same.
/// </para>
/// </summary>
internal sealed unsafe class TextClassifierTrainer
{
    private const int ChunkTexts = 4;
    private const float StartLength = 3;

    private readonly TextClassifierOptions _options;
    private readonly FeatureBag[] _bags;
    private readonly int[] _labelOf;
    private readonly int _classes, _stride, _workers;
    private readonly VectorTable _input, _output;
    private readonly float[] _inputSquares, _outputSquares, _bias, _biasSquares;
    private readonly float[] _hidden, _gradient, _errors, _gradientSquares, _hiddenSquares;
    private readonly double[] _losses;
    private readonly FeatureBag[] _kept;

    public TextClassifierTrainer(FeatureBag[] bags, int features, int[] labelOf, int classes, TextClassifierOptions options)
    {
        (_options, _bags, _labelOf, _classes) = (options, bags, labelOf, classes);
        _workers = options.Threads == 0 ? DeterministicParallel.DefaultThreads : options.Threads;
        _input = new VectorTable(features, options.Dimension);
        _output = new VectorTable(classes, options.Dimension);
        _stride = _input.Stride;
        (_inputSquares, _outputSquares, _bias, _biasSquares) = (new float[features], new float[classes], new float[classes], new float[classes]);
        foreach (float[] squares in new[] { _inputSquares, _outputSquares, _biasSquares }) Array.Fill(squares, (float)options.Damping);
        (_hidden, _gradient) = (new float[options.Batch * _stride], new float[options.Batch * _stride]);
        _errors = new float[options.Batch * classes];
        (_gradientSquares, _hiddenSquares) = (new float[options.Batch], new float[options.Batch]);
        _losses = new double[options.Batch];
        _kept = new FeatureBag[options.Batch];
        InitialiseOutput();
    }

    public VectorTable Input => _input;

    public VectorTable Output => _output;

    public float[] Bias => _bias;

    /// <summary>
    /// Takes start values of some rows from another table: row n of it goes to row rows[n]. Vectors of another task have one direction in
    /// common, in which all texts look alike (Mu and Viswanath, "All-but-the-Top", ICLR 2018), and a length of their own, at which steps may
    /// overshoot: their mean over the training texts is taken away, and all are scaled until a text has length <see cref="StartLength"/>.
    /// </summary>
    public void StartFrom(VectorTable table, int[] rows)
    {
        bool[] started = new bool[_input.Rows];
        for (int n = 0; n < rows.Length; n++)
        {
            table[n].CopyTo(_input.Writable(rows[n]));
            started[rows[n]] = true;
        }

        float[] mean = new float[_options.Dimension];
        double weights = 0;
        foreach (FeatureBag bag in _bags)
        {
            for (int e = 0; e < bag.Rows.Length; e++)
            {
                if (!started[bag.Rows[e]]) continue;
                FixedLanes.Add(mean, bag.Weights[e], _input[bag.Rows[e]]);
                weights += bag.Weights[e];
            }
        }

        // Not one feature in common: there is nothing to set right.
        if (weights == 0) return;
        foreach (int row in rows) FixedLanes.Add(_input.Writable(row), (float)(-1 / weights), mean);
        float length = (float)Math.Sqrt(_bags.Average(SquaredLength));
        if (length == 0) return;
        foreach (int row in rows) FixedLanes.Scale(_input.Writable(row), StartLength / length);
    }

    /// <summary>All epochs.</summary>
    /// <exception cref="LearningException">The loss is no number any more.</exception>
    public void Run(IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp(), steps = 0, all = (long)_options.Epochs * _bags.Length;
        int[] order = new int[_bags.Length];
        for (int n = 0; n < order.Length; n++) order[n] = n;
        for (int epoch = 0; epoch < _options.Epochs; epoch++)
        {
            new Xoshiro256(_options.Seed, (ulong)epoch).Shuffle(order.AsSpan());
            double loss = 0;
            for (int from = 0; from < order.Length; from += _options.Batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ReadOnlyMemory<int> batch = order.AsMemory(from, Math.Min(_options.Batch, order.Length - from));
                loss += Step(batch, epoch, (float)(_options.LearningRate * (1 - ((double)steps / all))));
                steps += batch.Length;
            }

            loss /= order.Length;
            if (!double.IsFinite(loss))
                throw new LearningException($"The loss of epoch {epoch + 1} is {loss} at learning rate {_options.LearningRate}: lower the learning rate.");
            progress?.Report(new LearnProgress("train", epoch + 1, _options.Epochs, Stopwatch.GetElapsedTime(started), loss));
        }
    }

    private double SquaredLength(FeatureBag bag)
    {
        float[] sum = new float[_stride];
        fixed (float* table = _input.Values, h = sum) WeightedRows.Sum(table, _stride, bag.Rows, bag.Weights, h);
        return FixedLanes.Dot(sum, sum);
    }

    /// <summary>The classes start in random directions, the features at zero: a feature without examples says nothing.</summary>
    private void InitialiseOutput()
    {
        Xoshiro256 random = new(_options.Seed, ulong.MaxValue);
        float width = MathF.Sqrt(3f / _options.Dimension);
        for (int c = 0; c < _classes; c++)
        {
            foreach (ref float value in _output.Writable(c)) value = width * ((2 * random.NextSingle()) - 1);
        }
    }

    private double Step(ReadOnlyMemory<int> batch, int epoch, float rate)
    {
        DeterministicParallel.For(batch.Length, ChunkTexts, _workers, (from, to) =>
        {
            for (int n = from; n < to; n++) Forward(n, batch.Span[n], epoch);
        });
        DeterministicParallel.For(_workers, 1, _workers, (worker, _) => Update(worker, batch.Length, rate));
        double loss = 0;
        for (int n = 0; n < batch.Length; n++) loss += _losses[n];
        return loss;
    }

    private void Forward(int n, int text, int epoch)
    {
        _kept[n] = Drop(_bags[text], text, epoch);
        Span<float> errors = _errors.AsSpan(n * _classes, _classes);
        Span<float> hidden = _hidden.AsSpan(n * _stride, _stride), gradient = _gradient.AsSpan(n * _stride, _stride);
        fixed (float* table = _input.Values, h = hidden) WeightedRows.Sum(table, _stride, _kept[n].Rows, _kept[n].Weights, h);
        for (int c = 0; c < _classes; c++) errors[c] = _bias[c] + FixedLanes.Dot(hidden, _output.Values.AsSpan(c * _stride, _stride));
        _losses[n] = ClassificationLosses.ToErrors(errors, _labelOf[text], _options.Loss);
        gradient.Clear();
        for (int c = 0; c < _classes; c++) FixedLanes.Add(gradient, errors[c], _output.Values.AsSpan(c * _stride, _stride));
        _gradientSquares[n] = FixedLanes.Dot(gradient, gradient) / _options.Dimension;
        _hiddenSquares[n] = FixedLanes.Dot(hidden, hidden) / _options.Dimension;
    }

    /// <summary>Leaves features out at random, the others grow so that the sum stays the same on average.</summary>
    private FeatureBag Drop(FeatureBag bag, int text, int epoch)
    {
        if (_options.Dropout == 0) return bag;
        Xoshiro256 random = new(_options.Seed, ((ulong)(epoch + 1) << 32) + (ulong)text);
        float least = (float)_options.Dropout, scale = 1 / (1 - least);
        int[] rows = new int[bag.Rows.Length];
        float[] weights = new float[rows.Length];
        int kept = 0;
        for (int n = 0; n < rows.Length; n++)
        {
            if (random.NextSingle() < least) continue;
            rows[kept] = bag.Rows[n];
            weights[kept++] = bag.Weights[n] * scale;
        }

        return new FeatureBag(rows[..kept], weights[..kept]);
    }

    /// <summary>The steps of the rows of one worker, in the order of the texts.</summary>
    private void Update(int worker, int texts, float rate)
    {
        fixed (float* input = _input.Values, output = _output.Values, gradients = _gradient, hiddens = _hidden)
        {
            for (int n = 0; n < texts; n++)
            {
                float* gradient = gradients + ((nint)n * _stride);
                float squares = _gradientSquares[n];
                int[] rows = _kept[n].Rows;
                float[] weights = _kept[n].Weights;
                for (int e = 0; e < rows.Length && !_options.Freeze; e++)
                {
                    int row = rows[e];
                    if (_workers > 1 && row % _workers != worker) continue;
                    float weight = weights[e], sum = _inputSquares[row] += weight * weight * squares;
                    FixedLanes.Add(input + ((nint)row * _stride), -rate * weight / MathF.Sqrt(sum), gradient, _stride);
                }
            }

            for (int c = worker; c < _classes; c += _workers)
            {
                for (int n = 0; n < texts; n++)
                {
                    float error = _errors[(n * _classes) + c];
                    float sum = _outputSquares[c] += error * error * _hiddenSquares[n];
                    FixedLanes.Add(output + ((nint)c * _stride), -rate * error / MathF.Sqrt(sum), hiddens + ((nint)n * _stride), _stride);
                    _bias[c] -= rate * error / MathF.Sqrt(_biasSquares[c] += error * error);
                }
            }
        }
    }
}
