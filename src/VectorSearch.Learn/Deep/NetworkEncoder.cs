using System.Collections.Concurrent;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>A history's vector by the trained network. Weights of a history are not part of it.</summary>
internal sealed class NetworkEncoder(IReadOnlyDictionary<string, VectorTable> tables) : HistoryEncoder
{
    public const string KindName = "history-network/1";

    private readonly VectorTable _input = tables["input"];
    // A network keeps the values of its layers: each call takes one that is free.
    private readonly ConcurrentBag<HistoryNetwork> _free = [];

    public override string Kind => KindName;

    public override int Dimension => _input.Dimension;

    internal override IReadOnlyDictionary<string, double> Parameters { get; } = new Dictionary<string, double>();

    internal override IReadOnlyDictionary<string, VectorTable> Tables => tables;

    private protected override int ItemRows => _input.Rows;

    private protected override void EncodeValid(ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, Span<float> vector)
    {
        if (!_free.TryTake(out HistoryNetwork? network)) network = HistoryNetwork.Of(tables);
        float[] value = network.Forward([rows.ToArray()]);
        _free.Add(network);
        value.AsSpan(0, Dimension).CopyTo(vector);
        FixedLanes.TryNormalise(vector);
    }
}
