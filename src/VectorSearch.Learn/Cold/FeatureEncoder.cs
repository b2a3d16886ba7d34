using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>The encoder of a <see cref="FeatureMap"/>: its rows are features, its value Σ w·row / √Σw.</summary>
internal sealed class FeatureEncoder(VectorTable features) : HistoryEncoder
{
    public const string KindName = "feature-map/1";

    public const string TableName = "features";

    public override string Kind => KindName;

    public override int Dimension => features.Dimension;

    internal override IReadOnlyDictionary<string, double> Parameters { get; } = new Dictionary<string, double>();

    internal override IReadOnlyDictionary<string, VectorTable> Tables { get; } = new Dictionary<string, VectorTable> { [TableName] = features };

    private protected override int ItemRows => features.Rows;

    private protected override void EncodeValid(ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, ReadOnlySpan<long> times, Span<float> vector)
    {
        float total = 0;
        for (int n = 0; n < rows.Length; n++) total += weights.IsEmpty ? 1 : weights[n];
        float share = 1 / MathF.Sqrt(total);
        for (int n = 0; n < rows.Length; n++) FixedLanes.Add(vector, (weights.IsEmpty ? 1 : weights[n]) * share, features[rows[n]]);
    }
}
