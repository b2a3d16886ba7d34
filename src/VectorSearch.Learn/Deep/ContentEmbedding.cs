namespace VectorSearch.Learn;

/// <summary>
/// A second embedding of films, made of what is known of them (genres, tags): the row of a film is Σ over its features of their
/// rows, divided by the square root of their number. The features' rows are learned; a trained network needs only the films'.
/// </summary>
internal sealed class ContentEmbedding
{
    public const string Name = "content";

    private readonly WeightedBag? _bag;
    private readonly FeatureBag[] _features = [];
    private int[] _films = [];

    private ContentEmbedding(Parameter rows) => Rows = rows;

    private ContentEmbedding(Parameter rows, Parameter features, FeatureBag[] featuresOf, int threads)
        : this(rows)
    {
        Features = features;
        _features = featuresOf;
        _bag = new WeightedBag(features, threads);
    }

    /// <summary>Rows of the films: derived, none of the optimiser's business.</summary>
    public Parameter Rows { get; }

    /// <summary>Rows of the features; null in a trained network.</summary>
    public Parameter? Features { get; }

    /// <summary>An embedding with random start values; null when no film has a feature.</summary>
    public static ContentEmbedding? Create(Vocabulary films, ItemFeatures features, DeepOptions options)
    {
        Vocabulary names = new(films.Ids.SelectMany(features.Of).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        if (names.Count == 0) return null;
        FeatureBag[] of = [.. films.Ids.Select(film => BagOf([.. features.Of(film).Select(names.RowOf)]))];
        return new ContentEmbedding(
            new Parameter(Name, films.Count, options.Dimension, sparse: true),
            new Parameter("features", names.Count, options.Dimension, sparse: true).Initialise(options.Seed, 30, 0.1), of, options.Threads);
    }

    /// <summary>That of a model file.</summary>
    public static ContentEmbedding Frozen(VectorTable rows) => new(Parameter.Frozen(Name, rows));

    /// <summary>Makes the rows of the films of a batch anew.</summary>
    public void Refresh(IEnumerable<int> films)
    {
        if (_bag is null) return;
        _films = [.. films.Distinct()];
        int stride = Rows.Stride;
        float[] values = new float[_films.Length * stride];
        _bag.Forward(BagsOfBatch(), values, stride);
        for (int n = 0; n < _films.Length; n++) values.AsSpan(n * stride, stride).CopyTo(Rows.Value.AsSpan(_films[n] * stride));
    }

    /// <summary>Takes the gradient of the films of the batch on to their features, and clears it.</summary>
    public void Backward()
    {
        int stride = Rows.Stride;
        float[] gradient = new float[_films.Length * stride];
        for (int n = 0; n < _films.Length; n++)
        {
            Span<float> row = Rows.Gradient.AsSpan(_films[n] * stride, stride);
            row.CopyTo(gradient.AsSpan(n * stride));
            row.Clear();
        }

        _bag!.Backward(BagsOfBatch(), gradient, stride);
    }

    private FeatureBag[] BagsOfBatch() => [.. _films.Select(film => _features[film])];

    private static FeatureBag BagOf(int[] rows)
    {
        float[] weights = new float[rows.Length];
        Array.Fill(weights, EmbeddingBag.Scale(rows.Length));
        return new FeatureBag(rows, weights);
    }
}
