using System.Runtime.InteropServices;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// The features of texts and the row of each: words, word n-grams, and character n-grams of each word between marks of its
/// begin and end (Bojanowski et al., "Enriching Word Vectors with Subword Information", TACL 2017). A feature is known
/// by a 64-bit hash; unlike a table of buckets no two share a row, and one that training never saw has none.
/// A text is the weighted bag of its features: (1 + ln tf)·idfᵖ, divided by the Euclidean norm.
/// </summary>
internal sealed class TextFeatures
{
    private const ulong FnvPrime = 0x100000001b3;
    private const ulong WordSalt = 0xcbf29ce484222325, NgramSalt = 0x9e3779b97f4a7c15, CharacterSalt = 0x2545f4914f6cdd1d;
    private const ulong BeginSalt = 0x6c62272e07bb0142, EndSalt = 0x62b821756295c58d;
    private const int MaxStackWords = 1024;

    private readonly Dictionary<ulong, int> _rows;

    /// <summary>Takes the features of a model file.</summary>
    /// <param name="options">How texts are read.</param>
    /// <param name="keys">Hash of each row's feature.</param>
    /// <param name="weights">Weight of each row.</param>
    public TextFeatures(TextFeatureOptions options, ulong[] keys, float[] weights)
    {
        Options = options;
        Keys = keys;
        RowWeights = weights;
        _rows = new Dictionary<ulong, int>(keys.Length);
        for (int row = 0; row < keys.Length; row++) _rows[keys[row]] = row;
    }

    public TextFeatureOptions Options { get; }

    public ulong[] Keys { get; }

    public float[] RowWeights { get; }

    public int Rows => Keys.Length;

    /// <summary>Finds the features of training texts; rows are in order of first appearance.</summary>
    public static TextFeatures Of(IReadOnlyList<string> texts, TextFeatureOptions options)
    {
        Dictionary<ulong, FeatureCount> counts = [];
        TokenBuffer tokens = new();
        List<Feature> found = [];
        for (int n = 0; n < texts.Count; n++)
        {
            Find(texts[n], options, tokens, found);
            foreach (Feature feature in found)
            {
                ref FeatureCount count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, feature.Key, out _);
                count.Count++;
                count.Kind = feature.Kind;
                if (count.LastText == n + 1) continue;
                count.LastText = n + 1;
                count.Texts++;
            }
        }

        List<ulong> keys = [];
        List<float> weights = [];
        int least = LeastTexts(counts, options);
        foreach ((ulong key, FeatureCount count) in counts)
        {
            if (!Kept(count, options) || count.Texts < least) continue;
            keys.Add(key);
            weights.Add(WeightOf(count, texts.Count, options));
        }

        return new TextFeatures(options, [.. keys], [.. weights]);
    }

    /// <summary>These features and further ones, which weigh as much as these do on average: those of an embedding learned elsewhere.</summary>
    public TextFeatures With(ulong[] keys)
    {
        ulong[] further = [.. keys.Where(key => !_rows.ContainsKey(key))];
        float weight = RowWeights.Length == 0 ? 1 : RowWeights.Average();
        return new TextFeatures(Options, [.. Keys, .. further], [.. RowWeights, .. Enumerable.Repeat(weight, further.Length)]);
    }

    /// <summary>The row of a feature; −1 when there is none.</summary>
    public int RowOf(ulong key) => _rows.GetValueOrDefault(key, -1);

    /// <summary>The row of a word; −1 when training did not see it.</summary>
    public int RowOf(ReadOnlySpan<char> word) => _rows.GetValueOrDefault(Hash(word, WordSalt), -1);

    /// <summary>The weighted bag of a text: rows rise, weights have Euclidean norm 1. Empty when no feature is known.</summary>
    public FeatureBag Encode(string text)
    {
        List<Feature> found = [];
        Find(text, Options, new TokenBuffer(), found);
        List<int> rows = [];
        foreach (Feature feature in found)
        {
            if (_rows.TryGetValue(feature.Key, out int row)) rows.Add(row);
        }

        rows.Sort();
        return Weigh(CollectionsMarshal.AsSpan(rows));
    }

    private FeatureBag Weigh(ReadOnlySpan<int> sorted)
    {
        int distinct = 0;
        for (int n = 0; n < sorted.Length; n++) distinct += n == 0 || sorted[n] != sorted[n - 1] ? 1 : 0;
        int[] rows = new int[distinct];
        float[] weights = new float[distinct];
        float squares = 0;
        for (int n = 0, at = 0; n < sorted.Length; at++)
        {
            int first = n;
            while (n < sorted.Length && sorted[n] == sorted[first]) n++;
            rows[at] = sorted[first];
            weights[at] = (1 + VectorFunctions.Log(n - first)) * RowWeights[sorted[first]];
            squares += weights[at] * weights[at];
        }

        if (squares > 0) FixedLanes.Scale(weights, 1 / MathF.Sqrt(squares));
        return new FeatureBag(rows, weights);
    }

    private static void Find(string text, TextFeatureOptions options, TokenBuffer tokens, List<Feature> found)
    {
        found.Clear();
        TextTokenizer.Tokenize(text, options.Lowercase, tokens);
        // Begin and end of a text count as words of an n-gram: "how many" at the start of a question says what it asks for.
        Span<ulong> words = tokens.Count + 2 <= MaxStackWords ? stackalloc ulong[tokens.Count + 2] : new ulong[tokens.Count + 2];
        words[0] = BeginSalt;
        words[^1] = EndSalt;
        for (int n = 0; n < tokens.Count; n++)
        {
            ulong key = words[n + 1] = Hash(tokens[n], WordSalt);
            found.Add(new Feature(key, FeatureKind.Word));
            if (options.MinCharacters > 0) FindCharacters(tokens[n], options, found);
        }

        for (int last = 1; last < words.Length; last++)
        {
            ulong gram = words[last];
            for (int back = 1; back < options.WordNgrams && back <= last; back++)
            {
                gram = Xoshiro256.Mix((gram * FnvPrime) ^ words[last - back] ^ NgramSalt);
                found.Add(new Feature(gram, FeatureKind.WordNgram));
            }
        }
    }

    private static void FindCharacters(ReadOnlySpan<char> word, TextFeatureOptions options, List<Feature> found)
    {
        Span<char> marked = stackalloc char[(2 * TextTokenizer.MaxTokenLength) + 2];
        marked[0] = '<';
        word.CopyTo(marked[1..]);
        int length = word.Length + 2;
        marked[length - 1] = '>';
        for (int from = 0; from < length; from++)
        {
            if (char.IsLowSurrogate(marked[from])) continue;
            ulong hash = CharacterSalt;
            int characters = 0;
            for (int at = from; at < length && characters < options.MaxCharacterNgram; at++)
            {
                hash = (hash ^ marked[at]) * FnvPrime;
                if (char.IsHighSurrogate(marked[at])) continue;
                characters++;
                // The whole word is a feature already, and a lone mark says nothing.
                bool whole = from == 0 && at == length - 1, mark = characters == 1 && (from == 0 || at == length - 1);
                if (characters >= options.MinCharacters && !whole && !mark) found.Add(new Feature(Xoshiro256.Mix(hash), FeatureKind.CharacterNgram));
            }
        }
    }

    private static ulong Hash(ReadOnlySpan<char> word, ulong hash)
    {
        foreach (char unit in word) hash = (hash ^ unit) * FnvPrime;
        return Xoshiro256.Mix(hash);
    }

    /// <summary>1 + ln((1 + N) / (1 + df)) to its power, and less for characters.</summary>
    private static float WeightOf(FeatureCount count, int texts, TextFeatureOptions options)
    {
        float idf = 1 + VectorFunctions.Log((1f + texts) / (1f + count.Texts));
        float weight = VectorFunctions.Exp((float)options.IdfPower * VectorFunctions.Log(idf));
        return count.Kind == FeatureKind.CharacterNgram ? weight * (float)options.CharacterWeight : weight;
    }

    private static bool Kept(FeatureCount count, TextFeatureOptions options) =>
        count.Kind == FeatureKind.Word ? count.Count >= options.MinCount : count.Texts >= options.MinNgramTexts;

    /// <summary>The number of texts below which features are dropped so that no more than the greatest number stay.</summary>
    private static int LeastTexts(Dictionary<ulong, FeatureCount> counts, TextFeatureOptions options)
    {
        Dictionary<int, int> byTexts = [];
        int kept = 0;
        foreach (FeatureCount count in counts.Values)
        {
            if (!Kept(count, options)) continue;
            kept++;
            CollectionsMarshal.GetValueRefOrAddDefault(byTexts, count.Texts, out _)++;
        }

        int least = 0;
        foreach ((int texts, int number) in byTexts.OrderBy(pair => pair.Key))
        {
            if (kept <= options.MaxFeatures) break;
            kept -= number;
            least = texts + 1;
        }

        return least;
    }

    private enum FeatureKind
    {
        Word,
        WordNgram,
        CharacterNgram,
    }

    private readonly record struct Feature(ulong Key, FeatureKind Kind);

    private struct FeatureCount
    {
        public int Count, Texts, LastText;
        public FeatureKind Kind;
    }
}

/// <summary>An example as the list of its features, each once, with a weight.</summary>
internal readonly record struct FeatureBag(int[] Rows, float[] Weights);
