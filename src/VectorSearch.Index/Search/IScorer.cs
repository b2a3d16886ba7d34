namespace VectorSearch.Index;

/// <summary>Distances of rows to one query and to each other; what the graph algorithms know of vectors. A type argument of the hot loop.</summary>
internal interface IScorer<TSelf>
    where TSelf : struct, IScorer<TSelf>
{
    /// <summary>Rows asked for before they are scored: enough to cover a miss, few enough for the CPU's miss buffers.</summary>
    static abstract int PrefetchAhead { get; }

    /// <summary>Whether distances are those of the rows themselves.</summary>
    static abstract bool IsExact { get; }

    /// <summary>For the prepared query of a scratch.</summary>
    static abstract TSelf ForQuery(HnswGraph graph, SearchScratch scratch);

    /// <summary>For a row.</summary>
    static abstract TSelf ForRow(HnswGraph graph, int slot);

    /// <summary>Distance of a row to the query.</summary>
    float To(int slot);

    /// <summary>Distance of two rows.</summary>
    float Between(int a, int b);

    /// <summary>Asks for a row that will be scored soon.</summary>
    void Prefetch(int slot);
}
