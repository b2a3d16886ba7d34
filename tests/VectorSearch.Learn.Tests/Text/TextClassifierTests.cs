using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Text;

public sealed class TextClassifierTests : IDisposable
{
    private static readonly string[] Fruits = ["apple", "pear", "plum", "cherry", "grape", "peach"];
    private static readonly string[] Tools = ["hammer", "saw", "drill", "wrench", "chisel", "pliers"];

    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ClassificationLoss.Softmax)]
    [InlineData(ClassificationLoss.OneVersusAll)]
    public void Texts_that_were_not_seen_get_the_class_of_their_words(ClassificationLoss loss)
    {
        LabelledTexts train = Make(120, salt: 1), test = Make(60, salt: 2);
        TextClassifier classifier = TextClassifier.Train(train, Options() with { Loss = loss });
        ClassificationReport report = new(2, test.LabelOf, classifier.Predict(test.Texts));
        Assert.True(report.Accuracy > 0.95, $"accuracy {report.Accuracy}; {TestSeed.Describe}");
    }

    [Fact]
    public void Files_sorted_by_label_teach_as_much_as_shuffled_ones()
    {
        LabelledTexts mixed = Make(120, salt: 1), test = Make(60, salt: 2);
        int[] order = [.. Enumerable.Range(0, mixed.Count).OrderBy(n => mixed.LabelOf[n])];
        TextClassifier classifier = TextClassifier.Train(mixed.Take(order), Options());
        ClassificationReport report = new(2, test.LabelOf, classifier.Predict(test.Texts));
        Assert.True(report.Accuracy > 0.95, $"accuracy {report.Accuracy}; {TestSeed.Describe}");
    }

    [Fact]
    public void A_word_that_was_never_seen_is_understood_through_its_parts()
    {
        TextClassifier classifier = TextClassifier.Train(Make(120, salt: 1), Options());
        float[] known = new float[classifier.Dimension], unknown = new float[classifier.Dimension];
        Assert.True(classifier.Encode("hammer", known));
        Assert.True(classifier.Encode("hammers", unknown));
        Assert.True(FixedLanes.Dot(known, unknown) > 0.8f, $"cosine {FixedLanes.Dot(known, unknown)}");
        Assert.False(classifier.Encode("東京", unknown));
        Assert.All(unknown, value => Assert.Equal(0, value));
    }

    [Fact]
    public void An_embedding_from_another_task_helps_where_data_is_scarce_and_stays_as_it_is_when_frozen()
    {
        LabelledTexts much = Make(200, salt: 11), few = Make(4, salt: 12), test = Make(80, salt: 13);
        TextClassifier other = TextClassifier.Train(much, Options());
        TextLearningCurvePoint point = Assert.Single(TextLearningCurve.Run(few, test, new TextLearningRequest { Start = other, Epochs = 8, Threads = 1 }, [4], CancellationToken.None));
        Assert.True(point.Frozen > 0.9 && point.FineTuned > 0.9, $"{point}; {TestSeed.Describe}");
        Assert.True(point.Frozen > point.Scratch, $"{point}; {TestSeed.Describe}");
        TextClassifier frozen = TextClassifier.Train(few, Options() with { Start = other, Freeze = true });
        // A word that the few texts lack has the vector that it had.
        Assert.Equal(other.Features.Keys.Order(), frozen.Features.Keys.Intersect(other.Features.Keys).Order());
        ArgumentException fault = Assert.Throws<ArgumentException>(() => TextClassifier.Train(few, Options() with { Start = other, Dimension = 7 }));
        Assert.Contains("16", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vectors_from_another_task_may_be_long_and_lean_one_way_without_harm()
    {
        LabelledTexts much = Make(200, salt: 11), few = Make(20, salt: 12), test = Make(80, salt: 13);
        TextClassifier other = TextClassifier.Train(much, Options());
        EncoderParts parts = other.ToParts();
        VectorTable input = parts.Weights["input"], leaning = new(input.Rows, input.Dimension);
        for (int row = 0; row < input.Rows; row++)
        {
            for (int n = 0; n < input.Dimension; n++) leaning.Writable(row)[n] = 50 * (input[row][n] + 3);
        }

        TextClassifier turned = TextClassifier.OfParts(new EncoderParts
        {
            Parameters = parts.Parameters, Vocabularies = parts.Vocabularies, Keys = parts.Keys, Head = parts.Head,
            Weights = new Dictionary<string, VectorTable>(parts.Weights) { ["input"] = leaning },
        });
        foreach (bool freeze in new[] { true, false })
        {
            TextClassifier learned = TextClassifier.Train(few, Options() with { Start = turned, Freeze = freeze, Epochs = 40 });
            ClassificationReport report = new(2, test.LabelOf, learned.Predict(test.Texts));
            Assert.True(report.Accuracy > 0.9, $"accuracy {report.Accuracy}, frozen {freeze}; {TestSeed.Describe}");
        }
    }

    [Theory]
    [InlineData(50, 400)]
    [InlineData(2256, 10)]
    [InlineData(0, 20_000)]
    public void Few_texts_are_passed_over_more_often(int texts, int epochs) => Assert.Equal(epochs, new TextClassifierOptions { Epochs = 10 }.EpochsFor(texts));

    [Fact]
    public void Parts_at_the_begin_and_at_the_end_of_a_word_are_other_features_than_the_same_letters_inside()
    {
        // Only the marks tell them apart: 'cats' shares '<cat' alone, 'bobcat' shares 'cat>' alone, 'locate' neither.
        TextFeatures features = TextFeatures.Of(["cat"], new TextFeatureOptions { WordNgrams = 1, MinCharacters = 4, MaxCharacterNgram = 4, IdfPower = 0 });
        Assert.Equal(3, features.Rows);
        Assert.Empty(features.Encode("locate").Rows);
        Assert.Equal(KeyOf("<cat"), features.Keys[Assert.Single(features.Encode("cats").Rows)]);
        Assert.Equal(KeyOf("cat>"), features.Keys[Assert.Single(features.Encode("bobcat").Rows)]);

        // The hash that model files keep: FNV-1a from a start value of its own, mixed.
        static ulong KeyOf(string part) => Xoshiro256.Mix(part.Aggregate(0x2545f4914f6cdd1dUL, (hash, unit) => (hash ^ unit) * 0x100000001b3));
    }

    [Fact]
    public void One_seed_gives_one_model_at_any_number_of_threads()
    {
        LabelledTexts train = Make(90, salt: 3);
        string[] digests = [.. new[] { 1, 2, 4 }.Select(threads => Save(TextClassifier.Train(train, Options() with { Threads = threads, Dropout = 0.2 }), $"{threads}"))];
        Assert.Equal(digests[0], digests[1]);
        Assert.Equal(digests[0], digests[2]);
        Assert.NotEqual(digests[0], Save(TextClassifier.Train(train, Options() with { Seed = 2, Dropout = 0.2 }), "other"));
    }

    [Fact]
    public void A_model_file_gives_back_an_encoder_with_the_same_bits_and_space()
    {
        TextClassifier classifier = TextClassifier.Train(Make(60, salt: 4), Options());
        Save(classifier, "model");
        TextClassifier loaded = Assert.IsType<TextClassifier>(EncoderModelFile.Load(_folder.Combine("model")).Encoder);
        Assert.Equal(classifier.Space, loaded.Space);
        float[] before = new float[classifier.Dimension], after = new float[classifier.Dimension];
        foreach (string text in (string[])["a Ripe PEAR and a drill", "plums", "nothing known: 東京"])
        {
            Assert.Equal(classifier.Encode(text, before), loaded.Encode(text, after));
            Assert.Equal(before, after);
            Assert.Equal(classifier.Predict([text]), loaded.Predict([text]));
        }
    }

    [Fact]
    public void A_damaged_model_file_is_refused_with_section_and_offset()
    {
        Save(TextClassifier.Train(Make(60, salt: 4), Options()), "model");
        byte[] bytes = File.ReadAllBytes(_folder.Combine("model"));
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(_folder.Combine("model"), bytes);
        Assert.Contains("section", Assert.Throws<ModelFileException>(() => EncoderModelFile.Load(_folder.Combine("model"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_of_the_options_come_at_once()
    {
        TextClassifierOptions options = new() { Dimension = 0, Epochs = 0, LearningRate = double.NaN, Features = new() { WordNgrams = 9, MinCharacters = 5, MaxCharacterNgram = 3 } };
        ArgumentException fault = Assert.Throws<ArgumentException>(() => TextClassifier.Train(Make(10, salt: 5), options));
        foreach (string name in (string[])["Dimension", "Epochs", "LearningRate", "WordNgrams", "MinCharacters"]) Assert.Contains(name, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tuning_moves_only_to_what_does_better_and_ends_with_its_budget()
    {
        LabelledTexts train = Make(60, salt: 6);
        TextLearningOutcome outcome = TextLearning.Run(
            train, null, Make(20, salt: 7), new TextLearningRequest { Trials = 4, Epochs = 2, Dimension = 8, Threads = 1 }, null, CancellationToken.None);
        Assert.InRange(outcome.Trail.Count, 1, 4);
        Assert.Equal(outcome.Trail.Max(trial => trial.Score), outcome.Trail.First(trial => Same(trial.Values, outcome.Model.Card.HyperParameters)).Score);
    }

    private static bool Same(IReadOnlyDictionary<string, double> a, IReadOnlyDictionary<string, double> b) => a.All(pair => b[pair.Key] == pair.Value);

    private static TextClassifierOptions Options() => new() { Dimension = 16, Epochs = 8, Threads = 1 };

    private string Save(TextClassifier classifier, string name) => EncoderModelFile.Save(new EncoderModel(classifier, new ModelCard()), _folder.Combine(name));

    /// <summary>Sentences of common words with two words of one class and, sometimes, one of the other.</summary>
    private static LabelledTexts Make(int count, int salt)
    {
        Xoshiro256 random = new(TestSeed.Value, (ulong)salt);
        List<string> texts = [];
        int[] labels = new int[count];
        for (int n = 0; n < count; n++)
        {
            labels[n] = n % 2;
            string[] own = n % 2 == 0 ? Fruits : Tools, other = n % 2 == 0 ? Tools : Fruits;
            string noise = random.NextInt(5) == 0 ? other[random.NextInt(6)] : "thing";
            texts.Add($"there is a {own[random.NextInt(6)]} and the {own[random.NextInt(6)]} with {noise} of it");
        }

        return new LabelledTexts(new Vocabulary(["fruit", "tool"]), texts, labels);
    }
}
