using System.Collections;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <summary>The answers to each query of a call, the nearest first.</summary>
public sealed class QueryResult : IReadOnlyList<IReadOnlyList<Hit>>
{
    private readonly Hit[][] _queries;
    private readonly (object? Value, int Hits)[][] _groups;

    internal QueryResult(QueryReply reply, bool withPayload)
    {
        SpaceId = reply.Context?.SpaceId ?? "";
        Generation = reply.Context?.Generation ?? 0;
        Lsn = reply.Context?.Lsn ?? 0;
        BridgeRecall = reply.Context is { HasBridgeRecall: true } context ? context.BridgeRecall : null;
        Distances = reply.Cost?.Distances ?? 0;
        Hops = reply.Cost?.Hops ?? 0;

        _groups = Groups(reply);
        PointId[] ids = PointIds.Read(reply.Ids);
        Vectors vectors = Vectors.Read(reply.Vectors);
        _queries = new Hit[reply.Counts.Count][];
        int row = 0;
        for (int query = 0; query < _queries.Length; query++)
        {
            Hit[] hits = _queries[query] = new Hit[reply.Counts[query]];
            for (int i = 0; i < hits.Length; i++, row++)
            {
                hits[i] = new Hit(
                    ids[row], reply.Scores[row], withPayload ? PayloadFields.Read(reply.Payloads[row]) : null,
                    vectors.Count == 0 ? default : vectors.Values.Slice(row * vectors.Dimension, vectors.Dimension));
            }
        }
    }

    /// <summary>The space of every score and vector here.</summary>
    public string SpaceId { get; }

    /// <summary>The generation of the collection that answered, from 1.</summary>
    public ulong Generation { get; }

    /// <summary>The newest log sequence number that the answers reflect.</summary>
    public ulong Lsn { get; }

    /// <summary>
    /// If the query's vectors were of the space before and were mapped: the recall that was measured of this map; null otherwise.
    /// </summary>
    public double? BridgeRecall { get; }

    /// <summary>Distances computed, over all queries.</summary>
    public ulong Distances { get; }

    /// <summary>Nodes visited, over all queries.</summary>
    public ulong Hops { get; }

    /// <summary>How many queries there were.</summary>
    public int Count => _queries.Length;

    /// <summary>The answers to a query.</summary>
    public IReadOnlyList<Hit> this[int query] => _queries[query];

    /// <summary>The groups of a query, best first, each with the value that its hits share; empty without grouping.</summary>
    public IReadOnlyList<(object? Value, IReadOnlyList<Hit> Hits)> GroupsOf(int query)
    {
        if (_groups.Length == 0) return [];
        int first = 0;
        List<(object? Value, IReadOnlyList<Hit> Hits)> groups = [];
        foreach ((object? value, int hits) in _groups[query])
        {
            groups.Add((value, _queries[query][first..(first + hits)]));
            first += hits;
        }

        return groups;
    }

    /// <inheritdoc/>
    public IEnumerator<IReadOnlyList<Hit>> GetEnumerator() => _queries.AsEnumerable<IReadOnlyList<Hit>>().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static (object? Value, int Hits)[][] Groups(QueryReply reply)
    {
        int at = 0;
        (object? Value, int Hits)[][] groups = new (object? Value, int Hits)[reply.GroupCounts.Count][];
        for (int query = 0; query < groups.Length; query++)
        {
            groups[query] = [.. reply.Groups.Skip(at).Take((int)reply.GroupCounts[query]).Select(group => (PayloadFields.Read(group.Value), (int)group.Hits))];
            at += groups[query].Length;
        }

        return groups;
    }
}
