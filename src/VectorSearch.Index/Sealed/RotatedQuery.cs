using VectorSearch.Numerics.Codes;

namespace VectorSearch.Index.Sealed;

/// <summary>A rotated query as finding lists wants it.</summary>
/// <param name="whole">From <see cref="SignedByteRows.EncodeQuery"/>.</param>
/// <param name="step">What one step of it stands for.</param>
/// <param name="normSquared">Squared length of the rotated query.</param>
internal readonly unsafe struct RotatedQuery(short* whole, float step, float normSquared)
{
    public readonly short* Whole = whole;
    public readonly float Step = step;
    public readonly float NormSquared = normSquared;
}
