namespace VectorSearch.Learn;

/// <summary>
/// A history's vector by the row solve of iALS with the items fixed. The scaled Gram matrix is that of the trained
/// items: items folded in later do not move anyone.
/// </summary>
internal sealed class IalsFoldIn : HistoryEncoder
{
    public const string KindName = "ials-fold-in/1";

    private readonly VectorTable _items;
    private readonly VectorTable _gram;
    private readonly float[] _paddedGram;
    private readonly double _unobserved, _regularisation, _exponent;
    private readonly int _trainedRows;

    /// <summary>Takes the items and α₀ VᵀV (dimension × dimension) over those trained.</summary>
    public IalsFoldIn(VectorTable items, VectorTable gram, IReadOnlyDictionary<string, double> parameters)
    {
        _items = items;
        _gram = gram;
        _paddedGram = new float[items.Stride * items.Stride];
        gram.Values.CopyTo(_paddedGram, 0);
        Parameters = parameters;
        _unobserved = parameters["unobserved_weight"];
        _regularisation = parameters["regularisation"];
        _exponent = parameters["regularisation_exponent"];
        _trainedRows = (int)parameters["trained_rows"];
        Tables = new Dictionary<string, VectorTable> { ["items"] = items, ["gram"] = gram };
    }

    public override string Kind => KindName;

    public override int Dimension => _items.Dimension;

    internal override IReadOnlyDictionary<string, double> Parameters { get; }

    internal override IReadOnlyDictionary<string, VectorTable> Tables { get; }

    private protected override int ItemRows => _items.Rows;

    public static Dictionary<string, double> ParametersOf(IalsOptions options, int trainedRows) => new()
    {
        ["unobserved_weight"] = options.UnobservedWeight,
        ["regularisation"] = options.Regularisation,
        ["regularisation_exponent"] = options.RegularisationExponent,
        ["trained_rows"] = trainedRows,
    };

    /// <summary>The Gram matrix as a table, so that a model file can hold it.</summary>
    public static VectorTable GramTable(float[] gram, int dimension)
    {
        VectorTable table = new(dimension, dimension);
        for (int row = 0; row < dimension; row++) gram.AsSpan(row * table.Stride, dimension).CopyTo(table.Writable(row));
        return table;
    }

    private protected override void EncodeValid(ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, ReadOnlySpan<long> times, Span<float> vector)
    {
        double total = rows.Length;
        if (!weights.IsEmpty)
        {
            total = 0;
            foreach (float weight in weights) total += weight;
        }

        using IalsSolver solver = new(Dimension);
        double ridge = IalsLearner.Ridge(total, _trainedRows, _unobserved, _regularisation, _exponent);
        solver.Solve(_items, _paddedGram, ridge, rows, weights, vector);
    }
}
