using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <content>Changes beside upserts, and what is counted.</content>
public sealed partial class PointsClient
{
    /// <summary>Deletes every point that a filter lets through and returns how many; see <see cref="Where"/>.</summary>
    public async Task<long> DeleteAsync(
        Filter filter, Durability durability = Durability.Unspecified, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        DeleteRequest request = new() { Context = WriteContext(), Collection = Collection, Filter = filter, Durability = durability };
        DeleteReply reply = await _transport.UnaryAsync(Methods.Delete, request, timeout, cancellationToken).ConfigureAwait(false);
        Acknowledge(reply.Context);
        return (long)reply.Deleted;
    }

    /// <summary>Sets payload fields of points and leaves the others; returns how many points were there.</summary>
    public Task<long> SetPayloadAsync(PointIds ids, IReadOnlyDictionary<string, object?> fields, CancellationToken cancellationToken = default) =>
        UpdatePayloadAsync(new UpdatePayloadRequest { Ids = ids.Write(..), Set = PayloadFields.Write(fields) }, cancellationToken);

    /// <summary>Puts a payload in the place of the whole old one; an empty one clears it.</summary>
    public Task<long> ReplacePayloadAsync(PointIds ids, IReadOnlyDictionary<string, object?> payload, CancellationToken cancellationToken = default) =>
        UpdatePayloadAsync(new UpdatePayloadRequest { Ids = ids.Write(..), Replace = PayloadFields.Write(payload) }, cancellationToken);

    /// <summary>Removes payload fields of points.</summary>
    public Task<long> RemovePayloadAsync(PointIds ids, IEnumerable<string> fields, CancellationToken cancellationToken = default) =>
        UpdatePayloadAsync(new UpdatePayloadRequest { Ids = ids.Write(..), Remove = new FieldNames { Names = { fields } } }, cancellationToken);

    /// <summary>Changes payloads as the request says, of points that it names or filters; collection and context are filled in.</summary>
    public async Task<long> UpdatePayloadAsync(UpdatePayloadRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Context = WriteContext();
        request.Collection = Collection;
        UpdatePayloadReply reply = await _transport.UnaryAsync(Methods.UpdatePayload, request, null, cancellationToken).ConfigureAwait(false);
        Acknowledge(reply.Context);
        return (long)reply.Updated;
    }

    /// <summary>The values of a payload field with the number of points that have each, most frequent first.</summary>
    /// <param name="field">The field.</param>
    /// <param name="limit">Values wanted; 0 means 10.</param>
    /// <param name="filter">Only points that it lets through.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyList<(object? Value, long Points)>> FacetAsync(
        string field, int limit = 0, Filter? filter = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        FacetRequest request = new() { Context = ReadContext(), Collection = Collection, Field = field, Limit = (uint)limit, Filter = filter };
        FacetReply reply = await _transport.UnaryAsync(Methods.Facet, request, null, cancellationToken).ConfigureAwait(false);
        Learn(reply.Context);
        return [.. reply.Counts.Select(count => (PayloadFields.Read(count.Value), (long)count.Points))];
    }

    /// <summary>Opens a stream of writes: the fast way in, which is resumed after a broken connection.</summary>
    /// <param name="session">Its name; one that was used before goes on behind what was done. Null makes a new one.</param>
    /// <param name="durability">When batches are acknowledged; as the collection says if left out.</param>
    /// <param name="dropsRefusedRows">
    /// True drops only the rows that the server finds wrong, where it names them, in place of their whole batch. The other rows of
    /// that batch are then written after batches that were given later.
    /// </param>
    public IngestStream OpenIngest(string? session = null, Durability durability = Durability.Unspecified, bool dropsRefusedRows = false) => new(
        _transport, Collection, session ?? Guid.NewGuid().ToString("N"), new RequestContext { SpaceId = SpaceId }, durability, dropsRefusedRows, Acknowledge);
}
