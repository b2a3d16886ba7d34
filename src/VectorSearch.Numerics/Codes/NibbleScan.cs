using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VectorSearch.Numerics.Codes;

/// <summary>
/// Sums of table look-ups over blocks of 32 packed rows: André, Kermarrec, Le Scouarnec, "Cache locality is not
/// enough: high-performance nearest neighbor search with product quantization fast scan" (VLDB 2015, section 4), in the
/// layout of FAISS's 4-bit fast scan. A row is <c>groups</c> codes of 4 bits; group g of a block is 16 bytes, and the
/// query's table gives each of its 16 codes one byte, so a register-wide shuffle answers a look-up for every byte.
/// </summary>
/// <remarks>
/// Byte b of a group holds row <see cref="RowOfByte"/>(b) in its low and that row + 16 in its high nibble. Even bytes are
/// rows 0–7 and odd bytes rows 8–15, because sums are kept in 16-bit lanes: a lane's low byte is summed together with
/// its high byte, and the latter, summed on its own, is taken off at the end.
/// </remarks>
public static unsafe class NibbleScan
{
    /// <summary>Rows a block.</summary>
    public const int BlockRows = 32;

    /// <summary>Bytes one group of 4-bit codes takes in a block, and bytes of its table.</summary>
    public const int GroupBytes = 16;

    /// <summary>Groups are padded with zero tables to a multiple of this, so that one 64-byte load covers four.</summary>
    public const int GroupMultiple = 4;

    /// <summary>Most groups a row; with more than 257 the tables must stay below a full byte, see <see cref="TableTop"/>.</summary>
    public const int MaxGroups = 1024;

    /// <summary>The greatest table entry with which the sum over so many groups still fits 16 bits.</summary>
    public static int TableTop(int groups) => Math.Min(byte.MaxValue, ushort.MaxValue / Math.Max(1, groups));

    /// <summary>The row (0–15) whose code is in the low nibble of a group's byte.</summary>
    public static int RowOfByte(int position) => (position >> 1) + ((position & 1) << 3);

    /// <summary>Writes one 4-bit code of one row of a block.</summary>
    /// <param name="block">groups × 16 bytes, zeroed before the first code.</param>
    /// <param name="group">Which code of the row.</param>
    /// <param name="row">Which row of the block, 0–31.</param>
    /// <param name="code">0–15.</param>
    public static void SetCode(Span<byte> block, int group, int row, int code)
    {
        var low = row & 15;
        var position = low < 8 ? low * 2 : ((low - 8) * 2) + 1;
        block[(group * GroupBytes) + position] |= (byte)(row < 16 ? code : code << 4);
    }

    /// <summary>Adds up each row's looked-up bytes.</summary>
    /// <param name="block">groups × 16 bytes of codes.</param>
    /// <param name="tables">groups × 16 bytes of tables.</param>
    /// <param name="groups">At most <see cref="MaxGroups"/>, a multiple of <see cref="GroupMultiple"/>.</param>
    /// <param name="sums">Receives 32 sums, in row order.</param>
    public static void Sum(byte* block, byte* tables, int groups, ushort* sums)
    {
        if (Avx512BW.IsSupported) Sum512(block, tables, groups, ahead: 0).Store(sums);
        else if (Avx2.IsSupported) Sum256(block, tables, groups, sums);
        else SumScalar(block, tables, groups, sums);
    }

    internal static void SumScalar(byte* block, byte* tables, int groups, ushort* sums)
    {
        new Span<ushort>(sums, BlockRows).Clear();
        for (var g = 0; g < groups; g++, block += GroupBytes, tables += GroupBytes)
        {
            for (var b = 0; b < GroupBytes; b++)
            {
                var row = RowOfByte(b);
                sums[row] += tables[block[b] & 15];
                sums[row + 16] += tables[block[b] >> 4];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<ushort> Sum512(byte* block, byte* tables, int groups, nint ahead)
    {
        var nibble = Vector512.Create((byte)15);
        Vector512<ushort> low = default, lowOdd = default, high = default, highOdd = default;
        var end = block + (groups * GroupBytes);
        for (; block < end; block += 64, tables += 64)
        {
            Prefetch.Line(block + ahead);
            var codes = Vector512.Load(block);
            var table = Vector512.Load(tables);
            var a = Avx512BW.Shuffle(table, codes & nibble).AsUInt16();
            var b = Avx512BW.Shuffle(table, (codes.AsUInt16() >>> 4).AsByte() & nibble).AsUInt16();
            low += a;
            lowOdd += a >>> 8;
            high += b;
            highOdd += b >>> 8;
        }

        low -= lowOdd << 8;
        high -= highOdd << 8;
        return Vector512.Create(
            Vector256.Create(Fold(low), Fold(lowOdd)), Vector256.Create(Fold(high), Fold(highOdd)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Sum256(byte* block, byte* tables, int groups, ushort* sums)
    {
        var nibble = Vector256.Create((byte)15);
        Vector256<ushort> low = default, lowOdd = default, high = default, highOdd = default;
        var end = block + (groups * GroupBytes);
        for (; block < end; block += 32, tables += 32)
        {
            var codes = Vector256.Load(block);
            var table = Vector256.Load(tables);
            var a = Avx2.Shuffle(table, codes & nibble).AsUInt16();
            var b = Avx2.Shuffle(table, (codes.AsUInt16() >>> 4).AsByte() & nibble).AsUInt16();
            low += a;
            lowOdd += a >>> 8;
            high += b;
            highOdd += b >>> 8;
        }

        low -= lowOdd << 8;
        high -= highOdd << 8;
        Fold(low).Store(sums);
        Fold(lowOdd).Store(sums + 8);
        Fold(high).Store(sums + 16);
        Fold(highOdd).Store(sums + 24);
    }

    /// <summary>
    /// Estimates the 32 rows of a block: with S a row's sum, <c>(S·step + bias)·scale[row] + add[row] + base</c>, and
    /// says which are below a threshold.
    /// </summary>
    /// <param name="block">groups × 16 bytes of codes, then 32 floats <c>add</c>, then 32 floats <c>scale</c>.</param>
    /// <param name="tables">groups × 16 bytes of tables.</param>
    /// <param name="groups">At most <see cref="MaxGroups"/>, a multiple of <see cref="GroupMultiple"/>.</param>
    /// <param name="step">What one unit of the tables stands for.</param>
    /// <param name="bias">What a sum of zero stands for.</param>
    /// <param name="listBase">Added to every row.</param>
    /// <param name="threshold">Rows strictly below it are reported.</param>
    /// <param name="estimates">Receives the 32 estimates, but only if any row is reported.</param>
    /// <param name="next">A block that will be estimated soon: a line of it is asked for whenever one of this is read.</param>
    /// <returns>Bit i is set if row i is below the threshold.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Estimate(
        byte* block, byte* tables, int groups, float step, float bias, float listBase, float threshold, float* estimates, byte* next)
    {
        var add = (float*)(block + (groups * GroupBytes));
        var scale = add + BlockRows;
        Prefetch.Range(next + (groups * GroupBytes), 2 * BlockRows * sizeof(float));
        if (Avx512BW.IsSupported)
            return Estimate512(Sum512(block, tables, groups, (nint)(next - block)), add, scale, step, bias, listBase, threshold, estimates);
        Prefetch.Range(next, groups * GroupBytes);
        return EstimateNarrow(block, tables, groups, add, scale, step, bias, listBase, threshold, estimates);
    }

    private static uint EstimateNarrow(
        byte* block, byte* tables, int groups, float* add, float* scale, float step, float bias, float listBase,
        float threshold, float* estimates)
    {
        var sums = stackalloc ushort[BlockRows];
        Sum(block, tables, groups, sums);
        return Estimate256(sums, add, scale, step, bias, listBase, threshold, estimates);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Estimate512(
        Vector512<ushort> sums, float* add, float* scale, float step, float bias, float listBase, float threshold,
        float* estimates)
    {
        var (low, high) = Vector512.Widen(sums);
        var a = Vector512.FusedMultiplyAdd(
            Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(low.AsInt32()), Vector512.Create(step), Vector512.Create(bias)),
            Vector512.Load(scale), Vector512.Load(add) + Vector512.Create(listBase));
        var b = Vector512.FusedMultiplyAdd(
            Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(high.AsInt32()), Vector512.Create(step), Vector512.Create(bias)),
            Vector512.Load(scale + 16), Vector512.Load(add + 16) + Vector512.Create(listBase));
        var limit = Vector512.Create(threshold);
        var below = (uint)Vector512.LessThan(a, limit).ExtractMostSignificantBits()
            | ((uint)Vector512.LessThan(b, limit).ExtractMostSignificantBits() << 16);
        if (below == 0) return 0;
        a.Store(estimates);
        b.Store(estimates + 16);
        return below;
    }

    private static uint Estimate256(
        ushort* sums, float* add, float* scale, float step, float bias, float listBase, float threshold, float* estimates)
    {
        var below = 0u;
        for (var i = 0; i < BlockRows; i += 8)
        {
            var wide = Vector256.ConvertToSingle(Vector256.Create(
                Vector128.WidenLower(Vector128.Load(sums + i)), Vector128.WidenUpper(Vector128.Load(sums + i))).AsInt32());
            var value = Vector256.FusedMultiplyAdd(
                Vector256.FusedMultiplyAdd(wide, Vector256.Create(step), Vector256.Create(bias)),
                Vector256.Load(scale + i), Vector256.Load(add + i) + Vector256.Create(listBase));
            below |= Vector256.LessThan(value, Vector256.Create(threshold)).ExtractMostSignificantBits() << i;
            value.Store(estimates + i);
        }

        return below;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Fold(Vector512<ushort> sums) => Fold(sums.GetLower() + sums.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Fold(Vector256<ushort> sums) => sums.GetLower() + sums.GetUpper();
}
