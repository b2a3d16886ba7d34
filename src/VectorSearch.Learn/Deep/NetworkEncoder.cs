using System.Collections.Concurrent;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>A history's vector by the trained network: the same bits as in training for the same films, weights and times.</summary>
internal sealed class NetworkEncoder(IReadOnlyDictionary<string, VectorTable> tables) : HistoryEncoder
{
    /// <summary>Films alone.</summary>
    public const string KindName = "history-network/1";

    /// <summary>Films with what is known of them, or with ages.</summary>
    public const string FeaturedKindName = "history-network/2";

    private readonly VectorTable _input = tables["input"];
    // A network keeps the values of its layers: each call takes one that is free.
    private readonly ConcurrentBag<HistoryNetwork> _free = [];

    public override string Kind { get; } =
        tables.ContainsKey(ContentEmbedding.Name) || tables.ContainsKey(AgeWeights.Name) ? FeaturedKindName : KindName;

    public override int Dimension => _input.Dimension;

    internal override IReadOnlyDictionary<string, double> Parameters { get; } = new Dictionary<string, double>();

    internal override IReadOnlyDictionary<string, VectorTable> Tables => tables;

    private protected override int ItemRows => _input.Rows;

    private protected override void EncodeValid(ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, ReadOnlySpan<long> times, Span<float> vector)
    {
        if (!_free.TryTake(out HistoryNetwork? network)) network = HistoryNetwork.Of(tables);
        float[] value = network.Forward([new WatchedFilms(rows.ToArray(), weights.ToArray(), times.ToArray())]);
        _free.Add(network);
        value.AsSpan(0, Dimension).CopyTo(vector);
        FixedLanes.TryNormalise(vector);
    }
}
