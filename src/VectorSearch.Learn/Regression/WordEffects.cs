namespace VectorSearch.Learn;

/// <summary>A word with what it does to the target.</summary>
/// <param name="Word">The word.</param>
/// <param name="Texts">In how many training texts it stands.</param>
/// <param name="Effect">What it alone adds to the target of an average row.</param>
public sealed record WordEffect(string Word, int Texts, double Effect);

/// <summary>A word with those nearest to it in the learned space.</summary>
/// <param name="Word">The word.</param>
/// <param name="Nearest">The nearest words with their cosines, nearest first.</param>
public sealed record WordNeighbours(WordEffect Word, IReadOnlyList<(WordEffect Word, double Cosine)> Nearest);

/// <summary>The words of a regression model: whether those that lie together do the same to the target.</summary>
public sealed class WordEffects
{
    private const double LeastTexts = 0.01;

    private readonly WordEffect[] _words;
    private readonly VectorTable _vectors;

    private WordEffects(WordEffect[] words, VectorTable vectors) => (_words, _vectors) = (words, vectors);

    /// <summary>The words that stand in at least one of a hundred texts, those in most texts first.</summary>
    public IReadOnlyList<WordEffect> Words => _words;

    /// <summary>Their vectors.</summary>
    public VectorTable Vectors => _vectors;

    /// <summary>Finds the words of a training table.</summary>
    public static WordEffects Of(RegressionModel model, RegressionTable table)
    {
        Dictionary<string, int> texts = new(StringComparer.Ordinal);
        TokenBuffer tokens = new();
        foreach (string text in table.Texts)
        {
            TextTokenizer.Tokenize(text, model.Features.Texts.Options.Lowercase, tokens);
            HashSet<string> seen = [];
            for (int n = 0; n < tokens.Count; n++)
            {
                if (char.IsLetter(tokens[n][0]) && seen.Add(new string(tokens[n]))) texts[new string(tokens[n])] = texts.GetValueOrDefault(new string(tokens[n])) + 1;
            }
        }

        WordEffect[] words = [.. texts.Where(pair => pair.Value >= Math.Max(3, LeastTexts * table.Count))
            .OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => (pair.Key, pair.Value, Effect: model.EffectOf(pair.Key)))
            .Where(word => word.Effect is not null).Select(word => new WordEffect(word.Key, word.Value, word.Effect!.Value))];
        VectorTable vectors = new(words.Length, model.Dimension);
        for (int n = 0; n < words.Length; n++) model.EncodeWord(words[n].Word, vectors.Writable(n));
        return new WordEffects(words, vectors);
    }

    /// <summary>The words that raise the target most, and those that lower it most.</summary>
    public IReadOnlyList<WordEffect> Strongest(int each) =>
        [.. _words.OrderByDescending(word => word.Effect).Take(each), .. _words.OrderBy(word => word.Effect).Take(each).Reverse()];

    /// <summary>The words nearest to one.</summary>
    public WordNeighbours? NeighboursOf(string word, int count)
    {
        int row = Array.FindIndex(_words, known => known.Word == word);
        return row < 0 ? null : new WordNeighbours(_words[row], [.. Nearest(row, count).Select(pair => (_words[pair.Row], pair.Cosine))]);
    }

    /// <summary>Correlation, over all words, between a word's effect and the mean effect of its nearest words: 0 by chance, 1 when neighbours do the same.</summary>
    public double Grouping(int count)
    {
        double[] own = [.. _words.Select(word => word.Effect)];
        double[] around = [.. Enumerable.Range(0, _words.Length).Select(row => Nearest(row, count).Average(pair => _words[pair.Row].Effect))];
        double a = own.Average(), b = around.Average(), joint = 0, first = 0, second = 0;
        for (int n = 0; n < own.Length; n++)
        {
            joint += (own[n] - a) * (around[n] - b);
            first += (own[n] - a) * (own[n] - a);
            second += (around[n] - b) * (around[n] - b);
        }

        return joint / Math.Sqrt(Math.Max(1e-30, first * second));
    }

    private (int Row, double Cosine)[] Nearest(int row, int count)
    {
        float[] cosines = new float[_words.Length];
        for (int n = 0; n < cosines.Length; n++) cosines[n] = n == row ? float.NegativeInfinity : VectorSearch.Numerics.FixedLanes.Dot(_vectors[n], _vectors[row]);
        int[] best = new int[Math.Min(count, Math.Max(0, cosines.Length - 1))];
        int found = VectorSearch.Numerics.TopK.Select(cosines, best);
        return [.. best.Take(found).Select(n => (n, (double)cosines[n]))];
    }
}
