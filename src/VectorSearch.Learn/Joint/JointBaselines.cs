using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// What a joint space of texts and pictures must beat: linear methods between bags of words and pixels, tuned on groups held out
/// of training. Ridge regression predicts the pixels from the words; canonical correlation analysis (Hotelling, 1936) finds the
/// directions in which both agree. One example is one picture with the mean bag of its texts.
/// </summary>
internal static class JointBaselines
{
    private const double ValidationFraction = 0.2;
    private const int MostPictures = 4000, Axes = 128;
    private static readonly double[] Penalties = [0.1, 0.3, 1, 3, 10];

    /// <summary>Measures both, in both directions between the first columns of texts and of pictures; empty where there are none.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<RetrievalReport>> Measure(JointTable train, JointTable test, ulong seed, int threads)
    {
        Dictionary<string, IReadOnlyList<RetrievalReport>> measured = [];
        JointColumn? text = train.Columns.FirstOrDefault(column => column.Kind == JointKind.Text), image = train.Columns.FirstOrDefault(column => column.Kind == JointKind.Image);
        if (text is null || image is null || test.IndexOf(text.Name) < 0 || test.IndexOf(image.Name) < 0) return measured;
        (JointTable fit, JointTable held) = train.SplitGroups(ValidationFraction, seed);
        foreach ((string name, Func<PairedViews, double, JointTable, int, List<RetrievalReport>> run) in
            new (string, Func<PairedViews, double, JointTable, int, List<RetrievalReport>>)[] { ("ridge", Ridge), ("cca", Correlations) })
        {
            PairedViews some = PairedViews.Of(fit, text.Name, image.Name, MostPictures, seed, threads), all = PairedViews.Of(train, text.Name, image.Name, MostPictures, seed, threads);
            double best = Penalties.MaxBy(penalty => run(some, penalty, held, threads)[0].Recall[10]);
            measured[FormattableString.Invariant($"{name} (penalty {best})")] = run(all, best, test, threads);
        }

        return measured;
    }

    /// <summary>Pixels predicted from words, in dual form: Kα = pixels with K = words·wordsᵀ + λI.</summary>
    private static List<RetrievalReport> Ridge(PairedViews views, double penalty, JointTable table, int threads)
    {
        float[] kernel = SymmetricEigen.Gram(views.Words, threads);
        int n = views.Words.Rows;
        for (int i = 0; i < n; i++) kernel[(i * n) + i] += (float)penalty;
        unsafe
        {
            fixed (float* k = kernel)
            {
                if (!SymmetricInverse.TryInvert(k, n, threads)) throw new LearningException($"Ridge regression with penalty {penalty} has no solution.");
            }
        }

        VectorTable weights = SymmetricEigen.Multiply(kernel, n, views.Pixels, threads);
        VectorTable words = views.WordsOf(table, threads), pixels = views.PixelsOf(table, threads), predicted = SymmetricEigen.Multiply(SymmetricEigen.Products(words, views.Words, threads), n, weights, threads);
        return Both(views, table, predicted, pixels, threads);
    }

    /// <summary>Both views on their principal axes, shrunk by s/√(s² + λs̄²), then turned to where they agree most.</summary>
    private static List<RetrievalReport> Correlations(PairedViews views, double penalty, JointTable table, int threads)
    {
        Whitening words = Whitening.Of(views.Words, Math.Min(Axes, views.Words.Rows - 1), penalty, threads), pixels = Whitening.Of(views.Pixels, Math.Min(Axes, views.Words.Rows - 1), penalty, threads);
        VectorTable a = words.Apply(views.Words, threads), b = pixels.Apply(views.Pixels, threads);
        (VectorTable left, VectorTable right) = SymmetricEigen.Agreement(a, b);
        VectorTable asked = SymmetricEigen.Map(words.Apply(views.WordsOf(table, threads), threads), left), answers = SymmetricEigen.Map(pixels.Apply(views.PixelsOf(table, threads), threads), right);
        return Both(views, table, asked, answers, threads);
    }

    private static List<RetrievalReport> Both(PairedViews views, JointTable table, VectorTable words, VectorTable pixels, int threads)
    {
        for (int n = 0; n < words.Rows; n++) FixedLanes.TryNormalise(words.Writable(n));
        for (int n = 0; n < pixels.Rows; n++) FixedLanes.TryNormalise(pixels.Writable(n));
        int text = table.IndexOf(views.Text), image = table.IndexOf(views.Image);
        return
        [
            .. RetrievalReport.Of(table, text, image, (a, b) => FixedLanes.Dot(words[a], pixels[b]), threads),
            .. RetrievalReport.Of(table, image, text, (a, b) => FixedLanes.Dot(pixels[a], words[b]), threads),
        ];
    }
}

/// <summary>Pictures with the mean bags of their texts, both less their mean over training.</summary>
internal sealed class PairedViews
{
    private const int MostWords = 2000;

    private readonly TextFeatures _features;
    private readonly int[] _kept;
    private readonly float[] _wordMean, _pixelMean;

    private PairedViews(string text, string image, TextFeatures features, int[] kept, VectorTable words, VectorTable pixels)
    {
        (Text, Image, _features, _kept, Words, Pixels) = (text, image, features, kept, words, pixels);
        (_wordMean, _pixelMean) = (Centre(words), Centre(pixels));
    }

    public string Text { get; }

    public string Image { get; }

    public VectorTable Words { get; }

    public VectorTable Pixels { get; }

    public static PairedViews Of(JointTable table, string text, string image, int most, ulong seed, int threads)
    {
        int textColumn = table.IndexOf(text), imageColumn = table.IndexOf(image);
        Dictionary<int, HashSet<int>> textsOf = [];
        foreach (int[] row in table.Rows.Where(row => row[textColumn] >= 0 && row[imageColumn] >= 0))
        {
            if (!textsOf.TryGetValue(row[imageColumn], out HashSet<int>? texts)) textsOf.Add(row[imageColumn], texts = []);
            texts.Add(row[textColumn]);
        }

        int[] pictures = [.. textsOf.Keys.Order()];
        new Xoshiro256(seed, 0x5714).Shuffle(pictures.AsSpan());
        pictures = pictures[..Math.Min(most, pictures.Length)];
        IReadOnlyList<string> names = table.Items[textColumn].Names;
        TextFeatures features = TextFeatures.Of([.. pictures.SelectMany(picture => textsOf[picture]).Distinct().Select(n => names[n])], new TextFeatureOptions { WordNgrams = 1, MinCharacters = 0, MaxCharacterNgram = 0 });
        Dictionary<int, int> uses = [];
        foreach (int picture in pictures)
        {
            foreach (int row in textsOf[picture].SelectMany(n => features.Encode(names[n]).Rows)) uses[row] = uses.GetValueOrDefault(row) + 1;
        }

        int[] kept = [.. uses.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Take(MostWords).Select(pair => pair.Key).Order()];
        VectorTable words = new(pictures.Length, Math.Max(1, kept.Length)), pixels = new(pictures.Length, Raw(table.Items[imageColumn].Images[pictures[0]]).Length);
        DeterministicParallel.For(pictures.Length, 16, threads, (from, to) =>
        {
            for (int n = from; n < to; n++)
            {
                HashSet<int> texts = textsOf[pictures[n]];
                foreach (int one in texts.Order()) AddBag(features.Encode(names[one]), kept, 1f / texts.Count, words.Writable(n));
                Raw(table.Items[imageColumn].Images[pictures[n]]).CopyTo(pixels.Writable(n));
            }
        });
        return new PairedViews(text, image, features, kept, words, pixels);
    }

    /// <summary>The bags of all texts of a table.</summary>
    public VectorTable WordsOf(JointTable table, int threads)
    {
        IReadOnlyList<string> names = table.Items[table.IndexOf(Text)].Names;
        VectorTable words = new(names.Count, Words.Dimension);
        DeterministicParallel.For(names.Count, 16, threads, (from, to) =>
        {
            for (int n = from; n < to; n++)
            {
                AddBag(_features.Encode(names[n]), _kept, 1, words.Writable(n));
                FixedLanes.Add(words.Writable(n), -1, _wordMean);
            }
        });
        return words;
    }

    /// <summary>The pixels of all pictures of a table.</summary>
    public VectorTable PixelsOf(JointTable table, int threads)
    {
        IReadOnlyList<PixelImage> images = table.Items[table.IndexOf(Image)].Images;
        VectorTable pixels = new(images.Count, Pixels.Dimension);
        DeterministicParallel.For(images.Count, 16, threads, (from, to) =>
        {
            for (int n = from; n < to; n++)
            {
                Raw(images[n]).CopyTo(pixels.Writable(n));
                FixedLanes.Add(pixels.Writable(n), -1, _pixelMean);
            }
        });
        return pixels;
    }

    private static float[] Raw(PixelImage image) => [.. image.Samples.Select(value => value / 255f)];

    private static void AddBag(FeatureBag bag, int[] kept, float weight, Span<float> words)
    {
        for (int e = 0; e < bag.Rows.Length; e++)
        {
            int at = Array.BinarySearch(kept, bag.Rows[e]);
            if (at >= 0) words[at] += weight * bag.Weights[e];
        }
    }

    private static float[] Centre(VectorTable table)
    {
        float[] mean = new float[table.Dimension];
        for (int n = 0; n < table.Rows; n++) FixedLanes.Add(mean, 1f / table.Rows, table[n]);
        for (int n = 0; n < table.Rows; n++) FixedLanes.Add(table.Writable(n), -1, mean);
        return mean;
    }
}
