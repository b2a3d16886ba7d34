namespace VectorSearch.Numerics;

/// <summary>
/// How two vectors of one space are compared. The numeric values are part of the file formats and of the space
/// digest: never renumber them.
/// </summary>
public enum Metric
{
    /// <summary>Squared Euclidean distance Σ(xᵢ−yᵢ)²; smaller is nearer.</summary>
    SquaredEuclidean = 1,

    /// <summary>Cosine of the angle, x·y / (‖x‖‖y‖); greater is nearer. The zero vector has no direction and is refused.</summary>
    Cosine = 2,

    /// <summary>Inner product x·y; greater is nearer.</summary>
    InnerProduct = 3,
}
