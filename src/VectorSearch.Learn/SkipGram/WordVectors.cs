using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Words → vectors that were learned from running text: a word's vector is the mean of its own and those of its parts, so that an
/// unknown word is understood through them. A text's vector is the mean of its words' unit vectors. Immutable; safe from many threads.
/// </summary>
public sealed class WordVectors : LearnedEncoder
{
    internal const string KindName = "word-vectors/1";

    private readonly TextFeatures _features;
    private readonly VectorTable _input;

    internal WordVectors(TextFeatures features, Vocabulary words, VectorTable input) => (_features, Words, _input) = (features, words, input);

    /// <summary>The words with a vector of their own, the most frequent first.</summary>
    public Vocabulary Words { get; }

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override int Dimension => _input.Dimension;

    /// <summary>Learns from running text.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message lists all faults.</exception>
    /// <exception cref="LearningException">Training diverged, or too few words come often enough.</exception>
    public static WordVectors Train(
        IReadOnlyList<string> texts, SkipGramOptions options, IProgress<LearnProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<string> faults = options.Validate();
        if (faults.Count > 0) throw new ArgumentException(string.Join(" ", faults), nameof(options));
        WordCorpus corpus = WordCorpus.Of(texts, options.MinCount);
        TextFeatures features = TextFeatures.Of(corpus.Words.Ids, options.Features with { MinCount = 1 });
        int[][] rowsOf = [.. corpus.Words.Ids.Select(word => features.Encode(word).Rows)];
        SkipGramTrainer trainer = new(corpus, rowsOf, features.Rows, options);
        trainer.Run(progress, cancellationToken);
        trainer.Centre();
        return new WordVectors(features, corpus.Words, trainer.Input);
    }

    /// <summary>The vector of a text, of unit length; zeros when neither a word nor a part of one is known.</summary>
    /// <param name="text">A word or a text.</param>
    /// <param name="vector">Receives <see cref="LearnedEncoder.Dimension"/> coordinates.</param>
    /// <returns>False when nothing is known.</returns>
    public bool Encode(string text, Span<float> vector)
    {
        RequireDimension(vector);
        vector.Clear();
        TokenBuffer tokens = new();
        TextTokenizer.Tokenize(text, lowercase: true, tokens);
        float[] word = new float[Dimension];
        for (int n = 0; n < tokens.Count; n++)
        {
            Array.Clear(word);
            foreach (int row in _features.Encode(new string(tokens[n])).Rows) FixedLanes.Add(word, 1, _input[row]);
            if (FixedLanes.TryNormalise(word)) FixedLanes.Add(vector, 1, word);
        }

        return FixedLanes.TryNormalise(vector);
    }

    /// <summary>Vectors of the words, one a row.</summary>
    public VectorTable EncodeWords(int threads = 0)
    {
        VectorTable vectors = new(Words.Count, Dimension);
        DeterministicParallel.For(Words.Count, 64, threads, (from, to) =>
        {
            for (int n = from; n < to; n++) Encode(Words[n], vectors.Writable(n));
        });
        return vectors;
    }

    internal override EncoderParts ToParts() => new()
    {
        Parameters = _features.Options.ToParameters(),
        Vocabularies = new Dictionary<string, Vocabulary> { ["words"] = Words },
        Keys = new Dictionary<string, ulong[]> { ["features"] = _features.Keys },
        Weights = new Dictionary<string, VectorTable> { ["input"] = _input },
    };

    internal static WordVectors OfParts(EncoderParts parts)
    {
        ulong[] keys = parts.Keys["features"];
        VectorTable input = parts.Weights["input"];
        if (input.Rows != keys.Length) throw new FormatException($"{keys.Length} features do not fit a table of {input.Rows} rows.");
        float[] weights = new float[keys.Length];
        Array.Fill(weights, 1);
        return new WordVectors(new TextFeatures(TextFeatureOptions.OfParameters(parts.Parameters), keys, weights), parts.Vocabularies["words"], input);
    }
}
