using System.Runtime.CompilerServices;

namespace VectorSearch.Index.Sealed;

/// <summary>What a search cost.</summary>
internal struct SearchCost
{
    /// <summary>Rows estimated from their codes.</summary>
    public long Estimated;

    /// <summary>Rows measured.</summary>
    public long Measured;
}

/// <summary>Which rows may be answered.</summary>
internal interface IRowFilter
{
    bool Allows(int row);
}

/// <summary>All rows.</summary>
internal readonly struct EveryRow : IRowFilter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Allows(int row) => true;
}

/// <summary>
/// The inner loop of every search: lists in order of nearness are estimated from their codes, and rows whose lower bound
/// is below the k-th distance so far are measured at once, so that the bound falls while later lists are scanned.
/// </summary>
internal static unsafe class ListScan
{
    /// <summary>Blocks scanned before the first bound is known; a whole list would be measured against no bound.</summary>
    private const int FirstBlocks = 4;

    /// <summary>Rows asked for ahead of the one being measured.</summary>
    private const int Ahead = 8;

    /// <summary>Scans the lists of some keys (‖q−c‖² and list), nearest first.</summary>
    /// <param name="lists">The lists.</param>
    /// <param name="probes">The lists to visit.</param>
    /// <param name="slack">Standard deviations that a row may be nearer than estimated and still be measured.</param>
    /// <param name="tables">The query's tables.</param>
    /// <param name="rows">Measures a row.</param>
    /// <param name="filter">Which rows count.</param>
    /// <param name="found">Room for the rows of the longest list.</param>
    /// <param name="nearest">Receives the nearest rows.</param>
    /// <param name="cost">Is added to.</param>
    public static void Run<TRows, TFilter>(
        CodedLists lists, ReadOnlySpan<ulong> probes, float slack, in QueryTables tables, TRows rows, TFilter filter,
        ulong* found, ref NearestHeap nearest, ref SearchCost cost)
        where TRows : struct, IRowReader
        where TFilter : struct, IRowFilter
    {
        if (probes.Length > 0) lists.Prefetch(OrderedKey.Row(probes[0]), FirstBlocks);
        for (var p = 0; p < probes.Length; p++)
        {
            var list = OrderedKey.Row(probes[p]);
            var following = lists.BlockStarts[OrderedKey.Row(probes[Math.Min(p + 1, probes.Length - 1)])];
            var centroidDistance = OrderedKey.Distance(probes[p]);
            var listBase = centroidDistance - (slack * MathF.Sqrt(centroidDistance) * lists.Spreads[list]);
            var block = lists.BlockStarts[list];
            var end = lists.BlockStarts[list + 1];
            var row = lists.RowStarts[list];
            cost.Estimated += lists.RowStarts[list + 1] - row;
            while (block < end)
            {
                var until = nearest.IsFull ? end : Math.Min(end, block + FirstBlocks);
                var next = until < end ? until : following;
                var count = lists.Scan(block, until, row, tables, listBase, nearest.Bound, next, found);
                Measure(found, count, rows, filter, ref nearest, ref cost);
                row += (until - block) * Numerics.Codes.NibbleScan.BlockRows;
                block = until;
            }
        }
    }

    private static void Measure<TRows, TFilter>(
        ulong* found, int count, TRows rows, TFilter filter, ref NearestHeap nearest, ref SearchCost cost)
        where TRows : struct, IRowReader
        where TFilter : struct, IRowFilter
    {
        if (!nearest.IsFull && count > nearest.Capacity) OrderedKey.SelectSmallest(found, count, nearest.Capacity);
        var asked = 0;
        for (var i = 0; i < count; i++)
        {
            for (; asked < count && asked <= i + Ahead; asked++)
                if (found[asked] < nearest.Limit) rows.Prefetch(OrderedKey.Row(found[asked]));
            var row = OrderedKey.Row(found[i]);
            if (found[i] >= nearest.Limit || !filter.Allows(row)) continue;
            cost.Measured++;
            nearest.Offer(OrderedKey.Of(rows.Distance(row), row));
        }
    }
}
