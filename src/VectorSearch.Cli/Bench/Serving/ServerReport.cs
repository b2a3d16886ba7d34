namespace VectorSearch.Cli.Bench.Serving;

/// <summary>What <c>bench server</c> measured, as its last line has it.</summary>
internal sealed record ServerReport
{
    /// <summary>Unary queries, by connections.</summary>
    public required IReadOnlyList<ConnectionFigures> Connections { get; init; }

    /// <summary>Server's processor time of a call without its search, over that of the bare handler.</summary>
    public required double ServiceOverBare { get; init; }

    /// <summary>Server's processor time around the searches of a call of 64 queries, a query.</summary>
    public required double BatchUsPerVector { get; init; }

    /// <summary>Speed of writing, in vectors a second.</summary>
    public required IngestFigures Ingest { get; init; }

    /// <summary>Other servers in the same run: speed and p99 at 8 connections, median at one.</summary>
    public required IReadOnlyDictionary<string, PeerFigures> Peers { get; init; }

    /// <summary>Queries a second over those of the best peer: the worse of 8 and 64 connections; null without peers.</summary>
    public required double? RatioToBestPeer { get; init; }

    /// <summary>Median time over one connection, over that of the best peer; null without peers.</summary>
    public required double? P50ToBestPeer { get; init; }

    /// <summary>One line.</summary>
    public string ToJson() => JsonLine.Of(this);
}

/// <summary>Unary queries over some connections.</summary>
/// <param name="N">Connections.</param>
/// <param name="Qps">Queries a second.</param>
/// <param name="P50Us">Median time of a query as its caller saw it.</param>
/// <param name="P99Us">99 % of the queries took at most this.</param>
/// <param name="Recall">Recall@10.</param>
/// <param name="CpuSearchUs">Server's processor time a query, less what is around the search.</param>
/// <param name="CpuProtocolUs">Server's processor time around the search: protocol, decoding, payload, reply.</param>
internal sealed record ConnectionFigures(int N, double Qps, double P50Us, double P99Us, double Recall, double CpuSearchUs, double CpuProtocolUs);

/// <summary>Writing over the stream, durability committed, in vectors a second; null where it was not measured.</summary>
/// <param name="ExactPerSecond">Into a collection that compares with every point.</param>
/// <param name="GraphPerSecond">Into the graph, until every point is linked.</param>
/// <param name="InProcessPerSecond">The graph built in one process, without a server, with as many threads.</param>
/// <param name="GraphOverInProcess">The one over the other.</param>
/// <param name="SealedPerSecond">Into a sealed collection, until every point is sealed and the sealed generation answers.</param>
/// <param name="SealedInProcessPerSecond">The sealed form built in one process, without a server, with as many threads.</param>
/// <param name="SealedOverInProcess">The one over the other.</param>
internal sealed record IngestFigures(
    double? ExactPerSecond, double? GraphPerSecond, double? InProcessPerSecond, double? GraphOverInProcess,
    double? SealedPerSecond, double? SealedInProcessPerSecond, double? SealedOverInProcess);

/// <summary>Another server.</summary>
internal sealed record PeerFigures(double Qps, double P50Us, double P99Us, double Recall);
