namespace VectorSearch.Index;

/// <summary>The bytes given to <see cref="HnswIndex.Load"/> are not a sound index.</summary>
public sealed class IndexFormatException : Exception
{
    /// <summary>A fault at a place.</summary>
    /// <param name="offset">Bytes from where loading began.</param>
    /// <param name="problem">What came and what was expected.</param>
    public IndexFormatException(long offset, string problem)
        : base($"The index is damaged or not an index, at byte {offset}: {problem}") => Offset = offset;

    /// <summary>As <see cref="IndexFormatException(long, string)"/>, with the cause.</summary>
    public IndexFormatException(long offset, string problem, Exception cause)
        : base($"The index is damaged or not an index, at byte {offset}: {problem}", cause) => Offset = offset;

    /// <summary>Bytes from where loading began.</summary>
    public long Offset { get; }
}
