using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Dense features → vector: each feature less its mean, divided by its deviation; hidden layers with ReLU; a linear layer.
/// What leaves it is made to unit length by whoever compares.
/// </summary>
internal sealed class MetricNetwork
{
    private readonly VectorTable _standard;
    private readonly Parameter[] _weights, _biases;
    private readonly DenseLayer[] _layers;

    private MetricNetwork(VectorTable standard, Parameter[] weights, Parameter[] biases, int threads)
    {
        (_standard, _weights, _biases) = (standard, weights, biases);
        _layers = MakeLayers(threads);
    }

    public int Width => _standard.Dimension;

    public int Dimension => _weights[^1].Rows;

    public int InputStride => _weights[0].Stride;

    public int OutputStride => _biases[^1].Stride;

    public IReadOnlyList<Parameter> Parameters => [.. _weights, .. _biases];

    /// <summary>A network with start values (He et al., 2015) that standardises by the given means and deviations.</summary>
    public static MetricNetwork Create(float[] means, float[] deviations, MetricLearningOptions options)
    {
        VectorTable standard = new(2, means.Length);
        means.CopyTo(standard.Writable(0));
        for (int n = 0; n < deviations.Length; n++) standard.Writable(1)[n] = 1 / deviations[n];
        int[] sizes = [means.Length, .. options.Hidden, options.Dimension];
        Parameter[] weights = new Parameter[sizes.Length - 1], biases = new Parameter[sizes.Length - 1];
        for (int n = 0; n < weights.Length; n++)
        {
            weights[n] = new Parameter($"weight{n}", sizes[n + 1], sizes[n], sparse: false).Initialise(options.Seed, (ulong)n + 1, Math.Sqrt(2.0 / sizes[n]));
            biases[n] = new Parameter($"bias{n}", 1, sizes[n + 1], sparse: false);
        }

        return new MetricNetwork(standard, weights, biases, options.Threads);
    }

    /// <summary>The tables of a model file.</summary>
    public Dictionary<string, VectorTable> ToTables()
    {
        Dictionary<string, VectorTable> tables = new() { ["standard"] = _standard };
        foreach (Parameter parameter in Parameters) tables.Add(parameter.Name, parameter.Table);
        return tables;
    }

    public static MetricNetwork OfTables(IReadOnlyDictionary<string, VectorTable> tables)
    {
        int layers = tables.Keys.Count(name => name.StartsWith("weight", StringComparison.Ordinal));
        Parameter[] weights = [.. Enumerable.Range(0, layers).Select(n => Parameter.Frozen($"weight{n}", tables[$"weight{n}"]))];
        Parameter[] biases = [.. Enumerable.Range(0, layers).Select(n => Parameter.Frozen($"bias{n}", tables[$"bias{n}"]))];
        int width = tables["standard"].Dimension;
        for (int n = 0; n < layers; n++)
        {
            if (weights[n].Columns != width || biases[n].Columns != weights[n].Rows || biases[n].Rows != 1)
                throw new FormatException($"layer {n} is {weights[n].Rows} × {weights[n].Columns}: expected {width} inputs.");
            width = weights[n].Rows;
        }

        return layers > 0 ? new MetricNetwork(tables["standard"], weights, biases, threads: 1) : throw new FormatException("no layer in the model.");
    }

    /// <summary>Standardises one row.</summary>
    public void Standardise(ReadOnlySpan<float> features, Span<float> row)
    {
        ReadOnlySpan<float> mean = _standard[0], scale = _standard[1];
        for (int n = 0; n < mean.Length; n++) row[n] = (features[n] - mean[n]) * scale[n];
    }

    /// <summary>Outputs of standardised rows, batch × <see cref="OutputStride"/>.</summary>
    public float[] Forward(float[] input, int batch)
    {
        foreach (DenseLayer layer in _layers) input = layer.Forward(input, batch);
        return input;
    }

    /// <summary>Leaves the gradients of all weights.</summary>
    public void Backward(float[] gradient, int batch)
    {
        for (int n = _layers.Length - 1; n >= 0; n--) gradient = _layers[n].Backward(gradient, batch);
    }

    /// <summary>The unit vector of one row of features; layers keep state, so each call takes layers of its own.</summary>
    public bool Encode(ReadOnlySpan<float> features, Span<float> vector)
    {
        float[] values = new float[InputStride];
        Standardise(features, values);
        foreach (DenseLayer layer in MakeLayers(threads: 1)) values = layer.Forward(values, 1);
        values.AsSpan(0, Dimension).CopyTo(vector);
        return FixedLanes.TryNormalise(vector);
    }

    private DenseLayer[] MakeLayers(int threads) =>
        [.. _weights.Select((weight, n) => new DenseLayer(weight, _biases[n], n == _weights.Length - 1 ? Activation.Identity : Activation.Relu, threads))];
}
