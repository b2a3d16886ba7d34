namespace VectorSearch.Index.Sealed;

/// <summary>
/// The order in which the queries of a batch are answered: those whose nearest two upper lists are the same, one after the
/// other. They visit mostly the same lists, so that codes and rows which one has brought into the caches serve the next.
/// </summary>
internal static unsafe class BatchOrder
{
    /// <summary>Finds the order.</summary>
    /// <param name="parts">The index.</param>
    /// <param name="memory">Rented.</param>
    /// <param name="queries">Shape [n, dimension].</param>
    /// <returns>Query numbers.</returns>
    public static int[] Of(SealedParts parts, SearchMemory memory, ReadOnlySpan<float> queries)
    {
        var dimension = parts.Form.Dimension;
        var keys = new ulong[queries.Length / dimension];
        var order = new int[keys.Length];
        Span<float> form = new(memory.Form, parts.Form.Length);
        for (var q = 0; q < keys.Length; q++)
        {
            order[q] = q;
            parts.Form.OfQuery(queries.Slice(q * dimension, dimension), form);
            var (nearest, second) = parts.Tree.NearestUppers(parts.Rotate(memory));
            keys[q] = ((ulong)(uint)nearest << 32) | (uint)second;
        }

        Array.Sort(keys, order);
        return order;
    }
}
