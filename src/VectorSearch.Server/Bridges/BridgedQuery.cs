using VectorSearch.Collections;

namespace VectorSearch.Server.Bridges;

/// <summary>A query whose vectors are of the old space, in the new one.</summary>
internal static class BridgedQuery
{
    /// <summary>Maps the vectors of a batch, an example's too, and names the new space.</summary>
    /// <exception cref="VectorSearchException">A query is made of several vectors: how many of its answers such a query would find is not known.</exception>
    public static QueryBatch Map(QueryBatch batch, BridgeMap map)
    {
        if (batch.Prefetch.Any(HasVectors)) throw Composed("prefetch", "prefetches with vectors");
        if (batch.Examples?.Any(one => !IsSingle(one, map.FromDimension)) == true) throw Composed("examples", "an example of several vectors, or of vectors and ids");
        return batch with
        {
            Vectors = Rows(batch.Vectors, map),
            Examples = batch.Examples is null ? null : [.. batch.Examples.Select(one => one with { PositiveVectors = Rows(one.PositiveVectors, map) })],
            Prefetch = [.. batch.Prefetch.Select(prefetch => Map(prefetch, map))],
            Space = map.To,
        };
    }

    /// <summary>Whether a batch has vectors, in itself, an example or a prefetch.</summary>
    private static bool HasVectors(QueryBatch batch) =>
        !batch.Vectors.IsEmpty
        || batch.Examples?.Any(one => !one.PositiveVectors.IsEmpty || !one.NegativeVectors.IsEmpty) == true
        || batch.Prefetch.Any(HasVectors);

    /// <summary>An example is one positive vector, or has no vectors at all.</summary>
    private static bool IsSingle(QueryExamples example, int dimension) =>
        (example.PositiveVectors.IsEmpty && example.NegativeVectors.IsEmpty)
        || (example.PositiveVectors.Length == dimension && example.NegativeVectors.IsEmpty && example.Positive.Count + example.Negative.Count == 0);

    private static VectorSearchException Composed(string field, string actual) => new(
        ErrorCode.FailedPrecondition, field, actual, "queries of one vector each: these are what the bridge's recall is measured on. Make vectors of the new space for all else");

    private static ReadOnlyMemory<float> Rows(ReadOnlyMemory<float> rows, BridgeMap map)
    {
        int count = rows.Length / map.FromDimension;
        float[] mapped = new float[count * map.ToDimension];
        for (int i = 0; i < count; i++)
            map.Map(rows.Span.Slice(i * map.FromDimension, map.FromDimension), mapped.AsSpan(i * map.ToDimension, map.ToDimension));
        return mapped;
    }
}
