using Google.Protobuf.Collections;
using System.Runtime.CompilerServices;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <summary>
/// The points of one collection. It learns the collection's space from the first answer and names it in every call with
/// vectors after that, so that vectors of another space are refused instead of compared; calls without vectors go on when
/// the collection comes to answer in another space. It reads its own writes: each read asks for at
/// least the newest write that this object was acknowledged. Safe for concurrent use. All methods throw
/// <see cref="VectorSearchClientException"/> where the server refuses.
/// </summary>
public sealed partial class PointsClient
{
    private readonly Transport _transport;
    private readonly string _named;
    private string _spaceId;
    private ulong _lsn;

    internal PointsClient(Transport transport, string collection, string? spaceId)
    {
        ArgumentException.ThrowIfNullOrEmpty(collection);
        _transport = transport;
        Collection = collection;
        _spaceId = _named = spaceId ?? "";
    }

    /// <summary>The collection's name.</summary>
    public string Collection { get; }

    /// <summary>The space named in calls with vectors, and if the caller gave it, in all; empty until it is known.</summary>
    public string SpaceId => Volatile.Read(ref _spaceId);

    /// <summary>The log sequence number of the newest write that this object was acknowledged; 0 if there was none.</summary>
    public ulong Lsn => Volatile.Read(ref _lsn);

    /// <summary>
    /// Inserts or replaces points and returns how many. More than fits in a message goes in several calls, each of which is
    /// done whole or not at all; if one fails, the exception's <see cref="VectorSearchClientException.Upserted"/> says how
    /// many rows were acknowledged before.
    /// </summary>
    /// <param name="ids">One per row.</param>
    /// <param name="vectors">Rows of the collection's space and dimension.</param>
    /// <param name="payloads">
    /// None, or one per id: null, bool, integers up to long, double, string, byte[], lists, <see cref="GeoPoint"/>, <see cref="DateTimeOffset"/>.
    /// </param>
    /// <param name="durability">When the write is acknowledged; as the collection says if left out.</param>
    /// <param name="timeout">For each call; null takes the client's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ArgumentException">There are not as many rows or payloads as ids.</exception>
    public Task<long> UpsertAsync(
        PointIds ids, Vectors vectors, IReadOnlyList<IReadOnlyDictionary<string, object?>?>? payloads = null,
        Durability durability = Durability.Unspecified, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ExpectRows(nameof(vectors), vectors.Count, ids);
        return UpsertAsync(
            ids, payloads, _ => vectors.Dimension * sizeof(float), (request, rows) => request.Vectors = vectors.Write(rows),
            durability, timeout, cancellationToken);
    }

    /// <summary>As with vectors, from features that the collection's model encodes.</summary>
    /// <param name="ids">One per row.</param>
    /// <param name="features">One per id, made by <see cref="ModelInput"/>.</param>
    /// <param name="payloads">None, or one per id.</param>
    /// <param name="durability">When the write is acknowledged; as the collection says if left out.</param>
    /// <param name="timeout">For each call; null takes the client's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ArgumentException">There are not as many rows or payloads as ids.</exception>
    public Task<long> UpsertAsync(
        PointIds ids, IReadOnlyList<Features> features, IReadOnlyList<IReadOnlyDictionary<string, object?>?>? payloads = null,
        Durability durability = Durability.Unspecified, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ExpectRows(nameof(features), features.Count, ids);
        return UpsertAsync(
            ids, payloads, row => features[row].CalculateSize(), (request, rows) => request.Features = Rows(features, rows),
            durability, timeout, cancellationToken);
    }

    /// <summary>Points by their ids, in the order asked for. NotFound names the first that is missing, unless <paramref name="skipMissing"/>.</summary>
    public async Task<IReadOnlyList<Point>> GetAsync(
        PointIds ids, bool withPayload = true, bool withVectors = false, bool skipMissing = false,
        TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        GetRequest request = new()
        {
            Context = ReadContext(), Collection = Collection, Ids = ids.Write(..), WithPayload = withPayload, WithVectors = withVectors, SkipMissing = skipMissing,
        };
        GetReply reply = await _transport.UnaryAsync(Methods.Get, request, timeout, cancellationToken).ConfigureAwait(false);
        Learn(reply.Context);
        return ReadPoints(reply.Ids, reply.Payloads, reply.Vectors, withPayload);
    }

    /// <summary>All points, in no particular order. Points written meanwhile may or may not be seen.</summary>
    /// <param name="withPayload">Bring payloads.</param>
    /// <param name="withVectors">Bring vectors.</param>
    /// <param name="pageSize">Points fetched in one call; 0 leaves it to the server.</param>
    /// <param name="filter">Only points that it lets through; see <see cref="Where"/>.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    public async IAsyncEnumerable<Point> ScrollAsync(
        bool withPayload = true, bool withVectors = false, int pageSize = 0, Filter? filter = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ScrollRequest request = new()
        {
            Context = ReadContext(), Collection = Collection, Limit = (uint)pageSize, WithPayload = withPayload, WithVectors = withVectors, Filter = filter,
        };
        do
        {
            ScrollReply reply = await _transport.UnaryAsync(Methods.Scroll, request, timeout: null, cancellationToken).ConfigureAwait(false);
            Learn(reply.Context);
            foreach (Point point in ReadPoints(reply.Ids, reply.Payloads, reply.Vectors, withPayload)) yield return point;
            request.PageToken = reply.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    /// <summary>Deletes points and returns how many of them were there.</summary>
    public async Task<long> DeleteAsync(
        PointIds ids, Durability durability = Durability.Unspecified, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        DeleteRequest request = new() { Context = WriteContext(), Collection = Collection, Ids = ids.Write(..), Durability = durability };
        DeleteReply reply = await _transport.UnaryAsync(Methods.Delete, request, timeout, cancellationToken).ConfigureAwait(false);
        Acknowledge(reply.Context);
        return (long)reply.Deleted;
    }

    /// <summary>How many points there are.</summary>
    public Task<long> CountAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) => CountAsync(null, timeout, cancellationToken);

    /// <summary>How many points a filter lets through; see <see cref="Where"/>.</summary>
    public async Task<long> CountAsync(Filter? filter, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        CountRequest request = new() { Context = ReadContext(), Collection = Collection, Filter = filter };
        CountReply reply = await _transport.UnaryAsync(Methods.Count, request, timeout, cancellationToken).ConfigureAwait(false);
        Learn(reply.Context);
        return (long)reply.Points;
    }

    private async Task<long> UpsertAsync(
        PointIds ids, IReadOnlyList<IReadOnlyDictionary<string, object?>?>? payloads, Func<int, int> sourceBytes,
        Action<UpsertRequest, Range> writeSource, Durability durability, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        if (payloads is not null) ExpectRows(nameof(payloads), payloads.Count, ids);
        Payload[]? bodies = payloads?.Select(PayloadFields.Write).ToArray();
        long upserted = 0;
        foreach (Range rows in MessagePieces.Split(
            ids.Count, _transport.Options.MaxMessageBytes, row => ids.Bytes(row) + sourceBytes(row) + (bodies?[row].CalculateSize() ?? 0)))
        {
            UpsertRequest request = new() { Collection = Collection, Ids = ids.Write(rows), Durability = durability };
            if (bodies is not null) request.Payloads.AddRange(bodies[rows]);
            writeSource(request, rows);
            request.Context = WriteContext(request.SourceCase == UpsertRequest.SourceOneofCase.Vectors);
            try
            {
                UpsertReply reply = await _transport.UnaryAsync(Methods.Upsert, request, timeout, cancellationToken).ConfigureAwait(false);
                Acknowledge(reply.Context);
                upserted += (long)reply.Upserted;
            }
            catch (VectorSearchClientException fault)
            {
                fault.Upserted = upserted;
                throw;
            }
        }

        return upserted;
    }

    private static FeatureRows Rows(IReadOnlyList<Features> features, Range rows)
    {
        (int start, int count) = rows.GetOffsetAndLength(features.Count);
        return new FeatureRows { Rows = { features.Skip(start).Take(count) } };
    }

    private static void ExpectRows(string field, int came, PointIds ids)
    {
        if (came != ids.Count) throw new ArgumentException($"{came} {field} came, expected one for each of the {ids.Count} ids.", field);
    }

    private RequestContext ReadContext(bool hasVectors = false) => new() { SpaceId = hasVectors ? SpaceId : _named, MinLsn = Lsn };

    private RequestContext WriteContext(bool hasVectors = false) => new() { SpaceId = hasVectors ? SpaceId : _named, RequestId = Guid.NewGuid().ToString("N") };

    private void Learn(ReplyContext? reply)
    {
        if (SpaceId.Length == 0 && reply is { SpaceId.Length: > 0 }) Volatile.Write(ref _spaceId, reply.SpaceId);
    }

    private void Acknowledge(ReplyContext? reply)
    {
        Learn(reply);
        ulong acknowledged = reply?.Lsn ?? 0;
        // Concurrent writes may be acknowledged in any order; only the newest counts.
        for (ulong known = Lsn; acknowledged > known;)
        {
            ulong seen = Interlocked.CompareExchange(ref _lsn, acknowledged, known);
            if (seen == known) return;
            known = seen;
        }
    }

    private static Point[] ReadPoints(IdColumn ids, RepeatedField<Payload> payloads, Matrix? matrix, bool withPayload)
    {
        Vectors vectors = Vectors.Read(matrix);
        return [.. PointIds.Read(ids).Select((id, row) => new Point(
            id, withPayload ? PayloadFields.Read(payloads[row]) : null,
            vectors.Count == 0 ? default : vectors.Values.Slice(row * vectors.Dimension, vectors.Dimension)))];
    }
}
