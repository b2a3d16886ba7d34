using VectorSearch.Collections;

namespace VectorSearch.Server.Bridges;

/// <summary>A query whose vectors are of the old space, in the new one.</summary>
internal static class BridgedQuery
{
    /// <summary>Maps every vector of a batch, those of examples and prefetches too, and names the new space.</summary>
    public static QueryBatch Map(QueryBatch batch, BridgeMap map) => batch with
    {
        Vectors = Rows(batch.Vectors, map),
        Examples = batch.Examples is null ? null : [.. batch.Examples.Select(one => one with
        {
            PositiveVectors = Rows(one.PositiveVectors, map),
            NegativeVectors = Rows(one.NegativeVectors, map),
        })],
        Prefetch = [.. batch.Prefetch.Select(prefetch => Map(prefetch, map))],
        Space = map.To,
    };

    /// <summary>Whether a batch has vectors, in itself, an example or a prefetch.</summary>
    public static bool HasVectors(QueryBatch batch) =>
        !batch.Vectors.IsEmpty
        || batch.Examples?.Any(one => !one.PositiveVectors.IsEmpty || !one.NegativeVectors.IsEmpty) == true
        || batch.Prefetch.Any(HasVectors);

    private static ReadOnlyMemory<float> Rows(ReadOnlyMemory<float> rows, BridgeMap map)
    {
        int count = rows.Length / map.FromDimension;
        float[] mapped = new float[count * map.ToDimension];
        for (int i = 0; i < count; i++)
            map.Map(rows.Span.Slice(i * map.FromDimension, map.FromDimension), mapped.AsSpan(i * map.ToDimension, map.ToDimension));
        return mapped;
    }
}
