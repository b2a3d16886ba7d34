namespace VectorSearch.Collections;

/// <summary>What finds the nearest points of a collection.</summary>
public enum IndexKind
{
    /// <summary>The graph: fast at any size, approximate.</summary>
    Hnsw = 1,

    /// <summary>Every query is compared with every point: exact, and the fastest to write.</summary>
    Exact = 2,
}
