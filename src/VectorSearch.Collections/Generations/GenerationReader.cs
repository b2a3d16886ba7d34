using VectorSearch.Numerics;
using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>
/// One generation to ask, which stays as long as this is held: every answer is of its space, whatever is exchanged
/// meanwhile. Safe for use by many threads. Dispose it soon: a generation that is retired waits for it.
/// </summary>
public sealed class GenerationReader : IDisposable
{
    private readonly LiveGeneration _generation;
    private readonly string _collection;
    private int _isDisposed;

    /// <summary>Takes over a pin.</summary>
    internal GenerationReader(LiveGeneration pinned, string collection)
    {
        _generation = pinned;
        _collection = collection;
    }

    /// <summary>The generation's number, from 1.</summary>
    public ulong Number => _generation.Number;

    /// <summary>The space of its vectors.</summary>
    public SpaceId Space => _generation.Definition.Space;

    /// <summary>The collection's definition as this generation has it.</summary>
    public CollectionDefinition Definition => _generation.Definition;

    /// <summary>Points it holds.</summary>
    public long Count => Live.Table.Count;

    /// <summary>A map to its space from that of the generation that served before; null if none was fitted.</summary>
    public IVectorBridge? Bridge => _generation.Bridge;

    /// <summary>What it is now.</summary>
    public Generation Describe() => Live.Describe();

    /// <summary>As <see cref="Collection.Query"/>.</summary>
    public QueryResult Query(QueryBatch batch, CancellationToken cancellation = default) => Read(live => live.Reader.Query(batch, cancellation));

    /// <summary>As <see cref="Collection.Explain"/>.</summary>
    public QueryExplanation Explain(QueryBatch batch, CancellationToken cancellation = default) => Read(live => live.Reader.Explain(batch, cancellation));

    /// <summary>As <see cref="Collection.EstimateRecall"/>.</summary>
    public RecallEstimate EstimateRecall(RecallQuestion question, CancellationToken cancellation = default) =>
        Read(live => live.Reader.EstimateRecall(question, cancellation));

    /// <summary>As <see cref="Collection.Get"/>.</summary>
    public PointRows Get(IReadOnlyList<PointId> ids, bool withPayload, bool withVectors, bool skipMissing) =>
        Read(live => live.Reader.Get(ids, withPayload, withVectors, skipMissing));

    /// <summary>As <see cref="Collection.Scroll"/>.</summary>
    public PointPage Scroll(int fromSlot, int limit, bool withPayload, bool withVectors, PayloadFilter? filter = null) =>
        Read(live => live.Reader.Scroll(fromSlot, limit, withPayload, withVectors, filter));

    /// <summary>As <see cref="Collection.CountMatches"/>.</summary>
    public long CountMatches(PayloadFilter filter) => Read(live => (long)live.Reader.Matches(filter).Count);

    /// <summary>As <see cref="Collection.Facet"/>.</summary>
    public FacetResult Facet(FacetQuery query) => Read(live => live.Reader.Facet(query));

    /// <summary>At most so many of the queries that callers asked it of late.</summary>
    public IReadOnlyList<RecentQuery> RecentQueries(int most) => Live.Reader.RecentQueries(most);

    /// <summary>Names of points, spread evenly over all; the same for a seed while nothing is written.</summary>
    public IReadOnlyList<PointId> SampleIds(int most, ulong seed) => Live.Reader.SampleIds(most, seed);

    /// <summary>What a point was made from; null if it came as a vector, or is not there.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.Damaged"/>.</exception>
    public PointFeatures? ReadFeatures(PointId id) => Read(live => live.Reader.TryReadAttachment(id, out PointFeatures? features, out _) ? features : null);

    /// <summary>Vectors of features, made by this generation's own model.</summary>
    /// <returns>Row-major, one row per row of features.</returns>
    /// <exception cref="VectorSearchException">As for features of a <see cref="QueryBatch"/>.</exception>
    public ReadOnlyMemory<float> Encode(IReadOnlyList<PointFeatures> features) => Live.Embedder.Embed(features, "features");

    /// <summary>Lets the generation go.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0) _generation.Unpin();
    }

    private LiveGeneration Live
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) == 1, this);
            return _generation;
        }
    }

    private T Read<T>(Func<LiveGeneration, T> read)
    {
        try
        {
            return read(Live);
        }
        catch (StorageException e)
        {
            throw StorageFaults.Translate(_collection, e);
        }
    }
}
