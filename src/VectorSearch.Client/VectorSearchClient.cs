using VectorSearch.Grpc;

namespace VectorSearch.Client;

/// <summary>
/// Speaks to one VectorSearch server. Make one and keep it; it is safe for concurrent use.
/// <code>
/// using var client = new VectorSearchClient(new Uri("http://127.0.0.1:6410"));
/// QueryResult answers = await client.Points("films").QueryAsync(new float[] { 1, 0.5f }, new() { Limit = 5 });
/// </code>
/// </summary>
public sealed class VectorSearchClient : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly Transport _transport;

    /// <summary>A client of the server at an address; nothing is sent yet.</summary>
    /// <param name="address">Scheme, host and the server's gRPC port, as <c>http://127.0.0.1:6410</c>.</param>
    /// <param name="options">Times, limits and retries; null takes the defaults.</param>
    /// <exception cref="ArgumentException">The scheme is neither http nor https, or options are out of their range (all are named).</exception>
    public VectorSearchClient(Uri address, VectorSearchClientOptions? options = null)
    {
        options ??= new VectorSearchClientOptions();
        options.Validate();
        _channel = new GrpcChannel(address, options.Channel with { MaxReceiveMessageSize = options.MaxReplyBytes });
        _transport = new Transport(_channel, options);
        Collections = new CollectionsClient(_transport);
        Models = new ModelsClient(_transport);
        Generations = new GenerationsClient(_transport);
    }

    /// <summary>Creates, describes, lists and deletes collections.</summary>
    public CollectionsClient Collections { get; }

    /// <summary>Uploads, describes and lists models.</summary>
    public ModelsClient Models { get; }

    /// <summary>Rebuilds collections with other models, and promotes, compares and takes back what was rebuilt.</summary>
    public GenerationsClient Generations { get; }

    /// <summary>The points of a collection.</summary>
    /// <param name="collection">The collection's name.</param>
    /// <param name="spaceId">The space that the caller means; if null, it is learned from the first answer.</param>
    public PointsClient Points(string collection, string? spaceId = null) => new(_transport, collection, spaceId);

    /// <summary>Ends the connections and the calls under way on them.</summary>
    public void Dispose() => _channel.Dispose();
}
