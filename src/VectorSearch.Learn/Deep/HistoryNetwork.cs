using System.Globalization;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// From a history to a vector: the embedding of the watched films, joined by the logarithm of their number, through
/// hidden layers, and added to the embedding itself, so that the layers learn what the plain sum misses.
/// </summary>
internal sealed class HistoryNetwork
{
    private readonly EmbeddingBag _bag;
    private readonly DenseLayer[] _layers;
    private readonly int _dimension, _stride, _joined;

    public HistoryNetwork(IReadOnlyList<Parameter> parameters, int threads)
    {
        Parameters = parameters;
        Parameter input = Parameters[0];
        _bag = new EmbeddingBag(input, threads);
        _dimension = input.Columns;
        _stride = input.Stride;
        _joined = NormalEquations.Stride(_dimension + 1);
        int count = (Parameters.Count - 1) / 2;
        _layers = [.. Enumerable.Range(0, count).Select(n => new DenseLayer(
            Parameters[1 + (2 * n)], Parameters[2 + (2 * n)], n == count - 1 ? Activation.Identity : Activation.Tanh, threads))];
    }

    /// <summary>The embedding, then W and b of each layer.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>A network with random start values.</summary>
    public static HistoryNetwork Create(int items, DeepOptions options)
    {
        List<Parameter> parameters = [new Parameter("input", items, options.Dimension, sparse: true).Initialise(options.Seed, 11, 0.1)];
        int inputs = options.Dimension + 1;
        for (int n = 0; n <= options.HiddenLayers; n++)
        {
            int units = n == options.HiddenLayers ? options.Dimension : options.HiddenUnits;
            // The last layer starts small, so that training begins from the plain sum.
            double gain = n == options.HiddenLayers ? 0.1 : 1;
            parameters.Add(new Parameter(Name("weight", n), units, inputs, sparse: false).Initialise(options.Seed, 12 + (ulong)n, gain / Math.Sqrt(inputs)));
            parameters.Add(new Parameter(Name("bias", n), 1, units, sparse: false));
            inputs = units;
        }

        return new HistoryNetwork(parameters, options.Threads);
    }

    /// <summary>The network of a model file.</summary>
    public static HistoryNetwork Of(IReadOnlyDictionary<string, VectorTable> tables)
    {
        List<Parameter> parameters = [Parameter.Frozen("input", tables["input"])];
        for (int n = 0; tables.TryGetValue(Name("weight", n), out VectorTable? weight); n++)
        {
            parameters.Add(Parameter.Frozen(Name("weight", n), weight));
            parameters.Add(Parameter.Frozen(Name("bias", n), tables[Name("bias", n)]));
        }

        return new HistoryNetwork(parameters, threads: 1);
    }

    /// <summary>Vectors of a batch of histories, batch × stride.</summary>
    public float[] Forward(int[][] histories)
    {
        int batch = histories.Length;
        float[] sums = new float[batch * _stride];
        _bag.Forward(histories, sums);
        float[] values = new float[batch * _joined];
        for (int n = 0; n < batch; n++)
        {
            sums.AsSpan(n * _stride, _dimension).CopyTo(values.AsSpan(n * _joined));
            values[(n * _joined) + _dimension] = VectorFunctions.Log(1 + histories[n].Length) * 0.25f;
        }

        foreach (DenseLayer layer in _layers) values = layer.Forward(values, batch);
        FixedLanes.Add(values, 1, sums);
        return values;
    }

    /// <summary>Takes the gradient of the vectors back to all parameters.</summary>
    public void Backward(int[][] histories, float[] gradient)
    {
        int batch = histories.Length;
        float[] direct = [.. gradient], back = gradient;
        for (int n = _layers.Length - 1; n >= 0; n--) back = _layers[n].Backward(back, batch);
        for (int n = 0; n < batch; n++) FixedLanes.Add(direct.AsSpan(n * _stride, _dimension), 1, back.AsSpan(n * _joined, _dimension));
        _bag.Backward(histories, direct);
    }

    private static string Name(string kind, int layer) => string.Create(CultureInfo.InvariantCulture, $"{kind}.{layer}");
}
