using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <summary>
/// The collections of a server, as the messages of <c>protos/vectorsearch/v1/collections.proto</c>, which document every
/// field. All methods throw <see cref="VectorSearchClientException"/> where the server refuses.
/// </summary>
public sealed class CollectionsClient
{
    private readonly Transport _transport;

    internal CollectionsClient(Transport transport) => _transport = transport;

    /// <summary>Creates a collection and returns it as the server made it, defaults filled in.</summary>
    /// <param name="collection">Name, dimension, metric, space id and id kind at least.</param>
    /// <param name="timeout">For the whole call; null takes the client's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<Collection> CreateAsync(Collection collection, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        (await _transport.UnaryAsync(Methods.CreateCollection, new() { Collection = collection }, timeout, cancellationToken).ConfigureAwait(false)).Collection;

    /// <summary>Describes a collection. NotFound names the near ones.</summary>
    public async Task<Collection> GetAsync(string name, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        (await _transport.UnaryAsync(Methods.GetCollection, new() { Name = name }, timeout, cancellationToken).ConfigureAwait(false)).Collection;

    /// <summary>Every collection.</summary>
    public async Task<IReadOnlyList<Collection>> ListAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        (await _transport.UnaryAsync(Methods.ListCollections, new(), timeout, cancellationToken).ConfigureAwait(false)).Collections;

    /// <summary>Deletes a collection and its files.</summary>
    public Task DeleteAsync(string name, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _transport.UnaryAsync(Methods.DeleteCollection, new() { Name = name }, timeout, cancellationToken);
}
