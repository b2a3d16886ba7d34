using System.Runtime.CompilerServices;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>1 − x·y of unit vectors: rows are normalised when stored, queries before they are compared.</summary>
internal readonly unsafe struct CosineMetric : IMetric
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Distance(float* x, float* y, nint n) => 1 - VectorMath.Dot(x, y, n);
}
