using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.SkipGram;

public sealed class WordVectorsTests : IDisposable
{
    private static readonly string[] Fruits = ["apple", "pear", "plum", "cherry"], Tools = ["hammer", "saw", "drill", "wrench"];
    private static readonly SkipGramOptions Options = new() { Dimension = 16, Epochs = 20, MinCount = 1, Sample = 1, Window = 3, LearningRate = 0.1 };

    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Words_with_the_same_neighbours_lie_together()
    {
        WordVectors vectors = WordVectors.Train(Corpus(300), Options);
        double same = Cosine(vectors, "apple", "plum"), other = Cosine(vectors, "apple", "hammer");
        Assert.True(same > other + 0.2, $"{same} against {other}; {TestSeed.Describe}");
    }

    [Fact]
    public void A_word_that_was_never_seen_is_understood_through_its_parts()
    {
        WordVectors vectors = WordVectors.Train(Corpus(300), Options);
        Assert.False(vectors.Words.TryGetRow("hammers", out _));
        Assert.True(Cosine(vectors, "hammers", "hammer") > Cosine(vectors, "hammers", "cherry"), TestSeed.Describe);
        float[] vector = new float[vectors.Dimension];
        Assert.False(vectors.Encode("東京", vector));
    }

    [Fact]
    public void One_seed_gives_one_model_and_its_file_gives_back_the_same_bits()
    {
        IReadOnlyList<string> corpus = Corpus(60);
        WordVectors trained = WordVectors.Train(corpus, Options with { Epochs = 2 });
        string digest = Save(trained, "1");
        Assert.Equal(digest, Save(WordVectors.Train(corpus, Options with { Epochs = 2 }), "again"));
        WordVectors loaded = Assert.IsType<WordVectors>(EncoderModelFile.Load(_folder.Combine("1")).Encoder);
        Assert.Equal(trained.Space, loaded.Space);
        Assert.Equal(trained.EncodeWords().ToCompact(5), loaded.EncodeWords().ToCompact(5));
        Assert.NotEqual(digest, Save(WordVectors.Train(corpus, Options with { Epochs = 2, Seed = 2 }), "other"));
    }

    [Fact]
    public void The_vectors_of_all_words_have_nothing_in_common()
    {
        WordVectors vectors = WordVectors.Train(Corpus(100), Options with { Epochs = 2 });
        VectorTable input = vectors.ToParts().Weights["input"];
        TextFeatures features = new(TextFeatureOptions.OfParameters(vectors.ToParts().Parameters), vectors.ToParts().Keys["features"], new float[input.Rows]);
        double[] mean = new double[vectors.Dimension];
        double length = 0;
        foreach (string word in vectors.Words.Ids)
        {
            int[] rows = features.Encode(word).Rows;
            double[] vector = [.. Enumerable.Range(0, mean.Length).Select(d => rows.Average(row => (double)input[row][d]))];
            for (int d = 0; d < mean.Length; d++) mean[d] += vector[d];
            length += Math.Sqrt(vector.Sum(x => x * x));
        }

        Assert.InRange(Math.Sqrt(mean.Sum(x => x * x)), 0, 1e-4 * length);
    }

    [Fact]
    public void A_word_that_a_text_repeats_without_end_does_not_spoil_the_others()
    {
        List<string> corpus = Corpus(300);
        corpus.Add(string.Join(' ', Enumerable.Repeat("ax", 50_000)));
        WordVectors vectors = WordVectors.Train(corpus, Options with { Epochs = 5 });
        Assert.True(Cosine(vectors, "apple", "plum") > Cosine(vectors, "apple", "hammer") + 0.2, TestSeed.Describe);
    }

    [Fact]
    public void Judged_pairs_and_analogies_are_measured_beside_other_vectors()
    {
        WordVectors vectors = WordVectors.Train(Corpus(100), Options with { Epochs = 5 });
        VectorTable table = vectors.EncodeWords();
        NamedVectors same = new(vectors.Words.Ids, table);
        string pairs = _folder.Write("pairs.txt", "apple plum 9\napple hammer 1\nsaw drill 8\nunheard東 saw 1\npear saw 2\n");
        WordSimilarityReport report = WordBenchmark.Similarity(pairs, vectors, same, 1);
        Assert.Equal((4, 5), (report.Pairs, report.All));
        Assert.Equal(report.Spearman, report.Beside!.Value, 6);
        Assert.True(report.Difference is ( >= -1e-6, <= 1e-6));
        string questions = _folder.Write("questions.txt", ": kinds\napple pear hammer saw\napple pear hammer nothing\n");
        WordAnalogyReport analogies = WordBenchmark.Analogies(questions, vectors, same, threads: 1);
        Assert.Equal((1, 2), (analogies.Questions, analogies.All));
        Assert.Equal(analogies.Correct, analogies.Beside);
        Assert.Equal(2, Assert.Throws<DataFormatException>(() => WordBenchmark.Similarity(_folder.Write("bad.txt", "a b 1\na b\n"), vectors, null, 1)).Line);
    }

    [Fact]
    public void All_faults_of_the_options_come_at_once()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(() => WordVectors.Train(["a b"], new() { Dimension = 0, Window = 0, Negatives = 0, Sample = 0 }));
        foreach (string name in (string[])["Dimension", "Window", "Negatives", "Sample"]) Assert.Contains(name, fault.Message, StringComparison.Ordinal);
    }

    private static double Cosine(WordVectors vectors, string a, string b)
    {
        float[] x = new float[vectors.Dimension], y = new float[vectors.Dimension];
        Assert.True(vectors.Encode(a, x) && vectors.Encode(b, y));
        return FixedLanes.Dot(x, y);
    }

    private string Save(WordVectors vectors, string name) => EncoderModelFile.Save(new EncoderModel(vectors, new ModelCard()), _folder.Combine(name));

    private static List<string> Corpus(int count)
    {
        Xoshiro256 random = new(TestSeed.Value, 77);
        List<string> texts = [];
        for (int n = 0; n < count; n++)
        {
            string[] words = n % 2 == 0 ? Fruits : Tools;
            string about = n % 2 == 0 ? "sweet ripe juicy" : "steel heavy sharp";
            texts.Add($"{about} {words[random.NextInt(4)]} {about} {words[random.NextInt(4)]}");
        }

        return texts;
    }
}
