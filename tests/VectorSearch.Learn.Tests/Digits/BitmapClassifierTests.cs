using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Digits;

public sealed class BitmapClassifierTests : IDisposable
{
    private static readonly BitmapClassifierOptions Options = new()
    {
        Dimension = 8, Hidden = [24], Epochs = 12, Batch = 16, LearningRate = 5e-3, Threads = 1, Augmentation = BitmapAugmentation.Default.Times(0.3),
    };

    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Strokes_that_were_not_seen_get_their_class_whichever_way_ink_and_ground_are(bool dark)
    {
        LabelledImages test = InkSamples.Make(90, salt: 2, dark);
        BitmapClassifier classifier = BitmapClassifier.Train(InkSamples.Make(300, salt: 1, dark), Options);
        ClassificationReport report = new(3, test.LabelOf, classifier.Predict(test));
        Assert.True(report.Accuracy > 0.9, $"accuracy {report.Accuracy}; {TestSeed.Describe}");
    }

    [Fact]
    public void The_embedding_is_the_sum_of_the_inked_pixels_over_the_root_of_their_number()
    {
        BitmapClassifier classifier = BitmapClassifier.Train(InkSamples.Make(30, salt: 3), Options with { Epochs = 1 });
        PixelImage two = Picture((3, 4), (5, 6)), first = Picture((3, 4)), second = Picture((5, 6));
        float[] sum = Embed(two), a = Embed(first), b = Embed(second);
        for (int n = 0; n < sum.Length; n++) Assert.Equal((a[n] + b[n]) / MathF.Sqrt(2), sum[n], 5);

        float[] Embed(PixelImage image)
        {
            float[] vector = new float[classifier.Dimension];
            classifier.Embed(image, vector);
            return vector;
        }

        static PixelImage Picture(params (int X, int Y)[] inked)
        {
            byte[] ink = new byte[InkSamples.Side * InkSamples.Side];
            foreach ((int x, int y) in inked) ink[(y * InkSamples.Side) + x] = 255;
            return new PixelImage(InkSamples.Side, InkSamples.Side, 1, ink);
        }
    }

    [Fact]
    public void Numbers_beside_the_picture_decide_where_the_picture_cannot()
    {
        Xoshiro256 random = new(TestSeed.Value, 9);
        LabelledImages plain = InkSamples.Make(200, salt: 4);
        int[] labels = [.. plain.LabelOf.Select((_, n) => n / 3 % 2)];
        LabelledImages told = plain with
        {
            Labels = new Vocabulary(["low", "high"]), Columns = new Vocabulary(["height"]), LabelOf = labels, Numbers = [.. labels.Select(label => new[] { 100f + (20 * label) + random.NextNormal() })],
        };
        BitmapClassifier classifier = BitmapClassifier.Train(told.Take([.. Enumerable.Range(0, 150)]), Options);
        LabelledImages test = told.Take([.. Enumerable.Range(150, 50)]);
        Assert.True(new ClassificationReport(2, test.LabelOf, classifier.Predict(test)).Accuracy > 0.95, TestSeed.Describe);
    }

    [Fact]
    public void One_seed_gives_one_model_at_any_number_of_threads_and_its_file_gives_back_the_same_bits()
    {
        LabelledImages train = InkSamples.Make(60, salt: 5);
        string[] digests = [.. new[] { 1, 2, 4 }.Select(threads => Save(BitmapClassifier.Train(train, Options with { Threads = threads, Epochs = 3 }), $"{threads}"))];
        Assert.Equal(digests[0], digests[1]);
        Assert.Equal(digests[0], digests[2]);
        BitmapClassifier trained = BitmapClassifier.Train(train, Options with { Epochs = 3 });
        BitmapClassifier loaded = Assert.IsType<BitmapClassifier>(EncoderModelFile.Load(_folder.Combine("1")).Encoder);
        Assert.Equal(trained.Space, loaded.Space);
        float[] before = new float[8], after = new float[8];
        Assert.True(trained.Encode(train.Images[0], before));
        Assert.True(loaded.Encode(train.Images[0], after));
        Assert.Equal(before, after);
        Assert.Equal(trained.Predict(train), loaded.Predict(train));
        Assert.NotEqual(digests[0], Save(BitmapClassifier.Train(train, Options with { Epochs = 3, Seed = 2 }), "other"));
    }

    [Fact]
    public void A_picture_without_changes_comes_out_of_the_distortion_as_it_is()
    {
        PixelImage image = InkSamples.Make(3, salt: 6).Images[2];
        Xoshiro256 random = new(1);
        FeatureBag drawn = new BitmapDistortion(InkSamples.Side, InkSamples.Side, default).Draw(image.Samples, ref random);
        Assert.Equal(BitmapOptions.ToBag(image.Samples).Rows, drawn.Rows);
    }

    [Fact]
    public void A_picture_moved_at_random_keeps_about_its_ink()
    {
        PixelImage image = InkSamples.Make(3, salt: 7).Images[2];
        BitmapDistortion distortion = new(InkSamples.Side, InkSamples.Side, BitmapAugmentation.Default with { Elastic = 0, Bold = 0 });
        int before = BitmapOptions.ToBag(image.Samples).Rows.Length;
        double[] after = [.. Enumerable.Range(0, 200).Select(n =>
        {
            Xoshiro256 random = new(TestSeed.Value, (ulong)n);
            return (double)distortion.Draw(image.Samples, ref random).Rows.Length;
        })];
        Assert.InRange(after.Average(), before * 0.6, before * 1.4);
        Assert.True(after.Distinct().Count() > 3);
    }

    [Fact]
    public void All_faults_of_the_options_come_at_once()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(() => BitmapClassifier.Train(InkSamples.Make(6, salt: 8), new() { Dimension = 0, Epochs = 0, Batch = 0, LearningRate = -1 }));
        foreach (string name in (string[])["Dimension", "Epochs", "Batch", "LearningRate"]) Assert.Contains(name, fault.Message, StringComparison.Ordinal);
    }

    private string Save(BitmapClassifier classifier, string name) => EncoderModelFile.Save(new EncoderModel(classifier, new ModelCard()), _folder.Combine(name));
}
