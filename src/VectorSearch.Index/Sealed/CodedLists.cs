using System.Numerics;
using System.Runtime.CompilerServices;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Codes;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// Rows grouped into lists, each with a centroid, and each row's residual from it as a short code. With the code's
/// numbers u (see <see cref="NibbleTables"/>), residual r and s = ‖r‖² / ⟨r, u⟩, the squared distance of a query q is
/// estimated by ‖q−c‖² + ‖r‖² − 2s(⟨q,u⟩ − ⟨c,u⟩), which is unbiased over random rotations (Gao and Long, "RaBitQ",
/// SIGMOD 2024, theorem 3.2, there for one bit a coordinate). Only ⟨q,u⟩ depends on query and row together, so one table
/// serves every list; the rest is <c>add</c> and <c>scale</c> of the row and ‖q−c‖² of the list.
/// </summary>
internal sealed unsafe class CodedLists : IDisposable
{
    private const int FactorBytes = 2 * NibbleScan.BlockRows * sizeof(float);
    private readonly NativeBuffer? _owned;

    /// <summary>Lays out empty lists of the given sizes.</summary>
    public CodedLists(int[] rowStarts, int dimension, int bits)
        : this(rowStarts, new float[rowStarts.Length - 1], dimension, bits)
    {
        _owned = NativeBuffer.Allocate(Math.Max(1, Bytes));
        Blocks = _owned.Start;
    }

    /// <summary>Takes over blocks that lie elsewhere, as in a mapped file.</summary>
    public CodedLists(int[] rowStarts, float[] spreads, int dimension, int bits, byte* blocks, NativeBuffer? owned = null)
        : this(rowStarts, spreads, dimension, bits)
    {
        Blocks = blocks;
        _owned = owned;
    }

    private CodedLists(int[] rowStarts, float[] spreads, int dimension, int bits)
    {
        Dimension = dimension;
        Bits = bits;
        Groups = NibbleTables.Groups(dimension, bits);
        BlockBytes = (Groups * NibbleScan.GroupBytes) + FactorBytes;
        RowStarts = rowStarts;
        Spreads = spreads;
        BlockStarts = new int[rowStarts.Length];
        for (var l = 0; l < Count; l++)
        {
            var rows = rowStarts[l + 1] - rowStarts[l];
            LongestList = Math.Max(LongestList, rows);
            BlockStarts[l + 1] = BlockStarts[l] + ((rows + NibbleScan.BlockRows - 1) / NibbleScan.BlockRows);
        }
    }

    /// <summary>Most coordinates that codes of so many bits cover.</summary>
    public static int MaxDimension(int bits) => NibbleScan.MaxGroups * NibbleTables.GroupBits / bits;

    /// <summary>Two bits while all sums of table bytes fit 16 bits, then one: past it a wider table step would cost more accuracy.</summary>
    public static int BitsFor(int dimension) => dimension <= 512 ? 2 : 1;

    /// <summary>How many lists.</summary>
    public int Count => RowStarts.Length - 1;

    /// <summary>Coordinates coded.</summary>
    public int Dimension { get; }

    /// <summary>Bits a coordinate.</summary>
    public int Bits { get; }

    /// <summary>4-bit groups a row.</summary>
    public int Groups { get; }

    /// <summary>Bytes 32 rows take.</summary>
    public int BlockBytes { get; }

    /// <summary>The first row of each list, and the number of rows at the end.</summary>
    public int[] RowStarts { get; }

    /// <summary>The first block of each list, and the number of blocks at the end.</summary>
    public int[] BlockStarts { get; }

    /// <summary>Rows of the longest list.</summary>
    public int LongestList { get; }

    /// <summary>
    /// How uncertain the estimates of a list are: the standard deviation of its rows' estimates is about this times ‖q−c‖
    /// (RaBitQ, section 3.2.2, equation 14).
    /// </summary>
    public float[] Spreads { get; }

    /// <summary>All blocks.</summary>
    public byte* Blocks { get; }

    /// <summary>Bytes of all blocks.</summary>
    public long Bytes => (long)BlockStarts[^1] * BlockBytes;

    /// <inheritdoc/>
    public void Dispose() => _owned?.Dispose();

    /// <summary>
    /// Estimates rows of some blocks of a list and collects those below a threshold.
    /// </summary>
    /// <param name="firstBlock">Number of the first block, over all lists.</param>
    /// <param name="endBlock">Number after the last block.</param>
    /// <param name="firstRow">The row that the first block starts with.</param>
    /// <param name="query">The query's tables.</param>
    /// <param name="listBase">‖q−c‖², less what is subtracted to get a lower bound.</param>
    /// <param name="threshold">Rows estimated at it or beyond are passed over.</param>
    /// <param name="nextBlock">The block that will be scanned first afterwards: it and its followers are asked for meanwhile.</param>
    /// <param name="found">Receives <see cref="OrderedKey"/>s; room for every row of the blocks.</param>
    /// <returns>How many were found.</returns>
    public int Scan(
        int firstBlock, int endBlock, int firstRow, in QueryTables query, float listBase, float threshold, int nextBlock,
        ulong* found)
    {
        var ahead = Blocks + ((long)nextBlock * BlockBytes);
        var estimates = stackalloc float[NibbleScan.BlockRows];
        var count = 0;
        var block = Blocks + ((long)firstBlock * BlockBytes);
        for (var b = firstBlock; b < endBlock; b++, block += BlockBytes, firstRow += NibbleScan.BlockRows)
        {
            var below = NibbleScan.Estimate(
                block, query.Tables, Groups, query.Step, query.Bias, listBase, threshold, estimates, ahead);
            ahead += BlockBytes;
            for (; below != 0; below &= below - 1)
            {
                var i = BitOperations.TrailingZeroCount(below);
                found[count++] = OrderedKey.Of(estimates[i], firstRow + i);
            }
        }

        return count;
    }

    /// <summary>Estimates all rows of some blocks of a list.</summary>
    /// <param name="firstBlock">Number of the first block, over all lists.</param>
    /// <param name="endBlock">Number after the last block.</param>
    /// <param name="query">The query's tables.</param>
    /// <param name="listBase">‖q−c‖², less what is subtracted to get a lower bound.</param>
    /// <param name="nextBlock">The block that will be scanned first afterwards.</param>
    /// <param name="estimates">Receives 32 floats a block, infinite where there is no row.</param>
    public void Estimate(int firstBlock, int endBlock, in QueryTables query, float listBase, int nextBlock, float* estimates)
    {
        var ahead = Blocks + ((long)nextBlock * BlockBytes);
        var block = Blocks + ((long)firstBlock * BlockBytes);
        for (var b = firstBlock; b < endBlock; b++, block += BlockBytes, ahead += BlockBytes, estimates += NibbleScan.BlockRows)
        {
            var below = NibbleScan.Estimate(
                block, query.Tables, Groups, query.Step, query.Bias, listBase, float.PositiveInfinity, estimates, ahead);
            for (var none = ~below; none != 0; none &= none - 1) estimates[BitOperations.TrailingZeroCount(none)] = float.PositiveInfinity;
        }
    }

    /// <summary>
    /// How many standard deviations (up to a factor that is the same for all lists) the rows of a list are from being within
    /// the k-th distance r. With D = ‖q−c‖ and R the length of its residuals, a row's squared distance is
    /// D² + R² − 2DR·cos θ, and cos θ is about normal with mean 0: the answer is (D² + R² − r²) / 2DR.
    /// </summary>
    public float Separation(ulong probe, float kthSquared)
    {
        var squared = OrderedKey.Distance(probe);
        var radius = Spreads[OrderedKey.Row(probe)] * RadiusOfSpread;
        var gap = squared + (radius * radius) - kthSquared;
        var scale = 2 * MathF.Sqrt(squared) * radius;
        return scale > 0 ? gap / scale : gap >= 0 ? float.PositiveInfinity : float.NegativeInfinity;
    }

    /// <summary>
    /// Length of a residual over <see cref="Spreads"/>: a code of so many bits leaves the same share of every residual, the
    /// distortion of the uniform quantiser that suits a normal variable (Max, "Quantizing for minimum distortion", 1960).
    /// </summary>
    private float RadiusOfSpread => MathF.Sqrt(Math.Max(1, Dimension - 1)) / (2 * Bits switch { 1 => 0.7555f, 2 => 0.3671f, _ => 0.1081f });

    /// <summary>
    /// Asks for what is known of a list beside its blocks, which is in three arrays: where there are many lists, each look is a
    /// miss that everything else of the list would wait for.
    /// </summary>
    public void PrefetchBounds(int list)
    {
        fixed (int* row = &RowStarts[list], block = &BlockStarts[list])
        fixed (float* spread = &Spreads[list])
        {
            Numerics.Prefetch.Line(row);
            Numerics.Prefetch.Line(block);
            Numerics.Prefetch.Line(spread);
        }
    }

    /// <summary>Asks for the first blocks of a list.</summary>
    public void Prefetch(int list, int blocks)
    {
        blocks = Math.Min(blocks, BlockStarts[list + 1] - BlockStarts[list]);
        Numerics.Prefetch.Range(Blocks + ((long)BlockStarts[list] * BlockBytes), blocks * BlockBytes);
    }
}

/// <summary>A query's look-up tables: ⟨q,u⟩ ≈ sum × Step + Bias.</summary>
/// <param name="tables">From <see cref="NibbleTables.Build"/>.</param>
/// <param name="groups">How many groups they have.</param>
/// <param name="step">What one unit of a sum stands for.</param>
/// <param name="bias">What a sum of zero stands for.</param>
/// <param name="centroidVariance">Variance of the distance to a centroid, over its square; see <see cref="ByteCentroids.Variance"/>.</param>
internal readonly unsafe struct QueryTables(byte* tables, int groups, float step, float bias, float centroidVariance)
{
    public readonly byte* Tables = tables;
    public readonly float Step = step;
    public readonly float Bias = bias;

    /// <summary>
    /// What is added to ‖q−c‖² for the error of an estimate, which is <see cref="CodedLists.Spreads"/> times the root. Each
    /// group's entry is rounded by up to half a step, so their sum has the variance groups × step² / 12, and (2s)² is about
    /// three times the spread squared whatever the bits. It matters where lists are small beside their distance from the mean,
    /// as does the rounding of centroids.
    /// </summary>
    private readonly float _uncertainty = groups * step * step / 4;

    /// <summary>The standard deviation of the estimates of a list.</summary>
    /// <param name="spread">From <see cref="CodedLists.Spreads"/>.</param>
    /// <param name="squared">‖q−c‖².</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Deviation(float spread, float squared) =>
        MathF.Sqrt((spread * spread * (squared + _uncertainty)) + (centroidVariance * squared));
}
