using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>
/// Asks a new generation what callers asked of late, before they do: so that its pages are there, the effort for each recall
/// is known, and the columns of the fields that filters name are made.
/// </summary>
internal sealed class GenerationWarmer(LiveGeneration source, LiveGeneration target)
{
    private const int PointQueries = 64;
    private const int MostSizes = 3;

    /// <summary>Points that may still be waiting for their links: as many as a search scans in some ten microseconds.</summary>
    private const int FewUnlinked = 1024;

    /// <summary>Queries that callers asked the serving generation of late.</summary>
    public IReadOnlyList<RecentQuery> Queries { get; } = source.Reader.RecentQueries(QuerySample.Capacity);

    /// <summary>Ends when what was written meanwhile is linked.</summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public ValueTask WhenLinkedAsync(CancellationToken cancellation)
    {
        // Under more writes than the linkers can follow both generations lag, and the new one need not do better.
        int bound = Math.Max(FewUnlinked, source.Table.Maintenance.Outstanding);
        return target.Table.Maintenance.WaitForRoomAsync(bound, cancellation);
    }

    /// <summary>Asks.</summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public void Run(Action<RebuildPhase, long, long> tell, CancellationToken cancellation)
    {
        QueryBatch[] batches = [.. Queries.Select(Repeat).OfType<QueryBatch>()];
        if (batches.Length == 0) batches = [.. target.Table.Entries().Take(PointQueries).Select(entry => new QueryBatch { Ids = [entry.Id], IsOwn = true })];
        int[] sizes = [.. batches.GroupBy(batch => batch.Limit).OrderByDescending(group => group.Count()).Take(MostSizes).Select(group => group.Key)];
        long total = batches.Length + sizes.Length, done = 0;
        foreach (QueryBatch batch in batches)
        {
            Ask(batch, cancellation);
            tell(RebuildPhase.Warming, ++done, total);
            CpuShare.Breathe(cancellation);
        }

        foreach (int size in sizes)
        {
            target.Reader.Calibrate(size, cancellation);
            tell(RebuildPhase.Warming, ++done, total);
            CpuShare.Breathe(cancellation);
        }

        target.Table.Payloads.Require(source.Table.Payloads.Fields, cancellation);
    }

    /// <summary>The query as the new generation understands it; null if it came as a vector of another space.</summary>
    private QueryBatch? Repeat(RecentQuery query) => query switch
    {
        { Features: { } features } => new QueryBatch { Features = [features], Limit = query.Limit },
        { Id: { } id } => new QueryBatch { Ids = [id], Limit = query.Limit },
        _ when query.Space == target.Definition.Space => new QueryBatch { Vectors = query.Vector, Limit = query.Limit },
        _ => null,
    };

    private void Ask(QueryBatch batch, CancellationToken cancellation)
    {
        try
        {
            target.Reader.Query(batch, cancellation);
        }
        catch (VectorSearchException e) when (e.Code is ErrorCode.NotFound or ErrorCode.InvalidArgument or ErrorCode.FailedPrecondition)
        {
            return; // deleted since, or features that this model does not know: the caller would be told the same
        }
    }
}
