using System.Diagnostics;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Skip-gram with negative sampling (Mikolov et al., "Distributed Representations of Words and Phrases", NeurIPS 2013) with the vector of
/// a word as the mean of its own and those of its parts (Bojanowski et al., TACL 2017): for a centre h and a neighbour c, the step of
/// −log σ(h·c) − Σ over drawn words log σ(−h·n).
/// <para>
/// A small batch of centres is taken at one place: errors are found first, centres in parallel; then every row takes its steps in the
/// order of the centres, rows dealt out to threads by number. So the bits are the same at any thread count.
/// </para>
/// </summary>
internal sealed unsafe class SkipGramTrainer
{
    private const int Chunk = 4;
    private const double NoisePower = 0.75;
    private const float MaxLogit = 8;

    private readonly SkipGramOptions _options;
    private readonly WordCorpus _corpus;
    private readonly int[][] _rowsOf;
    private readonly VectorTable _input, _output;
    private readonly AliasTable _noise;
    private readonly float[] _kept;
    private readonly int _stride, _workers;
    private readonly float[] _hidden, _gradient;
    private readonly Centre[] _centres;

    public SkipGramTrainer(WordCorpus corpus, int[][] rowsOf, int rows, SkipGramOptions options)
    {
        (_corpus, _rowsOf, _options) = (corpus, rowsOf, options);
        _workers = options.Batch == 1 ? 1 : options.Threads == 0 ? DeterministicParallel.DefaultThreads : options.Threads;
        _input = new VectorTable(rows, options.Dimension);
        _output = new VectorTable(corpus.Words.Count, options.Dimension);
        _stride = _input.Stride;
        float width = 1f / options.Dimension;
        for (int row = 0; row < rows; row++)
        {
            Xoshiro256 random = new(options.Seed, (31UL << 40) + (ulong)row);
            foreach (ref float value in _input.Writable(row)) value = width * ((2 * random.NextSingle()) - 1);
        }

        _noise = new AliasTable([.. corpus.Counts.Select(count => Math.Pow(count, NoisePower))]);
        double total = corpus.Counts.Sum(count => (double)count);
        _kept = [.. corpus.Counts.Select(count => (float)(Math.Sqrt(options.Sample * total / count) + (options.Sample * total / count)))];
        (_hidden, _gradient) = (new float[options.Batch * _stride], new float[options.Batch * _stride]);
        _centres = [.. Enumerable.Range(0, options.Batch).Select(_ => new Centre())];
    }

    public VectorTable Input => _input;

    /// <summary>All epochs.</summary>
    /// <exception cref="LearningException">The loss is no number any more.</exception>
    public void Run(IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp(), all = (long)_options.Epochs * Math.Max(1, _corpus.Passages.Sum(passage => (long)passage.Length)), seen = 0;
        int[] order = [.. Enumerable.Range(0, _corpus.Passages.Length)];
        for (int epoch = 0; epoch < _options.Epochs; epoch++)
        {
            Xoshiro256 random = new(_options.Seed, (ulong)epoch);
            random.Shuffle(order.AsSpan());
            double loss = 0;
            long pairs = 0;
            int filled = 0;
            foreach (int passage in order)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int[] words = Thin(_corpus.Passages[passage], ref random);
                for (int at = 0; at < words.Length; at++)
                {
                    Draw(_centres[filled++], words, at, ref random);
                    if (filled < _options.Batch) continue;
                    loss += Step(filled, Rate(seen, all), ref pairs);
                    filled = 0;
                }

                seen += _corpus.Passages[passage].Length;
            }

            loss += Step(filled, Rate(seen, all), ref pairs);
            loss /= Math.Max(1, pairs);
            if (!double.IsFinite(loss)) throw new LearningException($"The loss of epoch {epoch + 1} is {loss} at learning rate {_options.LearningRate}: lower the learning rate.");
            progress?.Report(new LearnProgress("train", epoch + 1, _options.Epochs, Stopwatch.GetElapsedTime(started), loss));
        }
    }

    private float Rate(long seen, long all) => (float)(_options.LearningRate * (1 - ((double)seen / all)));

    /// <summary>Leaves frequent words out at random.</summary>
    private int[] Thin(int[] words, ref Xoshiro256 random)
    {
        int[] thin = new int[words.Length];
        int count = 0;
        foreach (int word in words)
        {
            if (random.NextSingle() < _kept[word]) thin[count++] = word;
        }

        return thin[..count];
    }

    /// <summary>A centre with its neighbours, each followed by the words drawn against it.</summary>
    private void Draw(Centre centre, int[] words, int at, ref Xoshiro256 random)
    {
        int reach = 1 + random.NextInt(_options.Window), count = 0;
        centre.Word = words[at];
        for (int near = Math.Max(0, at - reach); near <= Math.Min(words.Length - 1, at + reach); near++)
        {
            if (near == at) continue;
            centre.Reserve(count + 1 + _options.Negatives);
            centre.Targets[count++] = words[near];
            for (int n = 0; n < _options.Negatives; n++)
            {
                int drawn = _noise.Draw(ref random);
                while (drawn == words[near]) drawn = _noise.Draw(ref random);
                centre.Targets[count++] = drawn;
            }
        }

        centre.Count = count;
    }

    private double Step(int count, float rate, ref long pairs)
    {
        if (count == 0) return 0;
        DeterministicParallel.For(count, Chunk, _workers, (from, to) =>
        {
            for (int n = from; n < to; n++) Forward(n, rate);
        });
        DeterministicParallel.For(_workers, 1, _workers, (worker, _) => Update(worker, count));
        double loss = 0;
        for (int n = 0; n < count; n++)
        {
            loss += _centres[n].Loss;
            pairs += _centres[n].Count / (1 + _options.Negatives);
        }

        return loss;
    }

    private void Forward(int n, float rate)
    {
        Centre centre = _centres[n];
        int[] rows = _rowsOf[centre.Word];
        fixed (float* input = _input.Values, output = _output.Values, hiddens = _hidden, gradients = _gradient)
        {
            float* hidden = hiddens + ((nint)n * _stride), gradient = gradients + ((nint)n * _stride);
            new Span<float>(hidden, _stride).Clear();
            new Span<float>(gradient, _stride).Clear();
            foreach (int row in rows) FixedLanes.Add(hidden, 1f / rows.Length, input + ((nint)row * _stride), _stride);
            double loss = 0;
            for (int t = 0; t < centre.Count; t++)
            {
                bool right = t % (1 + _options.Negatives) == 0;
                float* target = output + ((nint)centre.Targets[t] * _stride);
                float logit = Math.Clamp(FixedLanes.Dot(hidden, target, _stride), -MaxLogit, MaxLogit), sigmoid = ClassificationLosses.Sigmoid(logit);
                loss -= VectorFunctions.Log(right ? sigmoid : 1 - sigmoid);
                float step = rate * ((right ? 1 : 0) - sigmoid);
                centre.Steps[t] = step;
                FixedLanes.Add(gradient, step, target, _stride);
            }

            centre.Loss = loss;
        }
    }

    /// <summary>The steps of the rows of one worker, in the order of the centres.</summary>
    private void Update(int worker, int count)
    {
        fixed (float* input = _input.Values, output = _output.Values, hiddens = _hidden, gradients = _gradient)
        {
            for (int n = 0; n < count; n++)
            {
                Centre centre = _centres[n];
                for (int t = 0; t < centre.Count; t++)
                {
                    if (_workers > 1 && centre.Targets[t] % _workers != worker) continue;
                    FixedLanes.Add(output + ((nint)centre.Targets[t] * _stride), centre.Steps[t], hiddens + ((nint)n * _stride), _stride);
                }

                int[] rows = _rowsOf[centre.Word];
                foreach (int row in rows)
                {
                    // fastText gives every part the whole step of the mean, not its share of it.
                    if (_workers > 1 && row % _workers != worker) continue;
                    FixedLanes.Add(input + ((nint)row * _stride), 1, gradients + ((nint)n * _stride), _stride);
                }
            }
        }
    }

    private sealed class Centre
    {
        public int Word { get; set; }

        public int Count { get; set; }

        public double Loss { get; set; }

        public int[] Targets { get; private set; } = new int[64];

        public float[] Steps { get; private set; } = new float[64];

        public void Reserve(int count)
        {
            if (Targets.Length >= count) return;
            int[] targets = new int[2 * count];
            Targets.CopyTo(targets, 0);
            (Targets, Steps) = (targets, new float[2 * count]);
        }
    }
}
