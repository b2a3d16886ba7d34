namespace VectorSearch.Learn;

/// <summary>The history itself: one coordinate an item, holding its weight.</summary>
internal sealed class MultiHot(VectorTable items) : HistoryEncoder
{
    public const string KindName = "multi-hot/1";

    public override string Kind => KindName;

    public override int Dimension => items.Dimension;

    internal override IReadOnlyDictionary<string, double> Parameters { get; } = new Dictionary<string, double>();

    internal override IReadOnlyDictionary<string, VectorTable> Tables { get; } = new Dictionary<string, VectorTable> { ["items"] = items };

    private protected override int ItemRows => items.Dimension;

    private protected override void EncodeValid(ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, ReadOnlySpan<long> times, Span<float> vector)
    {
        for (int n = 0; n < rows.Length; n++) vector[rows[n]] = weights.IsEmpty ? 1 : weights[n];
    }
}
