namespace VectorSearch.Index;

/// <summary>A distance between two rows of padded floats: smaller is nearer. Called from the hot loop as a type argument.</summary>
internal unsafe interface IMetric
{
    /// <summary>The distance of n floats at x and y.</summary>
    static abstract float Distance(float* x, float* y, nint n);
}
