using Google.Protobuf;
using System.Runtime.InteropServices;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Bench.Serving;

/// <summary>A connection of its own to a server, which asks by vector.</summary>
internal sealed class GrpcQueryConnection(Uri address, QuerySet queries, QueryRequest[] questions) : IQueryConnection
{
    private static readonly GrpcMethod<QueryRequest, QueryReply> Query = new(PointsReflection.Descriptor.Services[0], "Query");
    private static readonly GrpcCallOptions Patient = new() { Timeout = Timeout.InfiniteTimeSpan };

    private readonly GrpcChannel _channel = new(address);

    /// <summary>The last reply.</summary>
    public QueryReply? Reply { get; private set; }

    /// <summary>Requests of so many queries each, made once for all connections.</summary>
    public static QueryRequest[] Questions(QuerySet queries, string collection, int ef, int batch = 1) => [.. Enumerable.Range(0, queries.Count).Select(q =>
    {
        float[] rows = [.. Enumerable.Range(q, batch).SelectMany(row => queries.Vectors[row % queries.Count].ToArray())];
        return new QueryRequest
        {
            Collection = collection,
            Vectors = new Matrix { Data = ByteString.CopyFrom(MemoryMarshal.AsBytes(rows.AsSpan())), Dim = (uint)queries.Vectors.Dimension, Rows = (uint)batch, Type = ElementType.Float32 },
            Limit = (uint)queries.K,
            Options = new SearchOptions { Ef = (uint)ef },
        };
    })];

    /// <summary>So many connections.</summary>
    public static GrpcQueryConnection[] Open(int connections, Uri address, QuerySet queries, QueryRequest[] questions) =>
        [.. Enumerable.Range(0, connections).Select(_ => new GrpcQueryConnection(address, queries, questions))];

    /// <inheritdoc/>
    public async ValueTask<int> AskAsync(int query)
    {
        Reply = await _channel.UnaryAsync(Query, questions[query], Patient);
        int right = 0;
        foreach (ulong id in Reply.Ids.Numbers)
        {
            if (queries.IsRight(query, (int)id)) right++;
        }

        return right;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }
}
