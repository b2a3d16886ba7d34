using System.Globalization;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>How well cosines of word vectors order pairs of words as people do.</summary>
/// <param name="Name">The set.</param>
/// <param name="Pairs">Pairs of which both words have a vector.</param>
/// <param name="All">Pairs in the set.</param>
/// <param name="Spearman">Rank correlation with the judgements.</param>
/// <param name="Beside">That of other vectors on the same pairs; null for none.</param>
/// <param name="Difference">95 % interval of the first less the second, over pairs drawn anew; null for none.</param>
public sealed record WordSimilarityReport(string Name, int Pairs, int All, double Spearman, double? Beside, (double Low, double High)? Difference);

/// <summary>How often b − a + c is nearest to d.</summary>
/// <param name="Questions">Questions of which all four words are in the vocabulary.</param>
/// <param name="All">Questions in the file.</param>
/// <param name="Correct">Questions answered rightly.</param>
/// <param name="Beside">Questions that other vectors answer rightly; null for none.</param>
public sealed record WordAnalogyReport(int Questions, int All, int Correct, int? Beside);

/// <summary>Measures word vectors by judgements of likeness (<c>word word score</c> a line) and by analogies (<c>a b c d</c> a line, <c>:</c> before a section).</summary>
public static class WordBenchmark
{
    private const int Resamples = 1000;
    private const double Tail = 0.025;

    /// <summary>Measures a set of judged pairs.</summary>
    /// <param name="path">The set.</param>
    /// <param name="vectors">The vectors.</param>
    /// <param name="beside">Other vectors to measure beside them, by word; null for none.</param>
    /// <param name="seed">Seed of the interval.</param>
    /// <exception cref="DataFormatException">A line has another form.</exception>
    public static WordSimilarityReport Similarity(string path, WordVectors vectors, NamedVectors? beside, ulong seed)
    {
        Dictionary<string, int> rows = Rows(beside);
        List<double> judged = [], own = [], other = [];
        int all = 0;
        long line = 0;
        float[] a = new float[vectors.Dimension], b = new float[vectors.Dimension];
        foreach (string text in File.ReadLines(path))
        {
            line++;
            if (text.Length == 0 || text[0] == '#') continue;
            string[] fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 3 || !double.TryParse(fields[2], NumberStyles.Float, CultureInfo.InvariantCulture, out double score))
                throw new DataFormatException(path, line, 0, $"'{text}': expected two words and a score.");
            all++;
            int first = -1, second = -1;
            bool known = vectors.Encode(fields[0], a) && vectors.Encode(fields[1], b);
            bool there = beside is null || (rows.TryGetValue(fields[0].ToLowerInvariant(), out first) && rows.TryGetValue(fields[1].ToLowerInvariant(), out second));
            if (!known || !there) continue;
            judged.Add(score);
            own.Add(FixedLanes.Dot(a, b));
            if (beside is not null) other.Add(Cosine(beside.Vectors[first], beside.Vectors[second]));
        }

        if (judged.Count < 3) throw new DataFormatException(path, 0, 0, $"{judged.Count} of {all} pairs have vectors: expected at least 3.");
        double correlation = RankStatistics.Spearman(own, judged);
        if (beside is null) return new WordSimilarityReport(Path.GetFileNameWithoutExtension(path), judged.Count, all, correlation, null, null);
        double[] differences = new double[Resamples];
        for (int r = 0; r < Resamples; r++)
        {
            Xoshiro256 random = new(seed, (ulong)r + 7000);
            int[] drawn = new int[judged.Count];
            for (int n = 0; n < drawn.Length; n++) drawn[n] = random.NextInt(drawn.Length);
            double[] truth = [.. drawn.Select(n => judged[n])];
            differences[r] = RankStatistics.Spearman([.. drawn.Select(n => own[n])], truth) - RankStatistics.Spearman([.. drawn.Select(n => other[n])], truth);
        }

        Array.Sort(differences);
        int low = (int)(Tail * (Resamples - 1));
        return new WordSimilarityReport(
            Path.GetFileNameWithoutExtension(path), judged.Count, all, correlation, RankStatistics.Spearman(other, judged), (differences[low], differences[^(low + 1)]));
    }

    /// <summary>Measures analogies by the sum of cosines (Mikolov et al., 2013); the words of the question are no answers.</summary>
    /// <param name="path">The questions.</param>
    /// <param name="vectors">The vectors.</param>
    /// <param name="beside">Other vectors to measure beside them, by word; null for none.</param>
    /// <param name="threads">Most threads.</param>
    /// <exception cref="DataFormatException">A line has another form.</exception>
    public static WordAnalogyReport Analogies(string path, WordVectors vectors, NamedVectors? beside, int threads = 0)
    {
        List<string[]> questions = [];
        long line = 0;
        foreach (string text in File.ReadLines(path))
        {
            line++;
            if (text.Length == 0 || text[0] == ':') continue;
            string[] words = [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(word => word.ToLowerInvariant())];
            questions.Add(words.Length == 4 ? words : throw new DataFormatException(path, line, 0, $"'{text}': expected four words."));
        }

        Dictionary<string, int> other = Rows(beside);
        string[][] known = [.. questions.Where(words => words.All(word => vectors.Words.TryGetRow(word, out _) && (beside is null || other.ContainsKey(word))))];
        int own = Correct(vectors.EncodeWords(threads), [.. known.Select(words => words.Select(vectors.Words.RowOf).ToArray())], threads);
        if (beside is null) return new WordAnalogyReport(known.Length, questions.Count, own, null);
        // Both choose among the same words.
        string[] shared = [.. vectors.Words.Ids.Where(other.ContainsKey)];
        Dictionary<string, int> place = shared.Select((word, n) => (word, n)).ToDictionary(pair => pair.word, pair => pair.n, StringComparer.Ordinal);
        VectorTable mine = new(shared.Length, vectors.Dimension), theirs = new(shared.Length, beside.Vectors.Dimension);
        for (int n = 0; n < shared.Length; n++)
        {
            vectors.Encode(shared[n], mine.Writable(n));
            beside.Vectors[other[shared[n]]].CopyTo(theirs.Writable(n));
            FixedLanes.TryNormalise(theirs.Writable(n));
        }

        int[][] asked = [.. known.Select(words => words.Select(word => place[word]).ToArray())];
        return new WordAnalogyReport(known.Length, questions.Count, Correct(mine, asked, threads), Correct(theirs, asked, threads));
    }

    private static int Correct(VectorTable unit, int[][] questions, int threads)
    {
        bool[] right = new bool[questions.Length];
        DeterministicParallel.For(questions.Length, 8, threads, () => new float[unit.Rows], (from, to, scores) =>
        {
            float[] wanted = new float[unit.Dimension];
            for (int q = from; q < to; q++)
            {
                int[] words = questions[q];
                Array.Clear(wanted);
                FixedLanes.Add(wanted, -1, unit[words[0]]);
                FixedLanes.Add(wanted, 1, unit[words[1]]);
                FixedLanes.Add(wanted, 1, unit[words[2]]);
                for (int n = 0; n < scores.Length; n++) scores[n] = FixedLanes.Dot(wanted, unit[n]);
                for (int n = 0; n < 3; n++) scores[words[n]] = float.NegativeInfinity;
                int[] best = new int[1];
                right[q] = TopK.Select(scores, best) == 1 && best[0] == words[3];
            }
        });
        return right.Count(one => one);
    }

    private static Dictionary<string, int> Rows(NamedVectors? vectors)
    {
        Dictionary<string, int> rows = new(StringComparer.Ordinal);
        for (int n = 0; n < (vectors?.Ids.Count ?? 0); n++) rows.TryAdd(vectors!.Ids[n], n);
        return rows;
    }

    private static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b) =>
        FixedLanes.Dot(a, b) / Math.Max(1e-12, Math.Sqrt((double)FixedLanes.Dot(a, a) * FixedLanes.Dot(b, b)));
}
