using VectorSearch.Collections;

namespace VectorSearch.Server.Gate;

/// <summary>A pinned generation as the gate's subject.</summary>
/// <param name="reader">The generation; its owner disposes it.</param>
/// <param name="unreachable">Points that no walk can reach, as its audit found; null if it was not audited.</param>
internal sealed class ReaderSubject(GenerationReader reader, long? unreachable) : IGateSubject
{
    /// <inheritdoc/>
    public ulong Number => reader.Number;

    /// <inheritdoc/>
    public CollectionDefinition Definition => reader.Definition;

    /// <inheritdoc/>
    public long Points => reader.Count;

    /// <inheritdoc/>
    public GateAnswer? Ask(GateQuestion question, int k, bool exact, CancellationToken cancellation)
    {
        QueryBatch batch = new() { Limit = k, Exact = exact };
        QueryBatch? asked = question switch
        {
            GateQuestion.MoreLike point => batch with { Ids = [point.Id] },
            GateQuestion.OfFeatures features => batch with { Features = [features.Features], ExcludeHistory = true },
            GateQuestion.Near near when near.Space == reader.Space => batch with { Vectors = near.Vector, Space = near.Space },
            _ => null,
        };
        if (asked is null) return null;
        try
        {
            QueryResult answer = reader.Query(asked, cancellation);
            return new GateAnswer(answer.Ids, answer.Scores, answer.IsExact);
        }
        catch (VectorSearchException cannot) when (cannot.Code is ErrorCode.NotFound or ErrorCode.InvalidArgument or ErrorCode.FailedPrecondition)
        {
            return null; // a point that is gone, items that this model does not know
        }
    }

    /// <inheritdoc/>
    public bool TryReadVector(PointId id, Span<float> vector)
    {
        PointRows rows = reader.Get([id], withPayload: false, withVectors: true, skipMissing: true);
        if (rows.Ids.Count == 0) return false;
        rows.Vectors.Span.CopyTo(vector);
        return true;
    }

    /// <inheritdoc/>
    public long? Unreachable => unreachable;
}
