using System.Globalization;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>The form of a <see cref="FeatureNetwork"/>.</summary>
/// <param name="Features">Rows of the embedding.</param>
/// <param name="Dimension">Coordinates of the embedding.</param>
/// <param name="Numbers">Numbers beside it.</param>
/// <param name="Hidden">Units of each hidden layer.</param>
/// <param name="Outputs">Outputs.</param>
/// <param name="Linear">Whether embedding and numbers reach the outputs on a straight way too, beside the hidden layers.</param>
internal sealed record FeatureNetworkShape(int Features, int Dimension, int Numbers, IReadOnlyList<int> Hidden, int Outputs, bool Linear);

/// <summary>
/// Sparse features and numbers → outputs: the weighted bag goes through the embedding layer (one unit a dimension, linear),
/// the numbers stand beside it, hidden layers with ReLU follow, and a linear layer gives the outputs (the form of Covington et
/// al., RecSys 2016; with the straight way, of Cheng et al., "Wide &amp; Deep Learning", 2016).
/// </summary>
internal sealed class FeatureNetwork
{
    private readonly WeightedBag _bag;
    private readonly DenseLayer[] _layers;
    private readonly DenseLayer? _straight;
    private readonly Parameter _embedding;
    private readonly int _inputs;
    private FeatureBag[] _bags = [];
    private float _kept = 1;

    private FeatureNetwork(IReadOnlyList<Parameter> parameters, bool linear, int threads)
    {
        Parameters = parameters;
        _embedding = parameters[0];
        _bag = new WeightedBag(_embedding, threads);
        int layers = (parameters.Count - 1 - (linear ? 2 : 0)) / 2;
        _layers = [.. Enumerable.Range(0, layers).Select(n => new DenseLayer(
            parameters[1 + (2 * n)], parameters[2 + (2 * n)], n == layers - 1 ? Activation.Identity : Activation.Relu, threads))];
        _straight = linear ? new DenseLayer(parameters[^2], parameters[^1], Activation.Identity, threads) : null;
        _inputs = parameters[1].Columns;
    }

    /// <summary>The embedding, W and b of each layer, and those of the straight way.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Coordinates of the embedding.</summary>
    public int Dimension => _embedding.Columns;

    /// <summary>Numbers beside the embedding.</summary>
    public int Numbers => _inputs - _embedding.Columns;

    /// <summary>Padded width of the outputs.</summary>
    public int OutputStride => _layers[^1].OutputStride;

    /// <summary>The embedding.</summary>
    public VectorTable Embedding => _embedding.Table;

    /// <summary>A network with start values.</summary>
    /// <param name="shape">Its form.</param>
    /// <param name="deviation">Standard deviation of the rows of the embedding.</param>
    /// <param name="seed">Seed of the start values.</param>
    /// <param name="threads">Most threads.</param>
    public static FeatureNetwork Create(FeatureNetworkShape shape, double deviation, ulong seed, int threads)
    {
        List<Parameter> parameters = [new Parameter("embedding", shape.Features, shape.Dimension, sparse: true).Initialise(seed, 21, deviation)];
        int inputs = shape.Dimension + shape.Numbers, width = inputs;
        for (int n = 0; n <= shape.Hidden.Count; n++)
        {
            int units = n == shape.Hidden.Count ? shape.Outputs : shape.Hidden[n];
            // He et al. (2015) before a ReLU; the outputs start small.
            double gain = n == shape.Hidden.Count ? 0.5 : Math.Sqrt(2);
            parameters.Add(new Parameter(Name("weight", n), units, width, sparse: false).Initialise(seed, 22 + (ulong)n, gain / Math.Sqrt(width)));
            parameters.Add(new Parameter(Name("bias", n), 1, units, sparse: false));
            width = units;
        }

        if (shape.Linear)
        {
            parameters.Add(new Parameter("straight.weight", shape.Outputs, inputs, sparse: false).Initialise(seed, 20, 0.5 / Math.Sqrt(inputs)));
            parameters.Add(new Parameter("straight.bias", 1, shape.Outputs, sparse: false));
        }

        return new FeatureNetwork(parameters, shape.Linear, threads);
    }

    /// <summary>The network of the tables of a model file.</summary>
    /// <exception cref="FormatException">The tables do not fit each other.</exception>
    public static FeatureNetwork OfTables(VectorTable embedding, IReadOnlyDictionary<string, VectorTable> tables)
    {
        List<Parameter> parameters = [Parameter.Frozen("embedding", embedding)];
        for (int n = 0; tables.TryGetValue(Name("weight", n), out VectorTable? weight); n++)
        {
            VectorTable bias = tables[Name("bias", n)];
            int width = n == 0 ? Math.Max(weight.Dimension, embedding.Dimension) : parameters[^2].Rows;
            if (weight.Dimension != width || bias.Dimension != weight.Rows || bias.Rows != 1)
                throw new FormatException($"layer {n} is {weight.Rows} × {weight.Dimension}: expected {width} inputs.");
            parameters.Add(Parameter.Frozen(Name("weight", n), weight));
            parameters.Add(Parameter.Frozen(Name("bias", n), bias));
        }

        if (parameters.Count == 1) throw new FormatException("no layer in the model.");
        bool linear = tables.TryGetValue("straight.weight", out VectorTable? straight);
        if (linear)
        {
            parameters.Add(Parameter.Frozen("straight.weight", straight!));
            parameters.Add(Parameter.Frozen("straight.bias", tables["straight.bias"]));
        }

        return new FeatureNetwork(parameters, linear, threads: 1);
    }

    /// <summary>A network on the same weights for another thread: layers keep what the way back needs.</summary>
    public FeatureNetwork Share() => new(Parameters, _straight is not null, threads: 1);

    /// <summary>All tables but the embedding, for a model file.</summary>
    public Dictionary<string, VectorTable> LayerTables() => Parameters.Skip(1).ToDictionary(parameter => parameter.Name, parameter => parameter.Table);

    /// <summary>Outputs of a batch, batch × <see cref="OutputStride"/>.</summary>
    /// <param name="bags">The sparse features.</param>
    /// <param name="numbers">The numbers, batch × <see cref="Numbers"/> without padding.</param>
    /// <param name="dropout">Part of the hidden units that is left out, in training; the others grow so that sums stay the same on average.</param>
    /// <param name="random">Draws which.</param>
    public float[] Forward(FeatureBag[] bags, ReadOnlySpan<float> numbers, float dropout, ref Xoshiro256 random)
    {
        (_bags, _kept) = (bags, 1 / (1 - dropout));
        int stride = NormalEquations.Stride(_inputs), count = Numbers;
        float[] input = new float[bags.Length * stride];
        _bag.Forward(bags, input, stride);
        for (int n = 0; n < bags.Length && count > 0; n++) numbers.Slice(n * count, count).CopyTo(input.AsSpan((n * stride) + Dimension));
        float[] values = input;
        for (int n = 0; n < _layers.Length; n++)
        {
            values = _layers[n].Forward(values, bags.Length);
            if (dropout > 0 && n < _layers.Length - 1) Drop(values, dropout, ref random);
        }

        if (_straight is not null) FixedLanes.Add(values, 1, _straight.Forward(input, bags.Length));
        return values;
    }

    /// <summary>Outputs of a batch with all hidden units.</summary>
    public float[] Forward(FeatureBag[] bags, ReadOnlySpan<float> numbers)
    {
        Xoshiro256 unused = default;
        return Forward(bags, numbers, 0, ref unused);
    }

    /// <summary>Takes the gradient of the outputs of the last batch back to all parameters.</summary>
    public void Backward(float[] gradient)
    {
        float[]? direct = _straight?.Backward([.. gradient], _bags.Length);
        for (int n = _layers.Length - 1; n >= 0; n--)
        {
            // A unit left out has the value 0, where the slope of its ReLU is 0.
            if (_kept != 1 && n < _layers.Length - 1) FixedLanes.Scale(gradient, _kept);
            gradient = _layers[n].Backward(gradient, _bags.Length);
        }

        if (direct is not null) FixedLanes.Add(gradient, 1, direct);
        _bag.Backward(_bags, gradient, NormalEquations.Stride(_inputs));
    }

    /// <summary>The embedding of one bag.</summary>
    public unsafe void Embed(FeatureBag bag, Span<float> vector)
    {
        float[] sum = new float[_embedding.Stride];
        fixed (float* table = _embedding.Value, s = sum) WeightedRows.Sum(table, _embedding.Stride, bag.Rows, bag.Weights, s);
        sum.AsSpan(0, Dimension).CopyTo(vector);
    }

    private void Drop(float[] values, float dropout, ref Xoshiro256 random)
    {
        foreach (ref float value in values.AsSpan()) value = random.NextSingle() < dropout ? 0 : value * _kept;
    }

    private static string Name(string kind, int layer) => string.Create(CultureInfo.InvariantCulture, $"{kind}{layer}");
}
