namespace VectorSearch.Index;

/// <summary>Distances of rows to one query and to each other; what the graph algorithms know of vectors. A type argument of the hot loop.</summary>
internal unsafe interface IScorer<TSelf>
    where TSelf : struct, IScorer<TSelf>
{
    /// <summary>For a query prepared by <see cref="VectorRows.Prepare"/>, or a row.</summary>
    static abstract TSelf Create(VectorRows rows, float* query);

    /// <summary>Distance of a row to the query.</summary>
    float To(int slot);

    /// <summary>Distance of two rows.</summary>
    float Between(int a, int b);

    /// <summary>Asks for a row that will be scored soon.</summary>
    void Prefetch(int slot);
}
