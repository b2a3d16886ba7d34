using VectorSearch.Client;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Torture;

/// <summary>A client of the server under torture, and the collection, which is made if it is not there.</summary>
internal sealed class TortureClient : IDisposable
{
    private const string Name = "torture";
    private const string Space = "client:torture@1";

    /// <summary>A server that is alive answers sooner by far, unless the whole machine is halted.</summary>
    private static readonly TimeSpan CallLimit = TimeSpan.FromMinutes(5);

    private readonly VectorSearchClient _client;

    private TortureClient(Uri address)
    {
        _client = new VectorSearchClient(address, new VectorSearchClientOptions { Retry = RetryPolicy.None, Timeout = CallLimit });
        Points = _client.Points(Name, Space);
    }

    public PointsClient Points { get; }

    public static async Task<TortureClient> OpenAsync(Uri address, CancellationToken cancellation)
    {
        TortureClient client = new(address);
        try
        {
            if ((await client._client.Collections.ListAsync(cancellationToken: cancellation)).Count == 0) await client.CreateAsync(cancellation);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Takes a snapshot and waits for it.</summary>
    public Task SnapshotAsync(CancellationToken cancellation) => _client.Collections.SnapshotAsync(Name, cancellation);

    /// <summary>
    /// Builds the next generation of the same space, as a graph or sealed, and lets it answer whatever its gate would say; or
    /// lets the one before answer again, if there is one.
    /// </summary>
    public async Task ExchangeAsync(Random random, CancellationToken cancellation)
    {
        IReadOnlyList<Generation> known = await _client.Generations.ListAsync(Name, cancellation);
        if (random.Next(3) == 0 && known.Any(generation => generation.State == Generation.Types.State.Previous))
        {
            await _client.Generations.RollbackAsync(Name, cancellationToken: cancellation);
            return;
        }

        RebuildRequest request = new() { Collection = Name, Decision = RebuildRequest.Types.Decision.Promote };
        if (random.Next(2) == 0) request.Index = IndexKind.Sealed;
        else (request.Index, request.Hnsw) = (IndexKind.Hnsw, new HnswConfig { M = (uint)random.Next(8, 24) });
        await _client.Generations.RebuildAsync(request, cancellationToken: cancellation);
    }

    public void Dispose() => _client.Dispose();

    private Task<Protocol.V1.Collection> CreateAsync(CancellationToken cancellation) => _client.Collections.CreateAsync(
        new Protocol.V1.Collection { Name = Name, Dimension = TorturePoints.Dimension, Metric = Metric.SquaredEuclidean, IdKind = Protocol.V1.IdKind.Number, SpaceId = Space },
        cancellationToken: cancellation);
}
