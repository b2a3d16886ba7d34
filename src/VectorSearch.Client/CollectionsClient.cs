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

    /// <summary>Changes what may change after creation, and returns the collection as it is then.</summary>
    /// <param name="name">Its own name, no alias.</param>
    /// <param name="ef">Candidates kept while searching when a query says nothing; null to leave it.</param>
    /// <param name="durability">When a write is acknowledged if it says nothing; null to leave it.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<Collection> UpdateAsync(string name, int? ef = null, Durability? durability = null, CancellationToken cancellationToken = default)
    {
        UpdateCollectionRequest request = new() { Collection = new Collection { Name = name }, UpdateMask = new Google.Protobuf.WellKnownTypes.FieldMask() };
        if (ef is { } beam)
        {
            request.Collection.Hnsw = new HnswConfig { Ef = (uint)beam };
            request.UpdateMask.Paths.Add("hnsw.ef");
        }

        if (durability is { } when)
        {
            request.Collection.Durability = when;
            request.UpdateMask.Paths.Add("durability");
        }

        return (await _transport.UnaryAsync(Methods.UpdateCollection, request, null, cancellationToken).ConfigureAwait(false)).Collection;
    }

    /// <summary>Counts and sizes of this moment.</summary>
    public async Task<CollectionStatistics> GetStatisticsAsync(string name, CancellationToken cancellationToken = default) =>
        (await _transport.UnaryAsync(Methods.GetStatistics, new() { Name = name }, null, cancellationToken).ConfigureAwait(false)).Statistics;

    /// <summary>Writes a snapshot and returns the operation that does it once it has ended, or the client's timeout has.</summary>
    public async Task<Operation> SnapshotAsync(string name, CancellationToken cancellationToken = default)
    {
        Operation started = (await _transport.UnaryAsync(Methods.SnapshotCollection, new() { Name = name }, null, cancellationToken).ConfigureAwait(false)).Operation;
        return (await _transport.UnaryAsync(Methods.WaitOperation, new() { Name = started.Name }, null, cancellationToken).ConfigureAwait(false)).Operation;
    }

    /// <summary>Makes aliases or moves them, all of them at one moment.</summary>
    /// <param name="aliases">Alias and the collection that it means.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task SetAliasesAsync(IReadOnlyDictionary<string, string> aliases, CancellationToken cancellationToken = default) => _transport.UnaryAsync(
        Methods.UpdateAliases,
        new() { Actions = { aliases.Select(alias => new AliasAction { Set = new Alias { Name = alias.Key, Collection = alias.Value } }) } },
        null,
        cancellationToken);

    /// <summary>Removes an alias; its collection stays.</summary>
    public Task RemoveAliasAsync(string alias, CancellationToken cancellationToken = default) =>
        _transport.UnaryAsync(Methods.UpdateAliases, new() { Actions = { new AliasAction { Remove = alias } } }, null, cancellationToken);

    /// <summary>All aliases and the collections that they mean.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ListAliasesAsync(CancellationToken cancellationToken = default) =>
        (await _transport.UnaryAsync(Methods.ListAliases, new(), null, cancellationToken).ConfigureAwait(false)).Aliases.ToDictionary(alias => alias.Name, alias => alias.Collection);
}
