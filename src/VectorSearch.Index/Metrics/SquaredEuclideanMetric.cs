using System.Runtime.CompilerServices;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>Σ(xᵢ−yᵢ)².</summary>
internal readonly unsafe struct SquaredEuclideanMetric : IMetric
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Distance(float* x, float* y, nint n) => VectorMath.SquaredDistance(x, y, n);
}
