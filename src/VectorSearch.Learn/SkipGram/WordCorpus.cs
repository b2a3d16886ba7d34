using System.Runtime.InteropServices;

namespace VectorSearch.Learn;

/// <summary>Running text as numbers of words, those that come often enough; the more frequent the lower the number.</summary>
internal sealed class WordCorpus
{
    private WordCorpus(Vocabulary words, int[] counts, int[][] passages) => (Words, Counts, Passages) = (words, counts, passages);

    public Vocabulary Words { get; }

    /// <summary>How often each word comes.</summary>
    public int[] Counts { get; }

    /// <summary>The words of each passage in their order.</summary>
    public int[][] Passages { get; }

    /// <summary>Reads passages.</summary>
    /// <exception cref="LearningException">Fewer than two words come often enough.</exception>
    public static WordCorpus Of(IReadOnlyList<string> texts, int minCount)
    {
        Dictionary<string, int> numbers = new(StringComparer.Ordinal);
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        List<string> names = [];
        List<int> counts = [];
        int[][] passages = new int[texts.Count][];
        TokenBuffer tokens = new();
        for (int n = 0; n < texts.Count; n++)
        {
            TextTokenizer.Tokenize(texts[n], lowercase: true, tokens);
            passages[n] = new int[tokens.Count];
            for (int t = 0; t < tokens.Count; t++)
            {
                if (!lookup.TryGetValue(tokens[t], out int number))
                {
                    number = names.Count;
                    names.Add(new string(tokens[t]));
                    counts.Add(0);
                    lookup[tokens[t]] = number;
                }

                CollectionsMarshal.AsSpan(counts)[number]++;
                passages[n][t] = number;
            }
        }

        int[] order = [.. Enumerable.Range(0, names.Count).Where(word => counts[word] >= minCount).OrderByDescending(word => counts[word]).ThenBy(word => names[word], StringComparer.Ordinal)];
        if (order.Length < 2) throw new LearningException($"{order.Length} words come at least {minCount} times: expected at least 2. Give more text, or lower min-count.");
        int[] place = new int[names.Count];
        Array.Fill(place, -1);
        for (int n = 0; n < order.Length; n++) place[order[n]] = n;
        return new WordCorpus(
            new Vocabulary(order.Select(word => names[word])), [.. order.Select(word => counts[word])],
            [.. passages.Select(passage => passage.Select(word => place[word]).Where(word => word >= 0).ToArray())]);
    }
}
