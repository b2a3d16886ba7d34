using System.Runtime.CompilerServices;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Codes;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// Distances of one query to stored rows, smaller is nearer, all on the scale of a squared Euclidean distance so that
/// they compare with the estimates. Structs, so that each search loop is compiled for its own.
/// </summary>
internal unsafe interface IRowReader
{
    float Distance(int row);

    void Prefetch(int row);
}

/// <summary>‖q−x‖² of float32 rows.</summary>
internal readonly unsafe struct FloatRowReader(float* query, float* rows, int dimension) : IRowReader
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Distance(int row) => VectorMath.SquaredDistance(query, rows + ((long)row * dimension), dimension);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int row) => Numerics.Prefetch.Range(rows + ((long)row * dimension), dimension * sizeof(float));
}

/// <summary>‖q‖² + M² − 2·q·x of float32 rows: the squared distance once every row is lengthened to norm M (see <see cref="VectorForm"/>).</summary>
internal readonly unsafe struct FloatDotReader(float* query, float* rows, int dimension, float shift) : IRowReader
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Distance(int row) => shift - (2 * VectorMath.Dot(query, rows + ((long)row * dimension), dimension));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int row) => Numerics.Prefetch.Range(rows + ((long)row * dimension), dimension * sizeof(float));
}

/// <summary>‖q−x‖² of binary16 rows.</summary>
internal readonly unsafe struct HalfRowReader(float* query, Half* rows, int dimension) : IRowReader
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Distance(int row) => HalfRows.SquaredDistance(query, rows + ((long)row * dimension), dimension);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int row) => Numerics.Prefetch.Range(rows + ((long)row * dimension), dimension * sizeof(ushort));
}

/// <summary>‖q‖² + M² − 2·q·x of binary16 rows.</summary>
internal readonly unsafe struct HalfDotReader(float* query, Half* rows, int dimension, float shift) : IRowReader
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Distance(int row) => shift - (2 * HalfRows.Dot(query, rows + ((long)row * dimension), dimension));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int row) => Numerics.Prefetch.Range(rows + ((long)row * dimension), dimension * sizeof(ushort));
}

/// <summary>‖q−x‖² of byte rows; the query comes less their origin.</summary>
internal readonly unsafe struct ByteRowReader(float* shifted, float* scale, byte* rows, int dimension) : IRowReader
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Distance(int row) => ByteRows.SquaredDistance(shifted, scale, rows + ((long)row * dimension), dimension);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int row) => Numerics.Prefetch.Range(rows + ((long)row * dimension), dimension);
}

/// <summary>‖q−x‖² of rows that are whole numbers as the query is; the query comes less their origin.</summary>
internal readonly unsafe struct WholeRowReader(short* shifted, byte* rows, int dimension) : IRowReader
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Distance(int row) => ByteRows.SquaredDistance(shifted, rows + ((long)row * dimension), dimension);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int row) => Numerics.Prefetch.Range(rows + ((long)row * dimension), dimension);
}

/// <summary>‖q‖² + M² − 2·q·x of byte rows; the query comes times their scale, and q·origin is in the shift.</summary>
internal readonly unsafe struct ByteDotReader(float* weights, byte* rows, int dimension, float shift) : IRowReader
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Distance(int row) => shift - (2 * ByteRows.Dot(weights, rows + ((long)row * dimension), dimension));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int row) => Numerics.Prefetch.Range(rows + ((long)row * dimension), dimension);
}
