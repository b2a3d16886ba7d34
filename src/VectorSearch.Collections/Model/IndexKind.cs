namespace VectorSearch.Collections;

/// <summary>What finds the nearest points of a collection.</summary>
public enum IndexKind
{
    /// <summary>The graph: fast at any size, approximate.</summary>
    Hnsw = 1,

    /// <summary>Every query is compared with every point: exact, and the fastest to write.</summary>
    Exact = 2,

    /// <summary>
    /// Coded lists sealed when the generation was built: the fastest answers and the least memory. Points written since are
    /// found too, the slower the more they are; a rebuild seals them.
    /// </summary>
    Sealed = 3,
}
