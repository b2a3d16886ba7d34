namespace VectorSearch.Learn;

/// <summary>Rows of numbers → unit vectors of a learned metric.</summary>
public sealed class DenseEncoder : LearnedEncoder
{
    internal const string KindName = "dense-metric/1";

    private readonly MetricNetwork _network;
    private readonly Vocabulary _columns;

    internal DenseEncoder(MetricNetwork network, Vocabulary columns) => (_network, _columns) = (network, columns);

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override int Dimension => _network.Dimension;

    /// <summary>The features that a row must have, in their order.</summary>
    public IReadOnlyList<string> Columns => _columns.Ids;

    /// <summary>Learns from a table.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message lists all faults.</exception>
    /// <exception cref="LearningException">Training diverged or collapsed.</exception>
    public static DenseEncoder Train(
        DenseTable table, MetricLearningOptions options, double noise = 0.1, IProgress<LearnProgress>? progress = null, CancellationToken cancellationToken = default) =>
        new(MetricLearner.Train(new DenseTableExamples(table, (float)noise), table.LabelOf, options, progress, cancellationToken), table.Columns);

    /// <summary>The vector of a row.</summary>
    /// <param name="features">One number for each of <see cref="Columns"/>.</param>
    /// <param name="vector">Receives <see cref="LearnedEncoder.Dimension"/> coordinates of unit length.</param>
    public void Encode(ReadOnlySpan<float> features, Span<float> vector)
    {
        RequireDimension(vector);
        if (features.Length != _network.Width) throw new ArgumentException($"{features.Length} features came, expected {_network.Width}.", nameof(features));
        _network.Encode(features, vector);
    }

    /// <summary>Vectors of a whole table, one a row.</summary>
    public VectorTable EncodeAll(DenseTable table, int threads = 0)
    {
        VectorTable vectors = new(table.Rows.Rows, Dimension);
        VectorSearch.Numerics.DeterministicParallel.For(vectors.Rows, 16, threads, (from, to) =>
        {
            for (int n = from; n < to; n++) Encode(table.Rows[n], vectors.Writable(n));
        });
        return vectors;
    }

    internal override EncoderParts ToParts() => new()
    {
        Vocabularies = new Dictionary<string, Vocabulary> { ["columns"] = _columns }, Weights = _network.ToTables(),
    };

    internal static DenseEncoder OfParts(EncoderParts parts) => new(MetricNetwork.OfTables(parts.Weights), parts.Vocabularies["columns"]);
}
