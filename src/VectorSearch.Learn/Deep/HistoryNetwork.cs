using System.Globalization;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// From a history to a vector: the embedding of the watched films, joined by that of their content and by the logarithm of
/// their number, through hidden layers, and added to the embeddings themselves, so that the layers learn what the plain sum misses.
/// </summary>
internal sealed class HistoryNetwork
{
    private const string InputName = "input";

    private readonly HistorySum _sum;
    private readonly DenseLayer[] _layers;
    private readonly int _dimension, _stride, _joined;

    private HistoryNetwork(Parameter input, IReadOnlyList<Parameter> layers, ContentEmbedding? content, Parameter? ages, int threads)
    {
        Films = input;
        Content = content;
        _sum = new HistorySum(input, content, ages is null ? null : new AgeWeights(ages), threads);
        _dimension = input.Columns;
        _stride = input.Stride;
        _joined = NormalEquations.Stride(_sum.Columns + 1);
        int count = layers.Count / 2;
        _layers = [.. Enumerable.Range(0, count).Select(n => new DenseLayer(
            layers[2 * n], layers[(2 * n) + 1], n == count - 1 ? Activation.Identity : Activation.Tanh, threads))];
        Parameters = [input, .. layers, .. new[] { content?.Features, ages }.OfType<Parameter>()];
    }

    /// <summary>The embedding, W and b of each layer, and where there are any the features and the ages.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The embedding of the watched films.</summary>
    public Parameter Films { get; }

    /// <summary>What is known of the films; null for nothing.</summary>
    public ContentEmbedding? Content { get; }

    /// <summary>A network with random start values.</summary>
    /// <param name="films">The films.</param>
    /// <param name="features">What is known of them; null for nothing.</param>
    /// <param name="times">Whether histories come with times.</param>
    /// <param name="options">Hyper-parameters.</param>
    public static HistoryNetwork Create(Vocabulary films, ItemFeatures? features, bool times, DeepOptions options)
    {
        ContentEmbedding? content = features is null ? null : ContentEmbedding.Create(films, features, options);
        List<Parameter> layers = [];
        int inputs = (content is null ? 1 : 2) * options.Dimension + 1;
        for (int n = 0; n <= options.HiddenLayers; n++)
        {
            int units = n == options.HiddenLayers ? options.Dimension : options.HiddenUnits;
            // The last layer starts small, so that training begins from the plain sum.
            double gain = n == options.HiddenLayers ? 0.1 : 1;
            layers.Add(new Parameter(Name("weight", n), units, inputs, sparse: false).Initialise(options.Seed, 12 + (ulong)n, gain / Math.Sqrt(inputs)));
            layers.Add(new Parameter(Name("bias", n), 1, units, sparse: false));
            inputs = units;
        }

        return new HistoryNetwork(
            new Parameter(InputName, films.Count, options.Dimension, sparse: true).Initialise(options.Seed, 11, 0.1), layers, content,
            times ? new Parameter(AgeWeights.Name, 1, AgeWeights.Buckets, sparse: false) : null, options.Threads);
    }

    /// <summary>The network of a model file.</summary>
    public static HistoryNetwork Of(IReadOnlyDictionary<string, VectorTable> tables)
    {
        List<Parameter> layers = [];
        for (int n = 0; tables.TryGetValue(Name("weight", n), out VectorTable? weight); n++)
        {
            layers.Add(Parameter.Frozen(Name("weight", n), weight));
            layers.Add(Parameter.Frozen(Name("bias", n), tables[Name("bias", n)]));
        }

        return new HistoryNetwork(
            Parameter.Frozen(InputName, tables[InputName]), layers,
            tables.TryGetValue(ContentEmbedding.Name, out VectorTable? content) ? ContentEmbedding.Frozen(content) : null,
            tables.TryGetValue(AgeWeights.Name, out VectorTable? ages) ? Parameter.Frozen(AgeWeights.Name, ages) : null, threads: 1);
    }

    /// <summary>Copies of the tables that <see cref="Of"/> takes.</summary>
    public Dictionary<string, VectorTable> ToTables()
    {
        Content?.Refresh(Enumerable.Range(0, Content.Rows.Rows));
        return Parameters.Where(parameter => parameter != Content?.Features).Append(Content?.Rows).OfType<Parameter>()
            .ToDictionary(parameter => parameter.Name, parameter => parameter.Table.Copy());
    }

    /// <summary>Vectors of a batch of histories, batch × stride.</summary>
    public float[] Forward(WatchedFilms[] histories)
    {
        int batch = histories.Length, content = _sum.Columns - _dimension;
        _sum.Forward(histories);
        float[] values = new float[batch * _joined];
        for (int n = 0; n < batch; n++)
        {
            Span<float> row = values.AsSpan(n * _joined, _joined);
            _sum.Films.AsSpan(n * _stride, _dimension).CopyTo(row);
            if (content > 0) _sum.Content.AsSpan(n * _stride, content).CopyTo(row[_dimension..]);
            row[_sum.Columns] = VectorFunctions.Log(1 + histories[n].Total) * 0.25f;
        }

        foreach (DenseLayer layer in _layers) values = layer.Forward(values, batch);
        FixedLanes.Add(values, 1, _sum.Films);
        if (content > 0) FixedLanes.Add(values, 1, _sum.Content);
        return values;
    }

    /// <summary>Takes the gradient of the vectors of the last batch back to all parameters.</summary>
    public void Backward(float[] gradient)
    {
        int batch = gradient.Length / _stride, content = _sum.Columns - _dimension;
        float[] films = [.. gradient], contents = content > 0 ? [.. gradient] : [], back = gradient;
        for (int n = _layers.Length - 1; n >= 0; n--) back = _layers[n].Backward(back, batch);
        for (int n = 0; n < batch; n++)
        {
            ReadOnlySpan<float> row = back.AsSpan(n * _joined, _joined);
            FixedLanes.Add(films.AsSpan(n * _stride, _dimension), 1, row[.._dimension]);
            if (content > 0) FixedLanes.Add(contents.AsSpan(n * _stride, content), 1, row.Slice(_dimension, content));
        }

        _sum.Backward(films, contents);
    }

    private static string Name(string kind, int layer) => string.Create(CultureInfo.InvariantCulture, $"{kind}.{layer}");
}
