using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Turns what someone watched into a vector to query with. Kinds are a closed list, since a model file names its
/// encoder and must find it again.
/// </summary>
public abstract class HistoryEncoder
{
    private protected HistoryEncoder()
    {
    }

    /// <summary>Kind and version, such as <c>ials-fold-in/1</c>: part of the space id.</summary>
    public abstract string Kind { get; }

    /// <summary>Coordinates of what it makes.</summary>
    public abstract int Dimension { get; }

    /// <summary>Numbers that it works with, by name: part of the space id.</summary>
    internal abstract IReadOnlyDictionary<string, double> Parameters { get; }

    /// <summary>Tables that it works with, by role: part of the space id up to the rows that were trained.</summary>
    internal abstract IReadOnlyDictionary<string, VectorTable> Tables { get; }

    /// <summary>Encodes a history.</summary>
    /// <param name="items">Rows of distinct items.</param>
    /// <param name="weights">A weight above 0 for each; empty for 1 each.</param>
    /// <param name="vector">Receives <see cref="Dimension"/> coordinates; zeros for an empty history.</param>
    /// <param name="times">When each was watched, in Unix seconds; empty where nobody knows. Only the deep net looks at them.</param>
    /// <exception cref="ArgumentException">A length, row or weight is out of range.</exception>
    public void Encode(ReadOnlySpan<int> items, ReadOnlySpan<float> weights, Span<float> vector, ReadOnlySpan<long> times = default)
    {
        if (vector.Length != Dimension) throw new ArgumentException($"The vector has {vector.Length} places, expected {Dimension}.", nameof(vector));
        if (weights.Length != 0 && weights.Length != items.Length)
            throw new ArgumentException($"{items.Length} items came with {weights.Length} weights: expected as many, or none.", nameof(weights));
        if (times.Length != 0 && times.Length != items.Length)
            throw new ArgumentException($"{items.Length} items came with {times.Length} times: expected as many, or none.", nameof(times));
        foreach (float weight in weights)
        {
            if (!(weight > 0) || !float.IsFinite(weight)) throw new ArgumentException($"A weight is {weight}: expected finite and above 0.", nameof(weights));
        }

        foreach (int item in items)
        {
            if ((uint)item >= (uint)ItemRows) throw new ArgumentException($"Item row {item} is outside 0…{ItemRows - 1}.", nameof(items));
        }

        vector.Clear();
        if (!items.IsEmpty) EncodeValid(items, weights, times, vector);
    }

    private protected abstract int ItemRows { get; }

    private protected abstract void EncodeValid(ReadOnlySpan<int> items, ReadOnlySpan<float> weights, ReadOnlySpan<long> times, Span<float> vector);

    /// <summary>Finds the encoder that a model file names.</summary>
    internal static HistoryEncoder Create(
        string kind, IReadOnlyDictionary<string, double> parameters, IReadOnlyDictionary<string, VectorTable> tables) =>
        kind.EndsWith(PopularityQuery.Suffix, StringComparison.Ordinal)
            ? new PopularityQuery(Create(kind[..^PopularityQuery.Suffix.Length], parameters, tables))
            : kind switch
        {
            IalsFoldIn.KindName => new IalsFoldIn(tables["items"], tables["gram"], parameters),
            NetworkEncoder.KindName or NetworkEncoder.FeaturedKindName => new NetworkEncoder(tables),
            UserTable.KindName => new UserTable(tables["users"]),
            MultiHot.KindName => new MultiHot(tables["items"]),
            GraphFoldIn.KindName => new GraphFoldIn(tables["fold-in"]),
            FeatureEncoder.KindName => new FeatureEncoder(tables[FeatureEncoder.TableName]),
            MeanOfItems.KindName => new MeanOfItems(tables["items"]),
            _ => throw new NotSupportedException($"encoder '{kind}' is not known to this version"),
        };
}

/// <summary>The weighted mean of the items' unit vectors: "more like these".</summary>
internal sealed class MeanOfItems(VectorTable items) : HistoryEncoder
{
    public const string KindName = "mean-of-items/1";

    public override string Kind => KindName;

    public override int Dimension => items.Dimension;

    internal override IReadOnlyDictionary<string, double> Parameters { get; } = new Dictionary<string, double>();

    internal override IReadOnlyDictionary<string, VectorTable> Tables { get; } = new Dictionary<string, VectorTable> { ["items"] = items };

    private protected override int ItemRows => items.Rows;

    private protected override void EncodeValid(ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, ReadOnlySpan<long> times, Span<float> vector)
    {
        float total = 0;
        for (int n = 0; n < rows.Length; n++)
        {
            ReadOnlySpan<float> row = items[rows[n]];
            float norm = MathF.Sqrt(FixedLanes.Dot(row, row));
            if (norm == 0) continue;
            float weight = weights.IsEmpty ? 1 : weights[n];
            total += weight;
            FixedLanes.Add(vector, weight / norm, row);
        }

        if (total > 0) FixedLanes.Scale(vector, 1 / total);
    }
}
