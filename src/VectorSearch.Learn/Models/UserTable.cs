using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>The vectors of the users trained on. Its rows are users: what is encoded is one user, or the mean of several.</summary>
internal sealed class UserTable(VectorTable users) : HistoryEncoder
{
    public const string KindName = "user-table/1";

    public override string Kind => KindName;

    public override int Dimension => users.Dimension;

    internal override IReadOnlyDictionary<string, double> Parameters { get; } = new Dictionary<string, double>();

    internal override IReadOnlyDictionary<string, VectorTable> Tables { get; } = new Dictionary<string, VectorTable> { ["users"] = users };

    private protected override int ItemRows => users.Rows;

    private protected override void EncodeValid(ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, ReadOnlySpan<long> times, Span<float> vector)
    {
        for (int n = 0; n < rows.Length; n++) FixedLanes.Add(vector, weights.IsEmpty ? 1 : weights[n], users[rows[n]]);
    }
}
