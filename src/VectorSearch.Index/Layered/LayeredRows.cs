using System.Runtime.CompilerServices;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>Distances of one query to sealed rows and, at the places behind them, to added ones.</summary>
/// <param name="sealedRows">Reads the former.</param>
/// <param name="sealedCount">How many there are.</param>
/// <param name="added">The latter.</param>
/// <param name="query">In the form of <see cref="VectorForm"/>.</param>
/// <param name="dimension">Coordinates a row.</param>
/// <param name="byDot">True under the inner product.</param>
/// <param name="shift">See <see cref="VectorForm.Shift"/>.</param>
internal readonly unsafe struct LayeredRows<TRows>(
    TRows sealedRows, int sealedCount, AddedRows added, float* query, int dimension, bool byDot, float shift) : IRowReader
    where TRows : struct, IRowReader
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Distance(int row) => row < sealedCount ? sealedRows.Distance(row) : DistanceToAdded(added.Row(row - sealedCount));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int row)
    {
        if (row < sealedCount) sealedRows.Prefetch(row);
        else Numerics.Prefetch.Range(added.Row(row - sealedCount), dimension * sizeof(float));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private float DistanceToAdded(float* row) => byDot
        ? shift - (2 * VectorMath.Dot(query, row, dimension))
        : VectorMath.SquaredDistance(query, row, dimension);
}
