using System.Diagnostics;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Skip-gram with negative sampling (Mikolov et al., "Distributed Representations of Words and Phrases", NeurIPS 2013) with the vector of
/// a word as the mean of its own and those of its parts (Bojanowski et al., TACL 2017): for a centre h and a neighbour c, the step of
/// −log σ(h·c) − Σ over drawn words log σ(−h·n).
/// <para>
/// On one thread: steps at places that others have left behind made worse vectors (32 centres taken at one place: a sixth of the analogies).
/// </para>
/// </summary>
internal sealed unsafe class SkipGramTrainer
{
    private const double NoisePower = 0.5;
    private const float MaxLogit = 8;

    private readonly SkipGramOptions _options;
    private readonly WordCorpus _corpus;
    private readonly int[][] _rowsOf;
    private readonly VectorTable _input, _output;
    private readonly AliasTable _noise;
    private readonly float[] _kept;
    private readonly float[] _hidden, _gradient, _pairGradient;

    public SkipGramTrainer(WordCorpus corpus, int[][] rowsOf, int rows, SkipGramOptions options)
    {
        (_corpus, _rowsOf, _options) = (corpus, rowsOf, options);
        _input = new VectorTable(rows, options.Dimension);
        _output = new VectorTable(corpus.Words.Count, options.Dimension);
        float width = 1f / options.Dimension;
        for (int row = 0; row < rows; row++)
        {
            Xoshiro256 random = new(options.Seed, (31UL << 40) + (ulong)row);
            foreach (ref float value in _input.Writable(row)) value = width * ((2 * random.NextSingle()) - 1);
        }

        _noise = new AliasTable([.. corpus.Counts.Select(count => Math.Pow(count, NoisePower))]);
        double total = corpus.Counts.Sum(count => (double)count);
        _kept = [.. corpus.Counts.Select(count => (float)(Math.Sqrt(options.Sample * total / count) + (options.Sample * total / count)))];
        (_hidden, _gradient, _pairGradient) = (new float[_input.Stride], new float[_input.Stride], new float[_input.Stride]);
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
            foreach (int passage in order)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int[] words = Thin(_corpus.Passages[passage], ref random);
                double share = (double)_corpus.Passages[passage].Length / Math.Max(1, words.Length);
                for (int at = 0; at < words.Length; at++)
                {
                    // Within a passage too: a whole corpus may come as one.
                    float rate = (float)(_options.LearningRate * (1 - ((seen + (at * share)) / all)));
                    loss += Step(words, at, rate, ref random, ref pairs);
                }

                seen += _corpus.Passages[passage].Length;
            }

            loss /= Math.Max(1, pairs);
            if (!double.IsFinite(loss)) throw new LearningException($"The loss of epoch {epoch + 1} is {loss} at learning rate {_options.LearningRate}: lower the learning rate.");
            progress?.Report(new LearnProgress("train", epoch + 1, _options.Epochs, Stopwatch.GetElapsedTime(started), loss));
        }
    }

    /// <summary>
    /// Takes from all rows what the vectors of all words have in common, which tells nothing of a word (Mu and Viswanath, "All-but-the-Top",
    /// ICLR 2018, without their second step, which cost likeness of rare words). As a word is the mean of its rows, it loses just that.
    /// </summary>
    public void Centre()
    {
        float[] mean = new float[_input.Stride];
        fixed (float* input = _input.Values, common = mean)
        {
            foreach (int[] rows in _rowsOf)
            {
                foreach (int row in rows) FixedLanes.Add(common, 1f / ((float)rows.Length * _rowsOf.Length), input + ((nint)row * _input.Stride), _input.Stride);
            }

            for (int row = 0; row < _input.Rows; row++) FixedLanes.Add(input + ((nint)row * _input.Stride), -1, common, _input.Stride);
        }
    }

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

    /// <summary>
    /// The steps of a centre, one neighbour after the other, each from where the one before led. All rows of a word take the same step,
    /// so their mean takes it too: it is moved in place, and the rows themselves once, at the end.
    /// </summary>
    private double Step(int[] words, int at, float rate, ref Xoshiro256 random, ref long pairs)
    {
        int[] rows = _rowsOf[words[at]];
        int reach = 1 + random.NextInt(_options.Window), stride = _input.Stride;
        double loss = 0;
        fixed (float* input = _input.Values, hidden = _hidden, gradient = _gradient, pairGradient = _pairGradient)
        {
            new Span<float>(hidden, stride).Clear();
            new Span<float>(gradient, stride).Clear();
            foreach (int row in rows) FixedLanes.Add(hidden, 1f / rows.Length, input + ((nint)row * stride), stride);
            for (int near = Math.Max(0, at - reach); near <= Math.Min(words.Length - 1, at + reach); near++)
            {
                if (near == at) continue;
                new Span<float>(pairGradient, stride).Clear();
                loss += StepTowards(words[near], true, rate);
                for (int n = 0; n < _options.Negatives; n++)
                {
                    int drawn = _noise.Draw(ref random);
                    while (drawn == words[near]) drawn = _noise.Draw(ref random);
                    loss += StepTowards(drawn, false, rate);
                }

                FixedLanes.Add(hidden, 1, pairGradient, stride);
                FixedLanes.Add(gradient, 1, pairGradient, stride);
                pairs++;
            }

            // fastText gives every part the whole step of the mean, not its share of it.
            foreach (int row in rows) FixedLanes.Add(input + ((nint)row * stride), 1, gradient, stride);
        }

        return loss;
    }

    /// <summary>Moves one word's output row, and notes the step of the centre.</summary>
    private double StepTowards(int word, bool isNeighbour, float rate)
    {
        int stride = _output.Stride;
        fixed (float* output = _output.Values, hidden = _hidden, pairGradient = _pairGradient)
        {
            float* target = output + ((nint)word * stride);
            float logit = FixedLanes.Dot(hidden, target, stride);

            // As word2vec's table has it, what is this sure is left alone. Small steps that never end let the rows of a word that a text
            // repeats ten thousand times grow until all is lost.
            if (isNeighbour ? logit > MaxLogit : logit < -MaxLogit) return 0;
            float sigmoid = ClassificationLosses.Sigmoid(Math.Clamp(logit, -MaxLogit, MaxLogit));
            float step = rate * ((isNeighbour ? 1 : 0) - sigmoid);
            FixedLanes.Add(pairGradient, step, target, stride);
            FixedLanes.Add(target, step, hidden, stride);
            return -VectorFunctions.Log(isNeighbour ? sigmoid : 1 - sigmoid);
        }
    }
}
