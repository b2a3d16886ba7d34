using System.Runtime.CompilerServices;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>−x·y. Not 1 − x·y: for long vectors the 1 would only cost digits.</summary>
internal readonly unsafe struct InnerProductMetric : IMetric
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Distance(float* x, float* y, nint n) => -VectorMath.Dot(x, y, n);
}
