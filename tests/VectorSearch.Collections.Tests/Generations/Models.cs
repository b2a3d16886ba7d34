using VectorSearch.Numerics;

namespace VectorSearch.Collections.Tests.Generations;

/// <summary>
/// Models that turn the letters a to h of a text into a vector of any dimension: each model, named by a number, gives its
/// own vectors. Digits are refused, and each has rows for the items that it was told of.
/// </summary>
internal sealed class NumberedModels : IFeatureEncoderResolver
{
    private readonly Dictionary<string, NumberedModel> _models = [];

    public NumberedModel Add(int number, int dimension = TestCatalog.Dimension, Metric metric = Metric.SquaredEuclidean, params string[] items) =>
        _models[NumberedModel.Name(number)] = new NumberedModel(number, dimension, metric, items);

    public void Remove(int number) => _models.Remove(NumberedModel.Name(number));

    public IFeatureEncoder? Resolve(string model, string question) =>
        question == NumberedModel.TheQuestion ? _models.GetValueOrDefault(model) : null;
}

/// <summary>See <see cref="NumberedModels"/>.</summary>
internal sealed class NumberedModel(int number, int dimension, Metric metric, string[] items) : IFeatureEncoder
{
    public const string TheQuestion = "texts";

    public string Model => Name(number);

    public string Question => TheQuestion;

    public SpaceId Space { get; } = SpaceId.Parse($"client:model@{number}");

    public int Dimension => dimension;

    public Metric Metric => metric;

    /// <summary>Called with every text that is encoded.</summary>
    public Action<string>? OnEncode { get; set; }

    public static string Name(int number) => $"sha256:{number:x4}";

    public void Encode(PointFeatures features, Span<float> vector)
    {
        string text = ((PointFeatures.Text)features).Content;
        OnEncode?.Invoke(text);
        if (text.Any(char.IsDigit)) throw new VectorSearchException(ErrorCode.InvalidArgument, $"The model knows no '{text}'.");
        VectorOf(text).CopyTo(vector);
    }

    public bool TryReadItem(string item, Span<float> vector)
    {
        if (!items.Contains(item)) return false;
        VectorOf("item" + item).CopyTo(vector);
        return true;
    }

    /// <summary>What the model makes of a text or, with the prefix, of an item.</summary>
    public float[] VectorOf(string text)
    {
        float[] vector = new float[dimension];
        for (int i = 0; i < text.Length; i++)
        {
            for (int d = 0; d < dimension; d++) vector[d] += (float)Math.Sin((text[i] * (7.1 + d)) + (i * (1.3 + (0.7 * d))) + (number * 11.7));
        }

        return vector;
    }

    /// <summary>A collection of this model's vectors.</summary>
    public CollectionDefinition Define(string name) => new()
    {
        Name = name, Dimension = dimension, Metric = metric, Space = Space, IdKind = IdKind.Number, Model = Model, Question = TheQuestion,
    };

    /// <summary>Asks for a rebuild with this model.</summary>
    public RebuildRequest Request(GenerationGate? gate = null) => new() { Target = new RebuildTarget { Model = Model, Question = TheQuestion }, Gate = gate };

    /// <summary>The text that a point of these tests is made from.</summary>
    public static string TextOf(int id, int version = 0)
    {
        Random random = new((id * 1000) + version);
        return string.Concat(Enumerable.Range(0, 6).Select(_ => (char)('a' + random.Next(26))));
    }

    public static UpsertBatch Texts(int first, int count, int version = 0) => new()
    {
        Ids = [.. Enumerable.Range(first, count).Select(id => new PointId((ulong)id))],
        Features = [.. Enumerable.Range(first, count).Select(id => new PointFeatures.Text(TextOf(id, version)))],
        Payloads = [.. Enumerable.Range(first, count).Select(id => TestCatalog.PayloadOf(id, version))],
    };
}
