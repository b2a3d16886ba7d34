using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// A new user's vector by the light graph convolution, everyone else's left as they are: Σ rows/√n over the n items watched. The rows
/// are those of <see cref="GraphConvolution.FoldInRows"/>.
/// </summary>
internal sealed class GraphFoldIn(VectorTable rows) : HistoryEncoder
{
    public const string KindName = "graph-fold-in/1";

    public override string Kind => KindName;

    public override int Dimension => rows.Dimension;

    internal override IReadOnlyDictionary<string, double> Parameters { get; } = new Dictionary<string, double>();

    internal override IReadOnlyDictionary<string, VectorTable> Tables { get; } = new Dictionary<string, VectorTable> { ["fold-in"] = rows };

    private protected override int ItemRows => rows.Rows;

    private protected override void EncodeValid(ReadOnlySpan<int> items, ReadOnlySpan<float> weights, ReadOnlySpan<long> times, Span<float> vector)
    {
        float total = 0;
        for (int n = 0; n < items.Length; n++)
        {
            float weight = weights.IsEmpty ? 1 : weights[n];
            total += weight;
            FixedLanes.Add(vector, weight, rows[items[n]]);
        }

        FixedLanes.Scale(vector, 1 / MathF.Sqrt(total));
    }
}
